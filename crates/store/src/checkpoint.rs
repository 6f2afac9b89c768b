//! Signed places of the audit log in the table `audit_checkpoints`: one for each day, one for the line before the first kept.

use doorward_core::Timestamp;
use doorward_core::audit::chain::Link;
use doorward_core::audit::checkpoint::{Checkpoint, Mark};
use rusqlite::{Connection, Row, params};

use crate::sqlite::Fault;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[EVERY, KEEP, FORGET_LINES, FORGET_OLDER];

/// How many lines one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 10_000;

const EVERY: &str = "
SELECT name, seq, digest, at, mac
FROM audit_checkpoints";

pub(crate) fn all(connection: &Connection) -> Result<Vec<Checkpoint>, Fault> {
    let mut statement = connection.prepare_cached(EVERY)?;
    let rows = statement.query_and_then([], read)?;
    rows.collect()
}

const KEEP: &str = "
INSERT INTO audit_checkpoints (name, seq, digest, at, mac)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE
SET seq = excluded.seq, digest = excluded.digest, at = excluded.at, mac = excluded.mac
WHERE excluded.seq >= audit_checkpoints.seq";

/// Keeps the checkpoint; one of the same mark that is further on stays.
pub(crate) fn keep(connection: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<usize> {
    connection.prepare_cached(KEEP)?.execute(params![
        checkpoint.mark.name(),
        checkpoint.link.seq,
        checkpoint.link.digest.to_string(),
        checkpoint.at.as_millis(),
        checkpoint.mac.to_string(),
    ])
}

const FORGET_LINES: &str = "
DELETE FROM audit
WHERE seq <= $1 AND seq < (SELECT MIN(seq) FROM audit) + $2";

const FORGET_OLDER: &str = "
DELETE FROM audit_checkpoints
WHERE seq <= $1 AND name <> 'kept'";

pub(crate) fn forget(connection: &Connection, up_to: i64) -> rusqlite::Result<usize> {
    connection.prepare_cached(FORGET_OLDER)?.execute([up_to])?;
    connection.prepare_cached(FORGET_LINES)?.execute([up_to, FORGET_AT_ONCE])
}

fn read(row: &Row<'_>) -> Result<Checkpoint, Fault> {
    let name: String = row.get(0)?;
    let digest = |at: usize| -> Result<_, Fault> {
        row.get::<_, String>(at)?.parse().map_err(|_| Fault::corrupt("audit_checkpoints.digest"))
    };
    Ok(Checkpoint {
        mark: Mark::from_name(&name).ok_or_else(|| Fault::corrupt("audit_checkpoints.name"))?,
        link: Link { seq: row.get(1)?, digest: digest(2)? },
        at: Timestamp::from_millis(row.get(3)?),
        mac: digest(4)?,
    })
}
