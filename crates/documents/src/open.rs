//! Why the documents cannot be opened.

use std::path::PathBuf;

/// Why the documents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made, read or written.
    #[error("cannot open the documents {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no database, or cannot be read as one.
    #[error("cannot use the documents' database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// What is in the file cannot be read.
    #[error("cannot use the documents' database: {0}")]
    Unreadable(String),
    /// A newer Doorward has written the file.
    #[error("the documents have version {0}, which this Doorward does not know: install a newer one")]
    Newer(i64),
    /// A copy into this place was interrupted: what is there is not whole.
    #[error(
        "a copy of documents into this place was begun and has not ended: run the same `doorward copy` again"
    )]
    UnfinishedCopy,
    /// The server of the database does not answer, or refuses.
    #[error("cannot use the documents' database: {0}")]
    Postgres(String),
    /// A thread cannot be started.
    #[error("cannot start a thread for the documents: {0}")]
    Thread(std::io::Error),
}
