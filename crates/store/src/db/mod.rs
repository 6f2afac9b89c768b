//! Statements and rows, whatever engine runs them.
//!
//! The file of each table asks through [`Db`] alone, so that one text and one function serve every engine. Knows no table and
//! no transaction: who holds a connection decides what it runs in.

mod fault;
mod value;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub(crate) use fault::Fault;
pub(crate) use value::{Bind, Cell, Column, Value};

use crate::{postgres, sqlite};

/// Something that runs statements: a connection, or all of them that are free.
///
/// Not `Sync`, and the futures are `Send` all the same: an engine that answers at once holds nothing in them.
pub(crate) trait Db {
    /// Runs `sql`; how many rows it touched.
    fn execute(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, Fault>> + Send;

    /// The rows that `sql` finds, each as `read` understands it. What `read` needs to ask is asked afterwards.
    fn rows<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Vec<T>, Fault>> + Send;

    /// The first row that `sql` finds.
    fn row<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Option<T>, Fault>> + Send;
}

/// A row that was found, readable until the next one.
#[derive(Debug)]
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// What column `at` holds.
    pub(crate) fn get<T: Column>(&self, at: usize) -> Result<T, Fault> {
        self.cell(at)?.and_then(T::read).ok_or_else(|| Fault::Corrupt(self.name(at)))
    }

    /// The value as it is; nothing when it is of a kind that no table has.
    fn cell(&self, at: usize) -> Result<Option<Cell<'_>>, Fault> {
        match self {
            Self::Sqlite(row) => sqlite::cell(row, at),
            Self::Postgres(row) => postgres::cell(row, at),
        }
    }

    /// The name of a column, for logs.
    fn name(&self, at: usize) -> String {
        let name = match self {
            Self::Sqlite(row) => row.as_ref().column_name(at).ok(),
            Self::Postgres(row) => row.columns().get(at).map(tokio_postgres::Column::name),
        };
        name.unwrap_or("a column").to_owned()
    }
}

/// The values of a statement's parameters, in the order of their numbers.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Bind::bind(&$value)),*]
    };
}
pub(crate) use params;

/// What `work` comes to on an engine that never waits.
pub(crate) fn at_once<T, E: From<Fault>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(Fault::Unavailable("a statement was left waiting".to_owned()).into()),
    }
}
