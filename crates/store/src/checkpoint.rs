//! Signed places of the audit log in the table `audit_checkpoints`: one for each day, one for the line before the first kept.

use doorward_core::audit::chain::Link;
use doorward_core::audit::checkpoint::{Checkpoint, Mark};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[EVERY, KEEP, FORGET_LINES, FORGET_OLDER];

/// How many lines one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 10_000;

const EVERY: &str = "
SELECT name, seq, digest, at, mac
FROM audit_checkpoints";

pub(crate) async fn all(db: &impl Db) -> Result<Vec<Checkpoint>, Fault> {
    db.rows(EVERY, params![], read).await
}

const KEEP: &str = "
INSERT INTO audit_checkpoints (name, seq, digest, at, mac)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE
SET seq = excluded.seq, digest = excluded.digest, at = excluded.at, mac = excluded.mac
WHERE excluded.seq >= audit_checkpoints.seq";

/// Keeps the checkpoint; one of the same mark that is further on stays.
pub(crate) async fn keep(db: &impl Db, checkpoint: &Checkpoint) -> Result<u64, Fault> {
    db.execute(
        KEEP,
        params![
            checkpoint.mark.name(),
            checkpoint.link.seq,
            checkpoint.link.digest,
            checkpoint.at,
            checkpoint.mac,
        ],
    )
    .await
}

const FORGET_LINES: &str = "
DELETE FROM audit
WHERE seq <= $1 AND seq < (SELECT MIN(seq) FROM audit) + $2";

const FORGET_OLDER: &str = "
DELETE FROM audit_checkpoints
WHERE seq <= $1 AND name <> 'kept'";

pub(crate) async fn forget(db: &impl Db, up_to: i64) -> Result<u64, Fault> {
    db.execute(FORGET_OLDER, params![up_to]).await?;
    db.execute(FORGET_LINES, params![up_to, FORGET_AT_ONCE]).await
}

fn read(row: &Row<'_>) -> Result<Checkpoint, Fault> {
    let name: String = row.get(0)?;
    Ok(Checkpoint {
        mark: Mark::from_name(&name).ok_or_else(|| Fault::corrupt("audit_checkpoints.name"))?,
        link: Link { seq: row.get(1)?, digest: row.get(2)? },
        at: row.get(3)?,
        mac: row.get(4)?,
    })
}
