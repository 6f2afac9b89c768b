//! Table `chunks`.
//!
//! Invariant: the index holds each chunk as the table does; both are changed by the same functions.

use crate::db::{Db, Fault, params};
use crate::document::{Chunk, Page, Window};
use crate::id::{ChunkId, DocumentId};
use crate::shelf::Task;
use crate::{postgres, sqlite};

/// Chunks that are removed at a time.
const REMOVED_MAX: i64 = 256;

const LIST: &str = "SELECT place, text FROM chunks WHERE document = ?1 AND version = ?2
  ORDER BY place LIMIT ?3 OFFSET ?4";

/// The chunks of a version, in their order.
pub(super) fn list(
    db: &Db<'_>,
    document: (i64, DocumentId),
    version: (u32, u64),
    window: Window,
) -> Result<Page<Chunk>, Fault> {
    let (no, id) = document;
    let (version, total) = version;
    let items = db.rows(LIST, params![no, version, window.limit, window.offset], |row| {
        let place = row.get(0)?;
        Ok(Chunk { id: ChunkId::of(id, version, place), place, text: row.get(1)? })
    })?;
    Ok(Page { items, total })
}

/// Writes and indexes chunks of a version from `place` on.
pub(super) fn add(db: &Db<'_>, task: Task, place: u32, texts: &[String]) -> Result<(), Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::add(db, task, place, texts),
        Db::Postgres(_) => postgres::index::add(db, task, place, texts),
    }
}

/// Puts chunks into the index that were written without.
pub(crate) fn put_in(db: &Db<'_>, chunks: &[i64]) -> Result<(), Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::put_in(db, chunks),
        Db::Postgres(_) => postgres::index::put_in(db, chunks),
    }
}

const REMAINS: &str = "SELECT c.no FROM chunks c JOIN documents d ON d.no = c.document
  WHERE c.document = ?1 AND (d.is_deleted OR c.version <> d.indexed
    AND (c.version <> d.version OR d.state IN ('ready', 'failed')))
  LIMIT ?2";
const ATTEMPT: &str = "SELECT no FROM chunks WHERE document = ?1 AND version = ?2 LIMIT ?3";

/// Removes some chunks that nobody will read again; says whether there were as many as are removed at a time.
pub(super) fn sweep(db: &Db<'_>, document: i64) -> Result<bool, Fault> {
    remove(db, &db.rows(REMAINS, params![document, REMOVED_MAX], |row| row.get(0))?)
}

/// Removes what an interrupted attempt has written of a version.
pub(super) fn undo(db: &Db<'_>, task: Task) -> Result<(), Fault> {
    while remove(db, &db.rows(ATTEMPT, params![task.no, task.version, REMOVED_MAX], |row| row.get(0))?)? {}
    Ok(())
}

fn remove(db: &Db<'_>, chunks: &[i64]) -> Result<bool, Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::remove(db, chunks)?,
        Db::Postgres(_) => postgres::index::remove(db, chunks)?,
    }
    Ok(i64::try_from(chunks.len()).is_ok_and(|removed| removed == REMOVED_MAX))
}
