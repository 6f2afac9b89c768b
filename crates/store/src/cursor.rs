//! How far listeners have been told, in the table `hook_cursors`.

use doorward_core::hook::Cursor;

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, START, MOVE];

const OF: &str = "
SELECT seq, attempts, retry_at, told_at, failed_at, last_error
FROM hook_cursors
WHERE name = $1";

pub(crate) async fn of(db: &impl Db, name: &str) -> Result<Option<Cursor>, Fault> {
    let read = |row: &Row<'_>| {
        Ok(Cursor {
            seq: row.get(0)?,
            attempts: row.get(1)?,
            retry_at: row.get(2)?,
            told_at: row.get(3)?,
            failed_at: row.get(4)?,
            last_error: row.get(5)?,
        })
    };
    db.row(OF, params![name], read).await
}

const START: &str = "
INSERT INTO hook_cursors (name, seq, attempts, retry_at)
VALUES ($1, $2, 0, 0)
ON CONFLICT (name) DO NOTHING";

const MOVE: &str = "
UPDATE hook_cursors
SET seq = $1, attempts = $2, retry_at = $3, told_at = $4, failed_at = $5, last_error = $6
WHERE name = $7 AND seq = $8 AND attempts = $9";

/// Moves the cursor from where it was; makes it when there was none. Touches no row when another process was first.
pub(crate) async fn set(db: &impl Db, name: &str, from: Option<&Cursor>, to: &Cursor) -> Result<u64, Fault> {
    match from {
        None => db.execute(START, params![name, to.seq]).await,
        Some(from) => {
            let to = params![
                to.seq,
                to.attempts,
                to.retry_at,
                to.told_at,
                to.failed_at,
                to.last_error,
                name,
                from.seq,
                from.attempts
            ];
            db.execute(MOVE, to).await
        }
    }
}
