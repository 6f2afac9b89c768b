//! Reading documents in: which one is next, and how far each is.
//!
//! How far a document is stands in its row: after a crash it is begun anew, and what the attempt before had written is removed
//! first.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Fault, chunk, owner, read_count, read_text};
use crate::ingest::Form;
use crate::settings::Limits;
use crate::shelf::Work;

/// How often reading a document in is begun: whatever ends the process each time is left alone after that.
const ATTEMPTS_MAX: i64 = 3;

const NEXT: &str = "SELECT d.no, d.attempts FROM documents d
  WHERE d.state IN ('pending', 'parsing', 'indexing')
    AND d.no NOT IN (SELECT value FROM json_each(?1))
  ORDER BY d.no LIMIT 1";
const BEGIN: &str = "UPDATE documents SET state = 'parsing', attempts = attempts + 1, done = 0 WHERE no = ?1";
const READ: &str = "SELECT d.id, d.version, d.form, s.content
  FROM documents d JOIN sources s ON s.document = d.no WHERE d.no = ?1";

/// The next document that is not at work already.
pub(super) fn take(connection: &Connection, busy: &[i64]) -> Result<Option<Work>, Fault> {
    let busy = serde_json::to_string(busy).map_err(|_| Fault::Corrupt("a list"))?;
    loop {
        let next: Option<(i64, i64)> = connection
            .prepare_cached(NEXT)?
            .query_row([&busy], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((no, attempts)) = next else { return Ok(None) };
        let work = begin(connection, no)?;
        if attempts > 0 {
            chunk::undo(connection, (no, work.version))?;
        }
        if attempts < ATTEMPTS_MAX {
            return Ok(Some(work));
        }
        fail(
            connection,
            (no, work.version),
            "Reading this document was begun several times and never came to an end.",
        )?;
    }
}

fn begin(connection: &Connection, no: i64) -> Result<Work, Fault> {
    connection.prepare_cached(BEGIN)?.execute([no])?;
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query([no])?;
    let row = rows.next()?.ok_or(Fault::Corrupt("a source"))?;
    let form = row.get_ref(2)?.as_str().ok().and_then(Form::from_text);
    Ok(Work {
        no,
        id: read_text(row, 0)?,
        version: read_count(row, 1)?,
        form: form.ok_or(Fault::Corrupt("a form"))?,
        content: row.get(3)?,
    })
}

const PROGRESS: &str = "UPDATE documents SET state = 'indexing', done = done + ?3
  WHERE no = ?1 AND version = ?2 AND NOT is_deleted AND state IN ('parsing', 'indexing')";

/// Writes chunks of a version; `false` when it was replaced or deleted meanwhile.
pub(super) fn write(
    connection: &Connection,
    work: (i64, u32),
    place: u32,
    texts: &[String],
) -> Result<bool, Fault> {
    let wanted = connection.prepare_cached(PROGRESS)?.execute(params![
        work.0,
        work.1,
        super::count(texts.len() as u64)
    ])?;
    if wanted == 1 {
        chunk::add(connection, work, place, texts)?;
    }
    Ok(wanted == 1)
}

const COUNTED: &str = "SELECT d.owner_no, d.chunks, d.done, o.chunks
  FROM documents d JOIN owners o ON o.no = d.owner_no
  WHERE d.no = ?1 AND d.version = ?2 AND NOT d.is_deleted AND d.state IN ('parsing', 'indexing')";
const FINISH: &str = "UPDATE documents SET state = 'ready', reason = NULL, indexed = version, chunks = done,
    has_remains = TRUE, embedded_with = NULL
  WHERE no = ?1";

/// Makes a version that is whole the one that is searched. What was replaced meanwhile is left as it is.
pub(super) fn finish(connection: &Connection, work: (i64, u32), limits: &Limits) -> Result<(), Fault> {
    let counted: Option<(i64, i64, i64, i64)> = connection
        .prepare_cached(COUNTED)?
        .query_row(params![work.0, work.1], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((owner, old, new, all)) = counted else { return Ok(()) };
    if all - old + new > super::count(limits.chunks) {
        return fail(connection, work, "Its chunks are more than its owner may keep.");
    }
    connection.prepare_cached(FINISH)?.execute([work.0])?;
    owner::add(connection, owner, (0, 0, new - old))
}

const FAIL: &str = "UPDATE documents SET state = 'failed', reason = ?3, has_remains = TRUE
  WHERE no = ?1 AND version = ?2 AND NOT is_deleted AND state IN ('parsing', 'indexing')";

/// Notes why a version cannot be searched.
pub(super) fn fail(connection: &Connection, work: (i64, u32), reason: &str) -> Result<(), Fault> {
    connection.prepare_cached(FAIL)?.execute(params![work.0, work.1, reason])?;
    Ok(())
}
