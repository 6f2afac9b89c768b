//! The embedded engine: a file of its own beside the accounts, one writing thread, reads on threads that may wait.
//!
//! Invariant: what was acknowledged has reached the disk (WAL, `synchronous=FULL`).

pub(crate) mod index;
mod open;
mod reader;
mod value;
mod writer;

use std::path::Path;

use doorward_core::Error;
pub(crate) use open::{alone, versions};
use reader::Readers;
pub(crate) use value::cell;
use writer::Writer;

use crate::OpenError;
use crate::copy;
use crate::db::{Db, Engine, Fault};
use crate::search::Language;

/// A database file in use. Dropping it finishes what waits to be written.
#[derive(Debug)]
pub(crate) struct Sqlite {
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file in `path`, makes it if there is none, and brings tables and index up to date.
    pub(crate) fn open(path: &Path, readers: usize, language: Language) -> Result<Self, OpenError> {
        let connection = open::writing(path, language)?;
        match copy::is_unfinished(&Db::Sqlite(&connection)) {
            Ok(false) => {}
            Ok(true) => return Err(OpenError::UnfinishedCopy),
            Err(fault) => return Err(OpenError::Unreadable(Error::from(fault).to_string())),
        }
        let readers = Readers::open(path, readers)?;
        let writer = Writer::start(connection).map_err(OpenError::Thread)?;
        Ok(Self { readers, writer })
    }
}

impl Engine for Sqlite {
    async fn read<T: Send + 'static>(
        &self,
        question: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        self.readers.read(move |connection| question(&Db::Sqlite(connection))).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        self.writer.write(move |connection| work(&Db::Sqlite(connection))).await
    }

    /// Here everything waits for its turn.
    async fn step<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        self.write(work).await
    }
}
