//! Reading documents in: which one is next, and how far each is.
//!
//! How far a document is stands in its row: after a crash it is begun anew, and what the attempt before had written is removed
//! first. Documents have turns: each of an account's is one after the one before, and none before what waits already, so that
//! one who keeps many does not hold up another who keeps one.
//!
//! Invariant: whoever reads a document in has it for a time, which each step prolongs. A step that comes after another attempt
//! has begun changes nothing.

use super::{chunk, owner};
use crate::db::{Db, Fault, params};
use crate::ingest::Form;
use crate::settings::Limits;
use crate::shelf::{Search, Task, Work};

/// How often reading a document in is begun: whatever ends the process each time is left alone after that.
const ATTEMPTS_MAX: i64 = 3;

const TURNS: &str = "SELECT
    coalesce((SELECT min(turn) FROM documents WHERE state IN ('pending', 'parsing', 'indexing')), 0),
    coalesce((SELECT max(turn) FROM documents WHERE owner_no = ?1
      AND state IN ('pending', 'parsing', 'indexing')), -1)";

/// The turn of an account's next document.
pub(super) fn turn(db: &Db<'_>, owner: i64) -> Result<i64, Fault> {
    db.one(TURNS, params![owner], |row| Ok(row.get::<i64>(0)?.max(row.get::<i64>(1)? + 1)))
}

const BEGIN: &str =
    "UPDATE documents SET state = 'parsing', attempts = attempts + 1, done = 0, leased_until = ?4
  WHERE no = ?1 AND attempts = ?2 AND leased_until = ?3 AND state IN ('pending', 'parsing', 'indexing')";

/// The next document that nobody has.
pub(super) fn take(db: &Db<'_>, search: &Search) -> Result<Option<Work>, Fault> {
    let avoided: Vec<String> = search.avoided.iter().map(ToString::to_string).collect();
    let among = if avoided.is_empty() {
        String::new()
    } else {
        format!("AND owner_no NOT IN ({})", avoided.join(", "))
    };
    let sql = format!(
        "SELECT no, attempts, leased_until FROM documents
         WHERE state IN ('pending', 'parsing', 'indexing') AND leased_until <= ?1 {among}
         ORDER BY turn, no LIMIT 1"
    );
    loop {
        let next = db.row(&sql, params![search.now], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
        })?;
        let Some((no, attempts, leased)) = next else { return Ok(None) };
        // Another node has been faster.
        if db.execute(BEGIN, params![no, attempts, leased, search.until])? == 0 {
            continue;
        }
        let work = begun(db, no)?;
        if attempts > 0 {
            chunk::undo(db, work.task)?;
        }
        if attempts < ATTEMPTS_MAX {
            return Ok(Some(work));
        }
        fail(db, work.task, "Reading this document was begun several times and never came to an end.")?;
    }
}

const READ: &str = "SELECT d.id, d.version, d.form, s.content, d.attempts, d.owner_no
  FROM documents d JOIN sources s ON s.document = d.no WHERE d.no = ?1";

fn begun(db: &Db<'_>, no: i64) -> Result<Work, Fault> {
    db.one(READ, params![no], |row| {
        Ok(Work {
            task: Task { no, version: row.get(1)?, attempt: row.get(4)? },
            owner: row.get(5)?,
            id: row.get(0)?,
            form: Form::from_text(&row.get::<String>(2)?).ok_or(Fault::Corrupt("a form"))?,
            content: row.get(3)?,
        })
    })
}

const PROGRESS: &str = "UPDATE documents SET state = 'indexing', done = done + ?4, leased_until = ?5
  WHERE no = ?1 AND version = ?2 AND attempts = ?3 AND NOT is_deleted AND state IN ('parsing', 'indexing')";

/// Writes chunks of a version; `false` when it was replaced or deleted meanwhile, or another attempt has begun.
pub(super) fn write(
    db: &Db<'_>,
    task: Task,
    until: doorward_core::Timestamp,
    (place, texts): (u32, &[String]),
) -> Result<bool, Fault> {
    let count = texts.len() as u64;
    let values = params![task.no, task.version, task.attempt, count, until];
    let is_wanted = db.execute(PROGRESS, values)? == 1;
    if is_wanted {
        chunk::add(db, task, place, texts)?;
    }
    Ok(is_wanted)
}

const HOLD: &str = "UPDATE documents SET done = done
  WHERE no = ?1 AND version = ?2 AND attempts = ?3 AND NOT is_deleted AND state IN ('parsing', 'indexing')
  RETURNING owner_no, chunks, done";
const FINISH: &str = "UPDATE documents SET state = 'ready', reason = NULL, indexed = version, chunks = done,
    has_remains = TRUE, embedded_with = NULL
  WHERE no = ?1";

/// Makes a version that is whole the one that is searched. What was replaced meanwhile is left as it is.
pub(super) fn finish(db: &Db<'_>, task: Task, limits: &Limits) -> Result<(), Fault> {
    let held = db.row(HOLD, params![task.no, task.version, task.attempt], |row| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
    })?;
    let Some((owner, old, new)) = held else { return Ok(()) };
    if owner::chunks(db, owner)? - old + new > i64::try_from(limits.chunks).unwrap_or(i64::MAX) {
        return fail(db, task, "Its chunks are more than its owner may keep.");
    }
    db.execute(FINISH, params![task.no])?;
    owner::add(db, owner, (0, 0, new - old))
}

const FAIL: &str = "UPDATE documents SET state = 'failed', reason = ?4, has_remains = TRUE
  WHERE no = ?1 AND version = ?2 AND attempts = ?3 AND NOT is_deleted AND state IN ('parsing', 'indexing')";

/// Notes why a version cannot be searched.
pub(super) fn fail(db: &Db<'_>, task: Task, reason: &str) -> Result<(), Fault> {
    db.execute(FAIL, params![task.no, task.version, task.attempt, reason])?;
    Ok(())
}

const RELEASE: &str =
    "UPDATE documents SET leased_until = 0 WHERE no = ?1 AND version = ?2 AND attempts = ?3";

/// Gives back what could not be done, so that it is begun again.
pub(super) fn release(db: &Db<'_>, task: Task) -> Result<(), Fault> {
    db.execute(RELEASE, params![task.no, task.version, task.attempt])?;
    Ok(())
}

#[cfg(test)]
mod tests;
