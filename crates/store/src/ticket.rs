//! Tickets in the table `tickets`. Neither their tokens nor their codes are here.

use doorward_core::account::EmailAddress;
use doorward_core::ticket::{CODE_TRIES, Purpose, Ticket};
use doorward_core::{MailId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] =
    &[BY_ID, OF_USER, REPLACE, INSERT, RENEW, TRY_CODE, SPEND, VOID, VOID_ONE, FORGET];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 1_000;

macro_rules! select {
    ($where:literal) => {
        concat!(
            "
SELECT id, user_id, purpose, email, email_key, tries, created_at, expires_at, code_expires_at, spent_at
FROM tickets
",
            $where
        )
    };
}

const BY_ID: &str = select!("WHERE id = $1");

pub(crate) async fn by_id(db: &impl Db, id: MailId) -> Result<Option<Ticket>, Fault> {
    db.row(BY_ID, params![id], read).await
}

const OF_USER: &str = select!("WHERE user_id = $1 AND purpose = $2 AND spent_at IS NULL");

pub(crate) async fn of_user(db: &impl Db, user: UserId, purpose: Purpose) -> Result<Option<Ticket>, Fault> {
    db.row(OF_USER, params![user, purpose.as_str()], read).await
}

const REPLACE: &str = "
DELETE FROM tickets
WHERE user_id = $1 AND purpose = $2 AND spent_at IS NULL";
const INSERT: &str = "
INSERT INTO tickets (id, user_id, purpose, email, email_key, tries, created_at, expires_at, code_expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Adds the ticket in the place of the unspent one of its account and purpose.
pub(crate) async fn insert(db: &impl Db, ticket: &Ticket) -> Result<u64, Fault> {
    let (user, purpose) = (ticket.user_id, ticket.purpose.as_str());
    db.execute(REPLACE, params![user, purpose]).await?;
    db.execute(
        INSERT,
        params![
            ticket.id,
            user,
            purpose,
            ticket.email.as_str(),
            ticket.email.key(),
            ticket.tries,
            ticket.created_at,
            ticket.expires_at,
            ticket.code_expires_at,
        ],
    )
    .await
}

const RENEW: &str = "
UPDATE tickets
SET expires_at = $1, code_expires_at = $2
WHERE id = $3 AND spent_at IS NULL";

pub(crate) async fn renew(
    db: &impl Db,
    ticket: MailId,
    expires_at: Timestamp,
    code_expires_at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(RENEW, params![expires_at, code_expires_at, ticket]).await
}

const TRY_CODE: &str = "
UPDATE tickets
SET tries = tries + 1
WHERE id = $1 AND spent_at IS NULL AND code_expires_at > $2 AND tries < $3";

pub(crate) async fn try_code(db: &impl Db, ticket: MailId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(TRY_CODE, params![ticket, at, CODE_TRIES]).await
}

const SPEND: &str = "
UPDATE tickets
SET spent_at = $1
WHERE id = $2 AND spent_at IS NULL AND expires_at > $1";

pub(crate) async fn spend(db: &impl Db, ticket: MailId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(SPEND, params![at, ticket]).await
}

const VOID: &str = "
DELETE FROM tickets
WHERE user_id = $1 AND spent_at IS NULL";

pub(crate) async fn void(db: &impl Db, user: UserId) -> Result<u64, Fault> {
    db.execute(VOID, params![user]).await
}

const VOID_ONE: &str = "
DELETE FROM tickets
WHERE id = $1 AND spent_at IS NULL";

pub(crate) async fn void_one(db: &impl Db, ticket: MailId) -> Result<u64, Fault> {
    db.execute(VOID_ONE, params![ticket]).await
}

const FORGET: &str = "
DELETE FROM tickets
WHERE id IN (SELECT id FROM tickets WHERE expires_at < $1 LIMIT $2)";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(FORGET, params![before, FORGET_AT_ONCE]).await
}

fn read(row: &Row<'_>) -> Result<Ticket, Fault> {
    let purpose: String = row.get(2)?;
    Ok(Ticket {
        id: row.get(0)?,
        user_id: row.get(1)?,
        purpose: Purpose::from_text(&purpose).ok_or_else(|| Fault::corrupt("tickets.purpose"))?,
        email: EmailAddress::from_stored(row.get(3)?, row.get(4)?),
        tries: row.get(5)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
        code_expires_at: row.get(8)?,
        spent_at: row.get(9)?,
    })
}
