//! The embedded database: one file, one writing thread, reads on the caller's thread.
//!
//! Invariant: a write set is answered after its commit has reached the disk (WAL, `synchronous=FULL`).

mod backup;
pub(crate) mod open;
mod reader;
mod run;
mod value;
mod writer;

use std::path::{Path, PathBuf};

use doorward_core::change::Changes;
use doorward_core::port::{ApplyError, StoreError};

pub use backup::back_up;
pub use open::SqliteOptions;
use reader::Readers;
pub(crate) use value::cell;
use writer::Writer;

use crate::OpenError;
use crate::durable::{Durable, Engine};

/// A database file in use.
pub type Sqlite = Durable<SqliteEngine>;

/// The connections to a database file.
#[derive(Debug)]
pub struct SqliteEngine {
    readers: Readers,
    writer: Writer,
    path: PathBuf,
    migrated: Vec<i64>,
}

impl Durable<SqliteEngine> {
    /// Opens the database in `path`, makes it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        let (connection, migrated) = open::writing(path)?;
        if open::holds_unfinished_copy(&connection)? {
            return Err(OpenError::UnfinishedCopy);
        }
        let readers = Readers::open(path, options.readers)?;
        let writer = Writer::start(connection).map_err(OpenError::Thread)?;
        Ok(Self { engine: SqliteEngine { readers, writer, path: path.to_owned(), migrated } })
    }

    /// The migrations that this opening ran, by number; empty when the tables were up to date.
    pub fn migrated(&self) -> &[i64] {
        &self.engine.migrated
    }

    /// Copies the database into a new file at `path`: see [`back_up`].
    ///
    /// # Errors
    /// As [`back_up`].
    pub fn back_up(&self, path: &Path) -> Result<(), OpenError> {
        back_up(&self.engine.path, path).map(drop)
    }
}

impl Engine for SqliteEngine {
    type Reads = Readers;

    fn reads(&self) -> &Readers {
        &self.readers
    }

    async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        self.writer.apply(changes).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.writer.ready().await
    }
}
