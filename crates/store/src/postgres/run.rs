//! Statements on a connection or in a transaction: prepared once for each connection, never waited for without an end.

use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::types::ToSql;

use super::connect::Connections;
use crate::db::{Db, Fault, Row, Value};

/// A connection or a transaction that statements run on.
#[derive(Debug)]
pub(crate) struct On<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) connections: &'a Connections,
}

impl<C: GenericClient> On<'_, C> {
    /// What a statement finds. Its parameters can be arrays, which no other engine has.
    pub(super) async fn query(
        &self,
        sql: &'static str,
        bound: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, Fault> {
        let answer = async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.query(&statement, bound).await?)
        };
        self.connections.within(answer).await
    }
}

impl On<'_, Object> {
    /// Runs statements that bind nothing and find nothing, in one go: those that begin and end transactions.
    pub(super) async fn control(&self, sql: &str) -> Result<(), Fault> {
        self.connections.within(async { Ok(self.client.batch_execute(sql).await?) }).await
    }
}

impl<C: GenericClient> Db for On<'_, C> {
    async fn execute(&self, sql: &'static str, bound: &[Value<'_>]) -> Result<u64, Fault> {
        let answer = async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.execute(&statement, &parameters(bound)).await?)
        };
        self.connections.within(answer).await
    }

    async fn rows<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> Result<Vec<T>, Fault> {
        self.query(sql, &parameters(bound)).await?.iter().map(|row| read(&Row::Postgres(row))).collect()
    }

    async fn row<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> Result<Option<T>, Fault> {
        self.query(sql, &parameters(bound)).await?.first().map(|row| read(&Row::Postgres(row))).transpose()
    }
}

/// Each statement on whatever connection is free.
impl Db for Connections {
    async fn execute(&self, sql: &'static str, bound: &[Value<'_>]) -> Result<u64, Fault> {
        On { client: &self.one().await?, connections: self }.execute(sql, bound).await
    }

    async fn rows<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> Result<Vec<T>, Fault> {
        On { client: &self.one().await?, connections: self }.rows(sql, bound, read).await
    }

    async fn row<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> Result<Option<T>, Fault> {
        On { client: &self.one().await?, connections: self }.row(sql, bound, read).await
    }
}

fn parameters<'a>(bound: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
