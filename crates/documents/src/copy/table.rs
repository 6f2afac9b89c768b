//! The tables that are copied, parents before children, and how their rows are read and written.
//!
//! What finds words is in none of them: whoever writes chunks and documents puts them into the index of their engine.
//!
//! Invariant: all columns of all tables are named here; a test holds this list against the tables themselves.

use super::row::{self, Field, Line};
use crate::db::{Db, Fault, Value};
use crate::table::{index_chunks, index_title};

/// Values that one statement binds at most.
const BOUND_MAX: usize = 4_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Boolean,
    Text,
    Bytes,
}

use Kind::{Boolean, Bytes, Integer, Text};

/// A table. The columns of its primary key come first.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
    key: usize,
    /// Rows that are read and written together: few where one can be large.
    page: u32,
    /// Which rows are copied.
    which: &'static str,
    /// Whether the engine numbers its rows.
    pub(super) is_numbered: bool,
}

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns, key: 1, page: 128, which: "TRUE", is_numbered: false }
}

pub(super) const ALL: &[Table] = &[
    Table {
        which: "name NOT IN ('language', 'unfinished_copy')",
        ..table("notes", &[("name", Text), ("value", Text)])
    },
    Table {
        is_numbered: true,
        ..table(
            "owners",
            &[
                ("no", Integer),
                ("account", Text),
                ("documents", Integer),
                ("bytes", Integer),
                ("chunks", Integer),
                ("is_forgotten", Boolean),
            ],
        )
    },
    Table { is_numbered: true, ..table("documents", DOCUMENTS) },
    Table { page: 1, ..table("sources", &[("document", Integer), ("content", Bytes)]) },
    Table {
        is_numbered: true,
        ..table(
            "chunks",
            &[
                ("no", Integer),
                ("document", Integer),
                ("version", Integer),
                ("place", Integer),
                ("text", Text),
            ],
        )
    },
    table("vectors", &[("chunk", Integer), ("vector", Bytes)]),
    Table {
        is_numbered: true,
        ..table(
            "collections",
            &[
                ("no", Integer),
                ("id", Text),
                ("owner", Text),
                ("name", Text),
                ("description", Text),
                ("created_at", Integer),
                ("updated_at", Integer),
            ],
        )
    },
    Table {
        key: 2,
        ..table(
            "members",
            &[("collection", Integer), ("account", Text), ("role", Text), ("created_at", Integer)],
        )
    },
    Table { key: 2, ..table("placements", &[("collection", Integer), ("document", Integer)]) },
];

const DOCUMENTS: &[(&str, Kind)] = &[
    ("no", Integer),
    ("id", Text),
    ("owner", Text),
    ("owner_no", Integer),
    ("name", Text),
    ("title", Text),
    ("media_type", Text),
    ("form", Text),
    ("digest", Text),
    ("size", Integer),
    ("metadata", Text),
    ("version", Integer),
    ("indexed", Integer),
    ("chunks", Integer),
    ("state", Text),
    ("reason", Text),
    ("done", Integer),
    ("attempts", Integer),
    ("turn", Integer),
    ("leased_until", Integer),
    ("embedded_with", Text),
    ("created_at", Integer),
    ("updated_at", Integer),
    ("is_deleted", Boolean),
    ("has_remains", Boolean),
];

impl Table {
    /// The key of a row.
    pub(super) fn key_of(&self, row: &[Field]) -> Line {
        row.iter().take(self.key).cloned().collect()
    }

    /// The key of the last row.
    pub(super) fn last(&self, db: &Db<'_>) -> Result<Option<Line>, Fault> {
        let backwards = names(&self.columns[..self.key], " DESC");
        let (key, which) = (names(&self.columns[..self.key], ""), self.which);
        let sql = format!("SELECT {key} FROM {} WHERE {which} ORDER BY {backwards} LIMIT 1", self.name);
        db.row(&sql, &[], |row| row::read(row, self.columns[..self.key].iter().map(|(_, kind)| *kind)))
    }

    pub(super) fn count(&self, db: &Db<'_>) -> Result<u64, Fault> {
        db.one(&format!("SELECT count(*) FROM {} WHERE {}", self.name, self.which), &[], |row| row.get(0))
    }

    /// Some rows beyond the key `after`, in the order of their keys.
    pub(super) fn page(&self, db: &Db<'_>, after: Option<&[Field]>) -> Result<Vec<Line>, Fault> {
        let key = names(&self.columns[..self.key], "");
        let values: Vec<Value<'_>> = after.unwrap_or_default().iter().map(crate::db::Bind::bind).collect();
        let beyond = if values.is_empty() {
            String::new()
        } else {
            format!(" AND ({key}) > ({})", places(1, values.len()))
        };
        let sql = format!(
            "SELECT {} FROM {} WHERE {}{beyond} ORDER BY {key} LIMIT {}",
            names(self.columns, ""),
            self.name,
            self.which,
            self.page
        );
        db.rows(&sql, &values, |row| row::read(row, self.columns.iter().map(|(_, kind)| *kind)))
    }

    /// Writes rows, and puts into the index what is found by words.
    pub(super) fn write(&self, db: &Db<'_>, rows: &[Line]) -> Result<(), Fault> {
        for rows in rows.chunks((BOUND_MAX / self.columns.len()).max(1)) {
            let width = self.columns.len();
            let lists: Vec<String> =
                (0..rows.len()).map(|at| format!("({})", places(at * width + 1, width))).collect();
            let values: Vec<Value<'_>> = rows.iter().flatten().map(crate::db::Bind::bind).collect();
            let columns = names(self.columns, "");
            let sql = format!("INSERT INTO {} ({columns}) VALUES {}", self.name, lists.join(", "));
            db.execute(&sql, &values)?;
        }
        let numbers = rows.iter().filter_map(|row| match row.first() {
            Some(Field::Integer(number)) => Some(*number),
            _ => None,
        });
        match self.name {
            "chunks" => index_chunks(db, &numbers.collect::<Vec<_>>()),
            "documents" => numbers.into_iter().try_for_each(|number| index_title(db, number)),
            _ => Ok(()),
        }
    }
}

fn names(columns: &[(&str, Kind)], more: &str) -> String {
    columns.iter().map(|(name, _)| format!("{name}{more}")).collect::<Vec<_>>().join(", ")
}

fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::search::Language;

    #[test]
    fn every_column_of_every_table_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let connection =
            crate::sqlite::alone(&folder.path().join("new.db"), Some(Language::English)).unwrap();
        let sql = "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t, pragma_table_info(t.name) c
                   WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
                     AND t.name NOT LIKE 'found%' AND t.name NOT LIKE 'titled%'";
        let mut described: BTreeMap<String, BTreeSet<(String, String, bool)>> = BTreeMap::new();
        let mut statement = connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let column = (row.get(1).unwrap(), row.get(2).unwrap(), row.get::<_, i64>(3).unwrap() > 0);
            described.entry(row.get(0).unwrap()).or_default().insert(column);
        }

        let listed = ALL.iter().map(|table| {
            let column = |(at, (name, kind)): (usize, &(&str, Kind))| {
                let sql = match kind {
                    Integer if at == 0 && table.is_numbered => "INTEGER",
                    Integer => "BIGINT",
                    Boolean => "BOOLEAN",
                    Text => "TEXT",
                    Bytes => "BLOB",
                };
                ((*name).to_owned(), sql.to_owned(), at < table.key)
            };
            (table.name.to_owned(), table.columns.iter().enumerate().map(column).collect())
        });

        assert_eq!(described, listed.collect());
    }
}
