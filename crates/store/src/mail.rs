//! The queue of mail in the table `mails`. No secret is in it.

use doorward_core::account::EmailAddress;
use doorward_core::mail::{Backlog, Mail, MailKind, MailQueue, MailState};
use doorward_core::{MailId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};
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

pub(crate) async fn due(db: &impl Db, now: Timestamp, limit: u32) -> Result<Vec<Mail>, Fault> {
    db.rows(DUE, params![now, limit], read).await
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

pub(crate) async fn queue(db: &impl Db, which: MailQueue) -> Result<Vec<Mail>, Fault> {
    // "g" sorts after every id.
    let before = which.before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    match which.state {
        None => db.rows(QUEUE, params![before, which.limit], read).await,
        Some(state) => db.rows(QUEUE_BY_STATE, params![before, state.as_str(), which.limit], read).await,
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
pub(crate) async fn backlog(db: &impl Db) -> Result<Backlog, Fault> {
    let waiting = db.row(WAITING, params![], |row| row.get(0)).await?.unwrap_or(0);
    let oldest_at = db.row(OLDEST, params![], |row| row.get(0)).await?;
    Ok(Backlog { waiting, oldest_at })
}

const INSERT: &str = "
INSERT INTO mails (id, kind, user_id, email, email_key, origin, state, attempts, last_error, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(crate) async fn insert(db: &impl Db, mail: &Mail) -> Result<u64, Fault> {
    db.execute(
        INSERT,
        params![
            mail.id,
            mail.kind.as_str(),
            mail.user_id,
            mail.to.as_str(),
            mail.to.key(),
            mail.origin,
            mail.state.as_str(),
            mail.attempts,
            mail.last_error,
            mail.created_at,
            mail.due_at,
        ],
    )
    .await
}

const TAKE: &str = "
UPDATE mails
SET due_at = $1, attempts = attempts + 1
WHERE id = $2 AND state = 'waiting' AND due_at = $3";

pub(crate) async fn take(
    db: &impl Db,
    mail: MailId,
    due_at: Timestamp,
    until: Timestamp,
) -> Result<u64, Fault> {
    db.execute(TAKE, params![until, mail, due_at]).await
}

const OWN: &str = "
UPDATE mails
SET user_id = $1
WHERE id = $2 AND state = 'waiting' AND user_id IS NULL AND EXISTS (SELECT 1 FROM users WHERE users.id = $1)";

pub(crate) async fn own(db: &impl Db, mail: MailId, user: UserId) -> Result<u64, Fault> {
    db.execute(OWN, params![user, mail]).await
}

const END: &str = "
UPDATE mails
SET state = $1, last_error = $2, done_at = $3
WHERE id = $4";

pub(crate) async fn end(
    db: &impl Db,
    mail: MailId,
    (state, error): (MailState, &str),
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(END, params![state.as_str(), error, at, mail]).await
}

const POSTPONE: &str = "
UPDATE mails
SET due_at = $1, last_error = $2
WHERE id = $3 AND state = 'waiting'";

pub(crate) async fn postpone(
    db: &impl Db,
    mail: MailId,
    due_at: Timestamp,
    error: &str,
) -> Result<u64, Fault> {
    db.execute(POSTPONE, params![due_at, error, mail]).await
}

const RETRY: &str = "
UPDATE mails
SET state = 'waiting', due_at = $1, attempts = 0, done_at = NULL
WHERE id = $2 AND state <> 'sent'";

pub(crate) async fn retry(db: &impl Db, mail: MailId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(RETRY, params![at, mail]).await
}

const DELETE: &str = "
DELETE FROM mails
WHERE id = $1";

/// Forgets the mail, and the ticket that did not leave with it.
pub(crate) async fn delete(db: &impl Db, mail: MailId) -> Result<u64, Fault> {
    ticket::void_one(db, mail).await?;
    db.execute(DELETE, params![mail]).await
}

const FORGET: &str = "
DELETE FROM mails
WHERE id IN (SELECT id FROM mails WHERE done_at < $1 LIMIT $2)";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<(), Fault> {
    db.execute(FORGET, params![before, FORGET_AT_ONCE]).await?;
    ticket::forget(db, before).await.map(drop)
}

fn read(row: &Row<'_>) -> Result<Mail, Fault> {
    let (kind, state): (String, String) = (row.get(1)?, row.get(6)?);
    Ok(Mail {
        id: row.get(0)?,
        kind: MailKind::from_text(&kind).ok_or_else(|| Fault::corrupt("mails.kind"))?,
        user_id: row.get(2)?,
        to: EmailAddress::from_stored(row.get(3)?, row.get(4)?),
        origin: row.get(5)?,
        state: MailState::from_text(&state).ok_or_else(|| Fault::corrupt("mails.state"))?,
        attempts: row.get(7)?,
        last_error: row.get(8)?,
        created_at: row.get(9)?,
        due_at: row.get(10)?,
        done_at: row.get(11)?,
    })
}
