//! PostgreSQL: nodes on one database share documents, and what waits to be read in.
//!
//! Knows nothing of addresses and certificates: whoever opens it brings the pool. The tables are in a schema of their own, so
//! that they can share a database with the accounts.
//!
//! Changes of what people keep and share take turns over all nodes, as they do on the embedded engine. Those who read documents
//! in do not: each of their changes names the attempt it belongs to.
//!
//! Invariant: a change is answered after its commit, and nothing waits without an end.

pub(crate) mod index;
mod open;
mod session;
mod value;

use deadpool_postgres::Pool;
use doorward_core::Error;
use doorward_core::port::StoreError;
pub use open::SCHEMA;
pub(crate) use open::{prepare, versions};
pub(crate) use session::Session;
pub(crate) use value::cell;

use crate::OpenError;
use crate::copy;
use crate::db::{Db, Engine, Fault};
use crate::search::Language;

/// How often work is begun that others were in the way of.
const TRIES: u32 = 4;
/// Begins a change in its turn. The number is that of the lock, and the same on every node.
const IN_TURN: &str = "BEGIN; SELECT pg_advisory_xact_lock(7236292004)";

/// A database in use.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Brings the tables of the database to today's version, and the index to `language`.
    pub(crate) async fn open(pool: Pool, language: Language) -> Result<Self, OpenError> {
        let failed = |error: Error| OpenError::Postgres(error.detail().to_owned());
        let session = Session::of(&pool).await.map_err(|fault| failed(fault.into()))?;
        let prepared = apart(move || {
            let mut session = session;
            open::prepare(&mut session, language)?;
            match copy::is_unfinished(&Db::Postgres(&session)) {
                Ok(false) => Ok(()),
                Ok(true) => Err(OpenError::UnfinishedCopy),
                Err(fault) => Err(failed(fault.into())),
            }
        });
        prepared.await.map_err(failed)??;
        Ok(Self { pool })
    }

    async fn done<T: Send + 'static>(
        &self,
        begin: &'static str,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let session = Session::of(&self.pool).await?;
        apart(move || {
            let mut session = session;
            let mut tried = 1;
            loop {
                match session.transaction(begin, &work) {
                    Err(Fault::Again(_)) if tried < TRIES => tried += 1,
                    done => return done.map_err(Error::from),
                }
            }
        })
        .await?
    }
}

/// What `work` comes to on a thread that may wait.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let stopped = |_| Error::from(StoreError::Unavailable("the thread has ended".to_owned()));
    tokio::task::spawn_blocking(work).await.map_err(stopped)
}

impl Engine for Postgres {
    async fn read<T: Send + 'static>(
        &self,
        question: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let session = Session::of(&self.pool).await?;
        Ok(apart(move || question(&Db::Postgres(&session))).await??)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        self.done(IN_TURN, work).await
    }

    async fn step<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        self.done("BEGIN", work).await
    }
}
