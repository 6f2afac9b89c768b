//! The embedded shelf: a file of its own beside the accounts, one writing thread, reads on threads that may wait.
//!
//! | to find | look in |
//! |---|---|
//! | who may read or change what | `visible.rs` |
//! | a statement | the file of its table |
//! | how filters become conditions | `filter.rs` |
//! | the index and its questions | `search.rs`, `vector.rs` |
//!
//! Invariant: what was acknowledged has reached the disk (WAL, `synchronous=FULL`).

mod chunk;
mod collection;
mod document;
mod filter;
mod member;
mod open;
mod owner;
mod reader;
mod search;
mod shelf;
mod vector;
mod visible;
mod work;
mod writer;

use std::path::Path;

use doorward_core::port::StoreError;
use doorward_core::{Code, Error};
use rusqlite::Row;

pub use open::OpenError;
use reader::Readers;
use writer::Writer;

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
        let readers = Readers::open(path, readers)?;
        let writer = Writer::start(connection).map_err(OpenError::Thread)?;
        Ok(Self { readers, writer })
    }
}

/// What went wrong with a statement, or what a rule behind it says no to.
#[derive(Debug)]
enum Fault {
    Sqlite(rusqlite::Error),
    Corrupt(&'static str),
    Refused(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Sqlite(fault)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(fault) => StoreError::Unavailable(fault.to_string()).into(),
            Fault::Corrupt(place) => StoreError::Corrupt(place.to_owned()).into(),
            Fault::Refused(error) => error,
        }
    }
}

/// A value of column `at` that has a text form.
fn read_text<T: std::str::FromStr>(row: &Row<'_>, at: usize) -> Result<T, Fault> {
    let text = row.get_ref(at)?.as_str().map_err(|_| Fault::Corrupt("a text"))?;
    text.parse().map_err(|_| Fault::Corrupt("an id"))
}

/// A whole number of column `at` that is not negative.
fn read_count<T: TryFrom<i64>>(row: &Row<'_>, at: usize) -> Result<T, Fault> {
    T::try_from(row.get::<_, i64>(at)?).map_err(|_| Fault::Corrupt("a count"))
}

/// A number as the database keeps it.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
