//! The audit log in the table `audit`. Lines are added and read, never changed.

use doorward_core::audit::{AuditEvent, Deed};
use doorward_core::{Timestamp, UserId};
use rusqlite::{Connection, Row, params};

use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[ABOUT, INSERT];

const ABOUT: &str = "
SELECT id, at, deed, subject, address, request_id, detail
FROM audit
WHERE subject = $1
ORDER BY at DESC, id DESC
LIMIT $2";

pub(crate) fn about(connection: &Connection, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = connection.prepare_cached(ABOUT)?;
    let rows = statement.query_and_then(params![user.to_string(), limit], read)?;
    rows.collect()
}

const INSERT: &str = "
INSERT INTO audit (id, at, deed, subject, address, request_id, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(crate) fn insert(connection: &Connection, event: &AuditEvent) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        event.id.to_string(),
        event.at.as_millis(),
        event.deed.as_str(),
        event.subject.map(|subject| subject.to_string()),
        event.address,
        event.request_id,
        event.detail,
    ])
}

fn read(row: &Row<'_>) -> Result<AuditEvent, Fault> {
    let deed: String = row.get(2)?;
    let subject: Option<String> = row.get(3)?;
    Ok(AuditEvent {
        id: read_id(row, 0)?,
        at: Timestamp::from_millis(row.get(1)?),
        deed: Deed::from_text(&deed).ok_or_else(|| Fault::corrupt("audit.deed"))?,
        subject: subject.map(|id| id.parse()).transpose().map_err(|_| Fault::corrupt("audit.subject"))?,
        address: row.get(4)?,
        request_id: row.get(5)?,
        detail: row.get(6)?,
    })
}
