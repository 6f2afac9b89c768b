//! How the file is opened, its tables, and the index.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::OpenError;
use crate::search::Language;

/// How long a statement waits for another process that holds the lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long somebody who is in and may be leaving is waited for.
const LEAVING: Duration = Duration::from_secs(1);
/// Statements that stay prepared, per connection.
const PREPARED: usize = 96;
/// Pages kept in memory, in KiB.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
const READER_CACHE_KIB: i64 = 8 * 1024;
/// The log is folded into the main file when it holds so many pages (16 MiB).
const CHECKPOINT_PAGES: i64 = 4 * 1024;
/// What is kept of a log that has grown beyond its usual size, in bytes.
const LOG_KEPT: i64 = 32 * 1024 * 1024;

const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/0001_documents.sql")),
    (2, include_str!("../../migrations/0002_turns_and_titles.sql")),
];
/// Whatever was being read in when the last process ended: nobody else has this file.
const RELEASE: &str = "UPDATE documents SET leased_until = 0 WHERE state IN ('parsing', 'indexing')";

/// The connection that writes, with its tables up to date and an index for `language`.
pub(super) fn writing(path: &Path, language: Language) -> Result<Connection, OpenError> {
    // Made with narrow rights first: SQLite gives its side files those of the main file.
    let mut how = OpenOptions::new();
    how.create(true).read(true).write(true).mode(0o600);
    how.open(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    tune(&connection, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    migrate(&mut connection)?;
    index(&mut connection, language)?;
    connection.execute(RELEASE, [])?;
    Ok(connection)
}

/// The connection of one who has the file alone. It is made, with today's tables and an index for a language, where one is given;
/// else its tables stay as they are.
pub(crate) fn alone(path: &Path, language: Option<Language>) -> Result<Connection, OpenError> {
    if let Some(language) = language {
        drop(writing(path, language)?);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    tune(&connection, WRITER_CACHE_KIB)?;
    connection.busy_timeout(LEAVING)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // The lock is taken by the first that is done, and kept.
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// The version that the tables have, and that of today's.
pub(crate) fn versions(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((found, STEPS.last().map_or(0, |(newest, _)| *newest)))
}

/// A connection that only reads.
pub(super) fn reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    tune(&connection, READER_CACHE_KIB)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn tune(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kib)
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let (found, newest) = versions(connection)?;
    if found > newest {
        return Err(OpenError::Newer(found));
    }
    for (step, sql) in STEPS.iter().filter(|(step, _)| *step > found) {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Makes the index when there is none, or when it was made for another language; then reads all chunks again.
fn index(connection: &mut Connection, language: Language) -> Result<(), OpenError> {
    let made_for: Option<String> = connection
        .query_row("SELECT value FROM notes WHERE name = 'language'", [], |row| row.get(0))
        .optional()?;
    if made_for.as_deref() == Some(language.as_str()) {
        return Ok(());
    }
    let tokens = match language {
        Language::English => "porter unicode61 remove_diacritics 2",
        Language::Simple => "unicode61 remove_diacritics 2",
    };
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(&format!(
        "DROP TABLE IF EXISTS found;
         DROP TABLE IF EXISTS titled;
         CREATE VIRTUAL TABLE found USING fts5(
           text, scope, content = 'searchable', content_rowid = 'no', tokenize = '{tokens}'
         );
         CREATE VIRTUAL TABLE titled USING fts5(
           title, scope, content = 'titles', content_rowid = 'no', tokenize = '{tokens}'
         );
         INSERT INTO found (rowid, text, scope) SELECT no, text, scope FROM searchable;
         INSERT INTO titled (rowid, title, scope) SELECT no, title, scope FROM titles;"
    ))?;
    transaction.execute(
        "INSERT INTO notes (name, value) VALUES ('language', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
        [language.as_str()],
    )?;
    transaction.commit()?;
    Ok(())
}
