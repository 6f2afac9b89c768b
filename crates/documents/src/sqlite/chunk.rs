//! Table `chunks`, and the index over it.
//!
//! Invariant: `found` holds each chunk exactly as the view `searchable` shows it. Whoever changes what the view shows takes the
//! chunks out before, and puts them in again after.

use rusqlite::{Connection, params};

use super::{Fault, count, read_count};
use crate::document::{Chunk, Page, Window};
use crate::id::{ChunkId, DocumentId};

/// Chunks that are removed at a time.
const REMOVED_MAX: i64 = 256;

const LIST: &str = "SELECT place, text FROM chunks WHERE document = ?1 AND version = ?2
  ORDER BY place LIMIT ?3 OFFSET ?4";

/// The chunks of a version, in their order.
pub(super) fn list(
    connection: &Connection,
    document: (i64, DocumentId),
    version: (u32, u64),
    window: Window,
) -> Result<Page<Chunk>, Fault> {
    let (no, id) = document;
    let (version, total) = version;
    let mut statement = connection.prepare_cached(LIST)?;
    let mut rows = statement.query(params![no, version, window.limit, count(window.offset)])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let place = read_count(row, 0)?;
        items.push(Chunk { id: ChunkId::of(id, version, place), place, text: row.get(1)? });
    }
    Ok(Page { items, total })
}

const ADD: &str = "INSERT INTO chunks (document, version, place, text) VALUES (?1, ?2, ?3, ?4)";
const INDEX_ONE: &str = "INSERT INTO found (rowid, text, title, scope) VALUES (?1, ?2, ?3, ?4)";
const HEAD: &str = "SELECT title, scope FROM searchable WHERE no = ?1";

/// Writes and indexes chunks of a version from `place` on.
pub(super) fn add(
    connection: &Connection,
    work: (i64, u32),
    place: u32,
    texts: &[String],
) -> Result<(), Fault> {
    let mut add = connection.prepare_cached(ADD)?;
    let mut index = connection.prepare_cached(INDEX_ONE)?;
    let mut head: Option<(String, String)> = None;
    for (place, text) in (place..).zip(texts) {
        add.execute(params![work.0, work.1, place, text])?;
        let no = connection.last_insert_rowid();
        // The same for all chunks of a document.
        let (title, scope) = match &head {
            Some(head) => head,
            None => head.insert(
                connection.prepare_cached(HEAD)?.query_row([no], |row| Ok((row.get(0)?, row.get(1)?)))?,
            ),
        };
        index.execute(params![no, text, title, scope])?;
    }
    Ok(())
}

const TAKE_OUT: &str = "INSERT INTO found (found, rowid, text, title, scope)
  SELECT 'delete', no, text, title, scope FROM searchable WHERE document = ?1";
const PUT_IN: &str = "INSERT INTO found (rowid, text, title, scope)
  SELECT no, text, title, scope FROM searchable WHERE document = ?1";

/// Does `change`, which may change what a document is found by.
pub(super) fn reindexed<T>(
    connection: &Connection,
    document: i64,
    change: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    connection.prepare_cached(TAKE_OUT)?.execute([document])?;
    let done = change()?;
    connection.prepare_cached(PUT_IN)?.execute([document])?;
    Ok(done)
}

const REMAINS: &str = "SELECT c.no FROM chunks c JOIN documents d ON d.no = c.document
  WHERE c.document = ?1 AND (d.is_deleted OR c.version <> d.indexed
    AND (c.version <> d.version OR d.state IN ('ready', 'failed')))
  LIMIT ?2";
const ATTEMPT: &str = "SELECT no FROM chunks WHERE document = ?1 AND version = ?3 LIMIT ?2";
const TAKE_OUT_ONE: &str = "INSERT INTO found (found, rowid, text, title, scope)
  SELECT 'delete', no, text, title, scope FROM searchable WHERE no = ?1";
const REMOVE: &str = "DELETE FROM chunks WHERE no = ?1";

/// Removes some chunks that nobody will read again; says whether there were as many as are removed at a time.
pub(super) fn sweep(connection: &Connection, document: i64) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(REMAINS)?;
    let rows = statement.query_map(params![document, REMOVED_MAX], |row| row.get(0))?;
    remove(connection, &rows.collect::<rusqlite::Result<Vec<i64>>>()?)
}

/// Removes what an interrupted attempt has written of a version.
pub(super) fn undo(connection: &Connection, work: (i64, u32)) -> Result<(), Fault> {
    loop {
        let mut statement = connection.prepare_cached(ATTEMPT)?;
        let rows = statement.query_map(params![work.0, REMOVED_MAX, work.1], |row| row.get(0))?;
        if !remove(connection, &rows.collect::<rusqlite::Result<Vec<i64>>>()?)? {
            return Ok(());
        }
    }
}

fn remove(connection: &Connection, chunks: &[i64]) -> Result<bool, Fault> {
    let mut take_out = connection.prepare_cached(TAKE_OUT_ONE)?;
    let mut remove = connection.prepare_cached(REMOVE)?;
    for no in chunks {
        take_out.execute([no])?;
        remove.execute([no])?;
    }
    Ok(i64::try_from(chunks.len()).is_ok_and(|removed| removed == REMOVED_MAX))
}
