//! What stands in the way when a database is opened.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made, read or written.
    #[error("cannot open the database {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Another process holds the write lock and does not let go.
    #[error("another process keeps the database locked: stop that one first")]
    Locked,
    /// The file is no database, or cannot be read as one.
    #[error("cannot use the database: {0}")]
    Sqlite(rusqlite::Error),
    /// A file does not hold together.
    #[error("the database {path} is damaged: {finding}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first that was found.
        finding: String,
    },
    /// A newer Doorward has written the database.
    #[error(
        "the database has version {found}, this Doorward knows versions up to {known}: install a newer one"
    )]
    Newer {
        /// The version in the file.
        found: i64,
        /// The newest version this build knows.
        known: i64,
    },
    /// A migration failed; what it did has been undone.
    #[error("migration {step} of the database failed and was undone: {cause}")]
    Migration {
        /// Which.
        step: i64,
        /// Why.
        cause: String,
    },
    /// A copy into the database was interrupted: what is there is not whole.
    #[error("a copy into this database was begun and has not ended: run the same `doorward copy` again")]
    UnfinishedCopy,
    /// PostgreSQL cannot be reached, or does not let this server in.
    #[error("cannot use the database: {0}")]
    Postgres(String),
    /// The writing thread cannot be started.
    #[error("cannot start the writing thread: {0}")]
    Thread(std::io::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(fault: rusqlite::Error) -> Self {
        match fault.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            _ => Self::Sqlite(fault),
        }
    }
}
