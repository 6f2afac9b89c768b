//! How the file is opened.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::OpenError;
use crate::migrate;

/// How long a statement waits for another process that holds the lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long somebody who is in and may be leaving is waited for.
const LEAVING: Duration = Duration::from_secs(1);
/// Statements that stay prepared, per connection: all there are.
const PREPARED: usize = 64;
/// Pages kept in memory, in KiB. Small on purpose: the operating system keeps the file's pages too, and look-ups among a
/// million sessions took as long with 2 MiB as with 32. The file is not mapped: a disk that fails to read would end the
/// process by a signal.
const WRITER_CACHE_KIB: i64 = 8 * 1024;
const READER_CACHE_KIB: i64 = 2 * 1024;
/// The log is folded into the main file when it holds so many pages (16 MiB). Each folding flushes twice, and a page that
/// changed many times meanwhile moves once.
const CHECKPOINT_PAGES: i64 = 4 * 1024;
/// What is kept of a log that has grown beyond its usual size, in bytes.
const LOG_KEPT: i64 = 32 * 1024 * 1024;

/// A connection of one thread's own that writes to a file that is there.
const WRITES: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// How many connections there are beside the writing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Connections that read; as many requests can read at the same moment. At least 1.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { readers: 4 }
    }
}

/// The connection that writes, with its tables up to date, and the migrations that took.
pub(super) fn writing(path: &Path) -> Result<(Connection, Vec<i64>), OpenError> {
    // Made with narrow rights first: SQLite gives its side files those of the main file.
    private_file(OpenOptions::new().create(true), path)?;
    let mut connection = Connection::open_with_flags(path, WRITES)?;
    tune(&connection, WRITER_CACHE_KIB)?;
    let migrated = durable(&mut connection)?;
    Ok((connection, migrated))
}

/// A connection to a file that is there, and that nobody else opens as long as this one is; what it finds stays as it is.
pub(crate) fn alone(path: &Path) -> Result<Connection, OpenError> {
    let is_there = std::fs::metadata(path).map(drop);
    is_there.map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    let connection = Connection::open_with_flags(path, WRITES)?;
    hold(&connection)?;
    Ok(connection)
}

/// A connection that fills a file, made if need be with its tables, and that nobody else opens as long as this one is. What it
/// writes may be lost in a power cut, but for what follows `synchronous=FULL`; what is left is whole.
pub(crate) fn writing_alone(path: &Path) -> Result<Connection, OpenError> {
    private_file(OpenOptions::new().create(true), path)?;
    let mut connection = Connection::open_with_flags(path, WRITES)?;
    hold(&connection)?;
    durable(&mut connection)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Whether a copy into this database was begun and has not ended.
pub(crate) fn holds_unfinished_copy(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'unfinished_copy')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Shuts everybody else out; fails when somebody is in.
fn hold(connection: &Connection) -> Result<(), OpenError> {
    tune(connection, WRITER_CACHE_KIB)?;
    connection.busy_timeout(LEAVING)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // The lock is taken by the first that is done, and kept.
    Ok(connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?)
}

fn durable(connection: &mut Connection) -> Result<Vec<i64>, OpenError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    migrate::run(connection)
}

/// A connection that only reads.
pub(super) fn reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    tune(&connection, READER_CACHE_KIB)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// What holds for every connection.
pub(crate) fn tune(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // A plan may not hang on the values that are bound: looking at them makes SQLite plan anew at every use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kib)
}

/// A connection to a file that this call makes.
pub(super) fn copy(path: &Path) -> Result<Connection, OpenError> {
    private_file(OpenOptions::new().create_new(true), path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// Sees to it that `path` can be written; made here, it is its owner's alone.
fn private_file(how: &mut OpenOptions, path: &Path) -> Result<(), OpenError> {
    how.read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|cause| OpenError::File { path: path.to_owned(), cause })
}
