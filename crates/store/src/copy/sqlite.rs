//! A database file as one side of a copy: nobody else opens it meanwhile.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::types::Null;
use rusqlite::{Connection, ToSql, params_from_iter};
use tokio::task::spawn_blocking;

use super::pages::{Page, Pages, Sender};
use super::progress::{self, Reached};
use super::table::{Kind, Table};
use super::{CopyError, line};
use crate::OpenError;
use crate::db::{Fault, at_once};
use crate::sqlite::{cell, open};

/// The file, held by this process alone.
#[derive(Debug, Clone)]
pub(super) struct File(Arc<Mutex<Connection>>);

impl File {
    /// Opens what is read from.
    pub(super) fn source(path: &Path) -> Result<(Self, i64), OpenError> {
        let connection = open::alone(path)?;
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok((Self(Arc::new(Mutex::new(connection))), version))
    }

    /// Opens what is written to, made if need be, with today's tables.
    pub(super) fn target(path: &Path) -> Result<Self, OpenError> {
        let connection = open::writing_alone(path)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// The rows of `table` beyond the key `after`, in its order.
    pub(super) fn read(&self, table: &Arc<Table>, after: Option<String>) -> Pages {
        let (sender, pages) = Pages::channel();
        let (connection, table) = (self.0.clone(), table.clone());
        spawn_blocking(move || {
            if let Err(fault) = send_rows(&connection.lock(), &table, after.as_deref(), &sender) {
                let _ = sender.blocking_send(Err(fault));
            }
        });
        pages
    }

    /// Writes rows, and how far they reach.
    pub(super) async fn write(&self, table: &Arc<Table>, page: Page, reached: Reached) -> Result<(), Fault> {
        let table = table.clone();
        self.work(move |connection| insert(connection, &table, &page, &reached)).await
    }

    pub(super) async fn reached(&self, table: &Arc<Table>) -> Result<Reached, Fault> {
        let table = table.clone();
        self.work(move |connection| at_once(progress::of(connection, &table.name))).await
    }

    pub(super) async fn is_unfinished(&self) -> Result<bool, Fault> {
        self.work(|connection| Ok(open::holds_unfinished_copy(connection)?)).await
    }

    pub(super) async fn is_empty(&self, table: &Arc<Table>) -> Result<bool, Fault> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", table.name);
        self.work(move |connection| Ok(connection.query_row(&sql, [], |row| row.get(0))?)).await
    }

    /// Runs statements that bind nothing, all or none of them.
    pub(super) async fn run(&self, sql: String) -> Result<(), Fault> {
        self.work(move |connection| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(&sql)?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Says that the copy is whole, after all of it has reached the disk.
    pub(super) async fn finish(&self) -> Result<(), Fault> {
        self.work(|connection| {
            connection.pragma_update(None, "synchronous", "FULL")?;
            Ok(connection.execute_batch(progress::END)?)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let connection = self.0.clone();
        let done = spawn_blocking(move || work(&mut connection.lock())).await;
        done.unwrap_or_else(|fault| Err(Fault::Unavailable(fault.to_string())))
    }
}

fn send_rows(
    connection: &Connection,
    table: &Table,
    after: Option<&str>,
    pages: &Sender,
) -> Result<(), Fault> {
    let places: Vec<String> = (1..=table.key.len()).map(|at| format!("${at}")).collect();
    let (beyond, key) = match after {
        Some(after) => {
            let kinds = table.key.iter().map(|at| table.columns[*at].1);
            (format!(" WHERE ({}) > ({})", table.key_names(), places.join(", ")), bound(after, kinds)?)
        }
        None => (String::new(), Vec::new()),
    };
    let mut statement = connection.prepare(&table.select(&beyond))?;
    let mut rows = statement.query(params_from_iter(key))?;
    let mut page = Page::default();
    while let Some(row) = rows.next()? {
        for (at, (name, kind)) in table.columns.iter().enumerate() {
            if at > 0 {
                page.lines.push('\t');
            }
            let written = cell(row, at)?.and_then(|cell| line::write(&mut page.lines, cell, *kind));
            written.ok_or_else(|| Fault::corrupt(&format!("{}.{name}", table.name)))?;
        }
        page.lines.push('\n');
        page.rows += 1;
        if page.is_full() && pages.blocking_send(Ok(std::mem::take(&mut page))).is_err() {
            return Ok(());
        }
    }
    let _ = pages.blocking_send(Ok(page));
    Ok(())
}

fn insert(connection: &mut Connection, table: &Table, page: &Page, reached: &Reached) -> Result<(), Fault> {
    let transaction = connection.transaction()?;
    let places: Vec<String> = (1..=table.columns.len()).map(|at| format!("${at}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.name, table.column_names(), places.join(", "));
    {
        let mut statement = transaction.prepare_cached(&sql)?;
        for line in page.lines.lines() {
            let kinds = table.columns.iter().map(|(_, kind)| *kind);
            statement.execute(params_from_iter(bound(line, kinds)?))?;
        }
    }
    at_once(progress::keep(&*transaction, &table.name, reached))?;
    Ok(transaction.commit()?)
}

/// The fields of a line as SQLite takes them.
fn bound(line: &str, kinds: impl Iterator<Item = Kind>) -> Result<Vec<Box<dyn ToSql>>, Fault> {
    let bind = |(field, kind): (&str, Kind)| -> Result<Box<dyn ToSql>, Fault> {
        Ok(match (line::text(field), kind) {
            (None, _) => Box::new(Null),
            (Some(text), Kind::Text) => Box::new(text.into_owned()),
            (Some(text), Kind::Boolean) => Box::new(text == "t"),
            (Some(text), Kind::Integer) => {
                Box::new(text.parse::<i64>().map_err(|_| Fault::corrupt("a number"))?)
            }
        })
    };
    line.split('\t').zip(kinds).map(bind).collect()
}

impl From<OpenError> for CopyError {
    fn from(fault: OpenError) -> Self {
        Self::Open(fault)
    }
}
