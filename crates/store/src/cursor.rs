//! How far listeners have been told, in the table `hook_cursors`.

use doorward_core::Timestamp;
use doorward_core::hook::Cursor;
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::Fault;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, START, MOVE];

const OF: &str = "
SELECT seq, attempts, retry_at
FROM hook_cursors
WHERE name = $1";

pub(crate) fn of(connection: &Connection, name: &str) -> Result<Option<Cursor>, Fault> {
    let mut statement = connection.prepare_cached(OF)?;
    let read = |row: &rusqlite::Row<'_>| {
        let retry_at = Timestamp::from_millis(row.get(2)?);
        Ok(Cursor { seq: row.get(0)?, attempts: row.get(1)?, retry_at })
    };
    Ok(statement.query_row([name], read).optional()?)
}

const START: &str = "
INSERT INTO hook_cursors (name, seq, attempts, retry_at)
VALUES ($1, $2, 0, 0)
ON CONFLICT (name) DO NOTHING";

const MOVE: &str = "
UPDATE hook_cursors
SET seq = $1, attempts = $2, retry_at = $3
WHERE name = $4 AND seq = $5 AND attempts = $6";

/// Moves the cursor from where it was; makes it when there was none. Touches no row when another process was first.
pub(crate) fn set(
    connection: &Connection,
    name: &str,
    from: Option<&Cursor>,
    to: &Cursor,
) -> rusqlite::Result<usize> {
    match from {
        None => connection.prepare_cached(START)?.execute(params![name, to.seq]),
        Some(from) => connection.prepare_cached(MOVE)?.execute(params![
            to.seq,
            to.attempts,
            to.retry_at.as_millis(),
            name,
            from.seq,
            from.attempts,
        ]),
    }
}
