//! Statements and rows, whatever engine runs them.
//!
//! The file of each table asks through [`Db`] alone, so that one text serves every engine; what engines do differently stands in
//! `sqlite/index.rs` and `postgres/index.rs`. Knows no table. All of it runs on threads that may wait.

mod fault;
mod value;

pub(crate) use fault::Fault;
pub(crate) use value::{Bind, Cell, Column, Value};

use doorward_core::Error;

use crate::{postgres, sqlite};

/// A connection that statements run on, in whatever transaction its holder has begun.
#[derive(Debug)]
pub(crate) enum Db<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a postgres::Session),
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
        let cell = match self {
            Self::Sqlite(row) => sqlite::cell(row, at)?,
            Self::Postgres(row) => postgres::cell(row, at)?,
        };
        cell.and_then(T::read).ok_or(Fault::Corrupt("a column"))
    }
}

impl Db<'_> {
    /// Runs `sql`; how many rows it touched.
    pub(crate) fn execute(&self, sql: &str, bound: &[Value<'_>]) -> Result<u64, Fault> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(bound))? as u64)
            }
            Self::Postgres(session) => session.execute(sql, bound),
        }
    }

    /// The rows that `sql` finds, each as `read` understands it.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        bound: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let values = rusqlite::params_from_iter(bound);
                statement.query_and_then(values, |row| read(&Row::Sqlite(row)))?.collect()
            }
            Self::Postgres(session) => {
                session.query(sql, bound)?.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// The first row that `sql` finds.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(bound))?;
                rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
            }
            Self::Postgres(session) => {
                session.query(sql, bound)?.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// The row that `sql` always finds.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.row(sql, bound, read)?.ok_or(Fault::Corrupt("a row"))
    }

    /// Whether `sql` finds anything.
    pub(crate) fn exists(&self, sql: &str, bound: &[Value<'_>]) -> Result<bool, Fault> {
        Ok(self.row(sql, bound, |_| Ok(()))?.is_some())
    }
}

/// The values of a statement's parameters, in the order of their numbers.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Bind::bind(&$value)),*]
    };
}
pub(crate) use params;

/// A database in use.
///
/// What is asked or done may be begun again when others were in its way: it does nothing but run statements.
pub(crate) trait Engine: Send + Sync + std::fmt::Debug + 'static {
    /// What `question` answers, beside all that is written.
    fn read<T: Send + 'static>(
        &self,
        question: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send;

    /// What `work` comes to once it is on the disk: after all that was done before, and all of it or nothing.
    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send;

    /// As [`Engine::write`], of work that waits for nobody: its changes name the rows they expect.
    fn step<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send;
}
