//! One connection, used from a thread that may wait: each statement is sent and answered in one go.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};

use crate::db::{Db, Fault, Value};

/// How long an answer is waited for. The server gives up before, as the pool's connections ask it to.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection for one caller. Used outside the runtime's own threads alone.
#[derive(Debug)]
pub(crate) struct Session {
    client: Option<Object>,
    runtime: Handle,
}

impl Session {
    pub(crate) async fn of(pool: &Pool) -> Result<Self, Fault> {
        Ok(Self { client: Some(pool.get().await?), runtime: Handle::current() })
    }

    /// What `work` comes to in a transaction that `begin` begins: all of it, or nothing.
    pub(crate) fn transaction<T>(
        &mut self,
        begin: &str,
        work: impl Fn(&Db<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.run(begin)?;
        let done = work(&Db::Postgres(self));
        let ended = self.run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" });
        if ended.is_err() {
            self.give_up();
        }
        match (done, ended) {
            (Ok(done), Ok(())) => Ok(done),
            (Ok(_), Err(fault)) | (Err(fault), _) => Err(fault),
        }
    }

    /// Ends the connection, with whatever it was in the middle of.
    pub(crate) fn give_up(&mut self) {
        drop(self.client.take().map(Object::take));
    }

    /// Runs statements that bind nothing and find nothing.
    pub(crate) fn run(&self, sql: &str) -> Result<(), Fault> {
        let client = self.client()?;
        self.within(client.batch_execute(sql))
    }

    pub(crate) fn execute(&self, sql: &str, bound: &[Value<'_>]) -> Result<u64, Fault> {
        let client = self.client()?;
        let (sql, values) = (numbered(sql), typed(bound));
        self.within(client.execute_typed(&sql, &values))
    }

    pub(crate) fn query(&self, sql: &str, bound: &[Value<'_>]) -> Result<Vec<tokio_postgres::Row>, Fault> {
        let client = self.client()?;
        let (sql, values) = (numbered(sql), typed(bound));
        self.within(client.query_typed(&sql, &values))
    }

    fn client(&self) -> Result<&Object, Fault> {
        self.client.as_ref().ok_or_else(|| Fault::Unavailable("the connection has ended".to_owned()))
    }

    fn within<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Fault> {
        let late = |_| Fault::Unavailable("the database did not answer in time".to_owned());
        self.runtime.block_on(async { Ok(timeout(PATIENCE, answer).await.map_err(late)??) })
    }
}

impl Drop for Session {
    /// A connection goes back to the pool inside a runtime alone.
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        drop(self.client.take());
    }
}

/// The statement with its parameters as PostgreSQL writes them. No text of ours has a question mark otherwise.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn typed<'a>(bound: &'a [Value<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    bound.iter().map(|value| (value as &(dyn ToSql + Sync), value.kind())).collect()
}
