//! The tables that are copied: those that the migrations make, read from an empty database, parents before children.
//!
//! A table or a column that a migration adds is copied without a word here. Knows no engine but for its statements' text,
//! which is the same on all of them.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;

use crate::{OpenError, migrate};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
}

/// A table, as today's migrations leave it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
    /// Where the columns of the primary key are, in its order.
    pub(super) key: Vec<usize>,
    /// Whether the migrations put rows into it.
    pub(super) has_first_rows: bool,
    parents: Vec<String>,
}

impl Table {
    /// `SELECT` of all columns in the order of the key, where `beyond` holds.
    pub(super) fn select(&self, beyond: &str) -> String {
        let (columns, key) = (self.column_names(), self.key_names());
        format!("SELECT {columns} FROM {}{beyond} ORDER BY {key}", self.name)
    }

    pub(super) fn column_names(&self) -> String {
        self.columns.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn key_names(&self) -> String {
        self.key.iter().map(|at| &*self.columns[*at].0).collect::<Vec<_>>().join(", ")
    }

    /// The fields of the key in a line, as they are written there.
    pub(super) fn key_of(&self, line: &str) -> String {
        let fields: Vec<&str> = line.split('\t').collect();
        self.key.iter().filter_map(|at| fields.get(*at).copied()).collect::<Vec<_>>().join("\t")
    }
}

/// All tables, each after those that its rows name.
pub(super) fn all() -> Result<Vec<Arc<Table>>, OpenError> {
    let mut connection = Connection::open_in_memory()?;
    migrate::run(&mut connection)?;
    let mut waiting = names(&connection)?
        .into_iter()
        .map(|name| read(&connection, name))
        .collect::<Result<Vec<Table>, _>>()?;
    let (mut sorted, mut known) = (Vec::new(), HashSet::new());
    while !waiting.is_empty() {
        let (free, bound): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|table| table.parents.iter().all(|name| known.contains(name)));
        if free.is_empty() {
            return Err(OpenError::Sqlite(rusqlite::Error::InvalidQuery));
        }
        known.extend(free.iter().map(|table| table.name.clone()));
        sorted.extend(free.into_iter().map(Arc::new));
        waiting = bound;
    }
    Ok(sorted)
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn read(connection: &Connection, name: String) -> rusqlite::Result<Table> {
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    let mut statement =
        connection.prepare("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid")?;
    let mut rows = statement.query([&name])?;
    while let Some(row) = rows.next()? {
        let kind = match row.get::<_, String>(1)?.as_str() {
            "BIGINT" => Kind::Integer,
            "BOOLEAN" => Kind::Boolean,
            _ => Kind::Text,
        };
        let place: i64 = row.get(2)?;
        if place > 0 {
            key.push((place, columns.len()));
        }
        columns.push((row.get(0)?, kind));
    }
    key.sort_unstable();
    let mut statement = connection.prepare("SELECT \"table\" FROM pragma_foreign_key_list($1)")?;
    let parents: Vec<String> = statement.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let has_first_rows =
        connection.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {name})"), [], |row| row.get(0))?;
    Ok(Table {
        parents: parents.into_iter().filter(|parent| *parent != name).collect(),
        key: key.into_iter().map(|(_, at)| at).collect(),
        name,
        columns,
        has_first_rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_key_to_go_along_and_comes_after_those_it_names() {
        let all = all().unwrap();

        let at = |name: &str| all.iter().position(|table| table.name == name).unwrap();
        assert!(at("users") < at("sessions") && at("roles") < at("user_roles"));
        assert!(all.iter().all(|table| !table.key.is_empty()));
        let first: Vec<&str> =
            all.iter().filter(|table| table.has_first_rows).map(|table| &*table.name).collect();
        assert_eq!(first, ["sequences"]);
    }
}
