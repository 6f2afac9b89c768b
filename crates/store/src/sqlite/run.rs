//! Statements on one connection: prepared once, answered at once.

use std::future::ready;

use rusqlite::{Connection, params_from_iter};

use crate::db::{Db, Fault, Row, Value};

pub(super) fn execute(connection: &Connection, sql: &str, bound: &[Value<'_>]) -> Result<u64, Fault> {
    let touched = connection.prepare_cached(sql)?.execute(params_from_iter(bound))?;
    Ok(touched as u64)
}

pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    bound: &[Value<'_>],
    mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params_from_iter(bound), |row| read(&Row::Sqlite(row)))?.collect()
}

pub(super) fn row<T>(
    connection: &Connection,
    sql: &str,
    bound: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(bound))?;
    rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
}

impl Db for Connection {
    fn execute(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, Fault>> + Send {
        ready(execute(self, sql, bound))
    }

    fn rows<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Vec<T>, Fault>> + Send {
        ready(rows(self, sql, bound, read))
    }

    fn row<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Option<T>, Fault>> + Send {
        ready(row(self, sql, bound, read))
    }
}
