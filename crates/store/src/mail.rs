//! The queue of mail in the table `mails`. No secret is in it.

use doorward_core::account::EmailAddress;
use doorward_core::mail::{Backlog, Mail, MailKind, MailQueue, MailState};
use doorward_core::{MailId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{Fault, read_id};
use crate::ticket;

#[cfg(test)]
pub(crate) const ALL: &[&str] =
    &[DUE, QUEUE, QUEUE_BY_STATE, WAITING, OLDEST, INSERT, TAKE, OWN, END, POSTPONE, RETRY, DELETE, FORGET];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 1_000;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "
SELECT id, kind, user_id, email, email_key, origin, state, attempts, last_error, created_at, due_at, done_at
FROM mails
",
            $rest
        )
    };
}

const DUE: &str = select!(
    "WHERE state = 'waiting' AND due_at <= $1
ORDER BY due_at
LIMIT $2"
);

pub(crate) fn due(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<Mail>, Fault> {
    let mut statement = connection.prepare_cached(DUE)?;
    let rows = statement.query_and_then(params![now.as_millis(), limit], read)?;
    rows.collect()
}

const QUEUE: &str = select!(
    "WHERE id < $1
ORDER BY id DESC
LIMIT $2"
);
const QUEUE_BY_STATE: &str = select!(
    "WHERE id < $1 AND state = $2
ORDER BY id DESC
LIMIT $3"
);

pub(crate) fn queue(connection: &Connection, which: MailQueue) -> Result<Vec<Mail>, Fault> {
    // "g" sorts after every id.
    let before = which.before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    match which.state {
        None => {
            let mut statement = connection.prepare_cached(QUEUE)?;
            let rows = statement.query_and_then(params![before, which.limit], read)?;
            rows.collect()
        }
        Some(state) => {
            let mut statement = connection.prepare_cached(QUEUE_BY_STATE)?;
            let rows = statement.query_and_then(params![before, state.as_str(), which.limit], read)?;
            rows.collect()
        }
    }
}

const WAITING: &str = "
SELECT COUNT(*)
FROM mails
WHERE state = 'waiting' AND due_at >= 0";
const OLDEST: &str = "
SELECT created_at
FROM mails
WHERE state = 'waiting' AND due_at >= 0
ORDER BY due_at
LIMIT 1";

/// How much waits. The oldest is taken for the one that is due first, which it is but for the spread of retries.
pub(crate) fn backlog(connection: &Connection) -> Result<Backlog, Fault> {
    let waiting: i64 = connection.prepare_cached(WAITING)?.query_row([], |row| row.get(0))?;
    let oldest = connection.prepare_cached(OLDEST)?.query_row([], |row| row.get(0)).optional()?;
    Ok(Backlog { waiting: waiting.unsigned_abs(), oldest_at: oldest.map(Timestamp::from_millis) })
}

const INSERT: &str = "
INSERT INTO mails (id, kind, user_id, email, email_key, origin, state, attempts, last_error, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(crate) fn insert(connection: &Connection, mail: &Mail) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        mail.id.to_string(),
        mail.kind.as_str(),
        mail.user_id.map(|user| user.to_string()),
        mail.to.as_str(),
        mail.to.key(),
        mail.origin,
        mail.state.as_str(),
        mail.attempts,
        mail.last_error,
        mail.created_at.as_millis(),
        mail.due_at.as_millis(),
    ])
}

const TAKE: &str = "
UPDATE mails
SET due_at = $1, attempts = attempts + 1
WHERE id = $2 AND state = 'waiting' AND due_at = $3";

pub(crate) fn take(
    connection: &Connection,
    mail: MailId,
    due_at: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(TAKE)?.execute(params![until.as_millis(), mail.to_string(), due_at.as_millis()])
}

const OWN: &str = "
UPDATE mails
SET user_id = $1
WHERE id = $2 AND state = 'waiting' AND user_id IS NULL AND EXISTS (SELECT 1 FROM users WHERE users.id = $1)";

pub(crate) fn own(connection: &Connection, mail: MailId, user: UserId) -> rusqlite::Result<usize> {
    connection.prepare_cached(OWN)?.execute(params![user.to_string(), mail.to_string()])
}

const END: &str = "
UPDATE mails
SET state = $1, last_error = $2, done_at = $3
WHERE id = $4";

pub(crate) fn end(
    connection: &Connection,
    mail: MailId,
    (state, error): (MailState, &str),
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(END)?.execute(params![state.as_str(), error, at.as_millis(), mail.to_string()])
}

const POSTPONE: &str = "
UPDATE mails
SET due_at = $1, last_error = $2
WHERE id = $3 AND state = 'waiting'";

pub(crate) fn postpone(
    connection: &Connection,
    mail: MailId,
    due_at: Timestamp,
    error: &str,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(POSTPONE)?.execute(params![due_at.as_millis(), error, mail.to_string()])
}

const RETRY: &str = "
UPDATE mails
SET state = 'waiting', due_at = $1, attempts = 0, done_at = NULL
WHERE id = $2 AND state <> 'sent'";

pub(crate) fn retry(connection: &Connection, mail: MailId, at: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(RETRY)?.execute(params![at.as_millis(), mail.to_string()])
}

const DELETE: &str = "
DELETE FROM mails
WHERE id = $1";

/// Forgets the mail, and the ticket that did not leave with it.
pub(crate) fn delete(connection: &Connection, mail: MailId) -> rusqlite::Result<usize> {
    ticket::void_one(connection, mail)?;
    connection.prepare_cached(DELETE)?.execute([mail.to_string()])
}

const FORGET: &str = "
DELETE FROM mails
WHERE id IN (SELECT id FROM mails WHERE done_at < $1 LIMIT $2)";

pub(crate) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached(FORGET)?.execute([before.as_millis(), FORGET_AT_ONCE])?;
    ticket::forget(connection, before).map(drop)
}

fn read(row: &Row<'_>) -> Result<Mail, Fault> {
    let (kind, state): (String, String) = (row.get(1)?, row.get(6)?);
    let user: Option<String> = row.get(2)?;
    let done_at: Option<i64> = row.get(11)?;
    Ok(Mail {
        id: read_id(row, 0)?,
        kind: MailKind::from_text(&kind).ok_or_else(|| Fault::corrupt("mails.kind"))?,
        user_id: user.map(|id| id.parse()).transpose().map_err(|_| Fault::corrupt("mails.user_id"))?,
        to: EmailAddress::from_stored(row.get(3)?, row.get(4)?),
        origin: row.get(5)?,
        state: MailState::from_text(&state).ok_or_else(|| Fault::corrupt("mails.state"))?,
        attempts: row.get(7)?,
        last_error: row.get(8)?,
        created_at: Timestamp::from_millis(row.get(9)?),
        due_at: Timestamp::from_millis(row.get(10)?),
        done_at: done_at.map(Timestamp::from_millis),
    })
}
