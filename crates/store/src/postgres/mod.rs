//! PostgreSQL: many nodes on one database.
//!
//! Reads go to whatever connection is free. The look-ups and rotations that refreshes hang on share statements (`look_up.rs`,
//! `rotate.rs`); other changes that wait for nobody go by themselves (`alone.rs`), and all else is written in order (`writer.rs`). A standby may answer what may be slightly old: see `replica.rs`.
//!
//! Invariant: a write set is answered after its commit; when the server does not answer in time, callers are told that the
//! database is not available, and never that something was done.

mod alone;
mod clock;
mod connect;
mod elsewhere;
#[cfg(feature = "fake")]
mod fresh;
mod gather;
mod look_up;
pub(crate) mod migrate;
mod pulse;
mod replica;
mod rotate;
mod run;
mod servers;
mod value;
mod writer;

use std::sync::Arc;

use doorward_core::change::Changes;
use doorward_core::port::{ApplyError, SessionRow, StoreError};
use doorward_core::{Secret, SessionId};

pub use clock::DatabaseClock;
pub(crate) use connect::Connections;
pub use connect::{PostgresOptions, Tls, pool};
pub use elsewhere::Elsewhere;
#[cfg(feature = "fake")]
pub use fresh::FreshDatabase;
use look_up::LookUp;
use replica::Replica;
pub use replica::ReplicaOptions;
use rotate::Rotate;
pub(crate) use run::On;
pub(crate) use value::cell;
use writer::Writer;

use crate::OpenError;
use crate::apply::is_free;
use crate::db::{Db, Fault, params};
use crate::durable::{Durable, Engine};

/// A PostgreSQL database in use.
pub type Postgres = Durable<PostgresEngine>;

/// The connections to a PostgreSQL server.
#[derive(Debug)]
pub struct PostgresEngine {
    connections: Connections,
    writer: Writer,
    clock: Arc<DatabaseClock>,
    look_up: LookUp,
    rotate: Rotate,
    replica: Option<Replica>,
    migrated: Vec<i64>,
}

impl Durable<PostgresEngine> {
    /// Connects to the database at `url` and brings its tables up to date. Must be called on a runtime, which then writes.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn connect(url: &Secret<String>, options: &PostgresOptions) -> Result<Self, OpenError> {
        let connections = Connections::new(url.expose(), options)?;
        let migrated = migrate::run(&connections).await?;
        let unfinished = migrate::holds_unfinished_copy(&connections).await;
        if unfinished.map_err(|fault| OpenError::Postgres(fault.to_string()))? {
            return Err(OpenError::UnfinishedCopy);
        }
        let clock = DatabaseClock::follow(&connections).await;
        let clock = clock.map_err(|fault| OpenError::Postgres(fault.to_string()))?;
        let writer = Writer::start(connections.clone());
        let (look_up, rotate) = (LookUp::start(&connections), Rotate::start(&connections));
        let watch = |wanted| Replica::start(wanted, options, connections.clone());
        let replica = options.replica.as_ref().map(watch).transpose()?;
        Ok(Self { engine: PostgresEngine { connections, writer, look_up, rotate, replica, clock, migrated } })
    }

    /// The time of the database, which all nodes on it share.
    pub fn clock(&self) -> Arc<DatabaseClock> {
        Arc::clone(&self.engine.clock)
    }

    /// The migrations that this opening ran, by number; empty when the tables were up to date.
    pub fn migrated(&self) -> &[i64] {
        &self.engine.migrated
    }
}

impl Engine for PostgresEngine {
    type Reads = Connections;

    fn reads(&self) -> &Connections {
        &self.connections
    }

    async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        if let [change] = changes.as_slice()
            && let Some(done) = self.rotate.apply(change)
        {
            return done.await;
        }
        match changes.as_slice() {
            several if several.iter().all(is_free) => Ok(alone::write(&self.connections, &changes).await?),
            _ => self.writer.apply(changes).await,
        }
    }

    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        self.look_up.session(id).await
    }

    fn replica(&self) -> Option<&Connections> {
        self.replica.as_ref()?.fit()
    }

    fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    fn replica_answered(&self, is_replica: bool) {
        if let Some(replica) = &self.replica {
            Replica::count(is_replica);
            if !is_replica {
                replica.lose();
            }
        }
    }

    async fn ready(&self) -> Result<(), StoreError> {
        // On where the server follows another one, too.
        let sql = "SELECT current_setting('transaction_read_only') = 'on'";
        let is_read_only = self.connections.row(sql, params![], |row| row.get(0)).await?;
        if is_read_only.unwrap_or(true) {
            return Err(Fault::Unavailable("the database can only be read".to_owned()).into());
        }
        self.writer.ready().await
    }
}
