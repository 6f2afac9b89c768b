//! Tickets in the table `tickets`. Neither their tokens nor their codes are here.

use doorward_core::account::EmailAddress;
use doorward_core::ticket::{CODE_TRIES, Purpose, Ticket};
use doorward_core::{MailId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{Fault, read_id};

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

pub(crate) fn by_id(connection: &Connection, id: MailId) -> Result<Option<Ticket>, Fault> {
    let row = connection.prepare_cached(BY_ID)?.query_row([id.to_string()], |row| Ok(read(row)));
    row.optional()?.transpose()
}

const OF_USER: &str = select!("WHERE user_id = $1 AND purpose = $2 AND spent_at IS NULL");

pub(crate) fn of_user(
    connection: &Connection,
    user: UserId,
    purpose: Purpose,
) -> Result<Option<Ticket>, Fault> {
    let row = connection
        .prepare_cached(OF_USER)?
        .query_row(params![user.to_string(), purpose.as_str()], |row| Ok(read(row)));
    row.optional()?.transpose()
}

const REPLACE: &str = "
DELETE FROM tickets
WHERE user_id = $1 AND purpose = $2 AND spent_at IS NULL";
const INSERT: &str = "
INSERT INTO tickets (id, user_id, purpose, email, email_key, tries, created_at, expires_at, code_expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Adds the ticket in the place of the unspent one of its account and purpose.
pub(crate) fn insert(connection: &Connection, ticket: &Ticket) -> rusqlite::Result<usize> {
    let (user, purpose) = (ticket.user_id.to_string(), ticket.purpose.as_str());
    connection.prepare_cached(REPLACE)?.execute(params![user, purpose])?;
    connection.prepare_cached(INSERT)?.execute(params![
        ticket.id.to_string(),
        user,
        purpose,
        ticket.email.as_str(),
        ticket.email.key(),
        ticket.tries,
        ticket.created_at.as_millis(),
        ticket.expires_at.as_millis(),
        ticket.code_expires_at.as_millis(),
    ])
}

const RENEW: &str = "
UPDATE tickets
SET expires_at = $1, code_expires_at = $2
WHERE id = $3 AND spent_at IS NULL";

pub(crate) fn renew(
    connection: &Connection,
    ticket: MailId,
    expires_at: Timestamp,
    code_expires_at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(RENEW)?.execute(params![
        expires_at.as_millis(),
        code_expires_at.as_millis(),
        ticket.to_string()
    ])
}

const TRY_CODE: &str = "
UPDATE tickets
SET tries = tries + 1
WHERE id = $1 AND spent_at IS NULL AND code_expires_at > $2 AND tries < $3";

pub(crate) fn try_code(connection: &Connection, ticket: MailId, at: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(TRY_CODE)?.execute(params![ticket.to_string(), at.as_millis(), CODE_TRIES])
}

const SPEND: &str = "
UPDATE tickets
SET spent_at = $1
WHERE id = $2 AND spent_at IS NULL AND expires_at > $1";

pub(crate) fn spend(connection: &Connection, ticket: MailId, at: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(SPEND)?.execute(params![at.as_millis(), ticket.to_string()])
}

const VOID: &str = "
DELETE FROM tickets
WHERE user_id = $1 AND spent_at IS NULL";

pub(crate) fn void(connection: &Connection, user: UserId) -> rusqlite::Result<usize> {
    connection.prepare_cached(VOID)?.execute([user.to_string()])
}

const VOID_ONE: &str = "
DELETE FROM tickets
WHERE id = $1 AND spent_at IS NULL";

pub(crate) fn void_one(connection: &Connection, ticket: MailId) -> rusqlite::Result<usize> {
    connection.prepare_cached(VOID_ONE)?.execute([ticket.to_string()])
}

const FORGET: &str = "
DELETE FROM tickets
WHERE id IN (SELECT id FROM tickets WHERE expires_at < $1 LIMIT $2)";

pub(crate) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(FORGET)?.execute([before.as_millis(), FORGET_AT_ONCE])
}

fn read(row: &Row<'_>) -> Result<Ticket, Fault> {
    let purpose: String = row.get(2)?;
    let spent_at: Option<i64> = row.get(9)?;
    Ok(Ticket {
        id: read_id(row, 0)?,
        user_id: read_id(row, 1)?,
        purpose: Purpose::from_text(&purpose).ok_or_else(|| Fault::corrupt("tickets.purpose"))?,
        email: EmailAddress::from_stored(row.get(3)?, row.get(4)?),
        tries: row.get(5)?,
        created_at: Timestamp::from_millis(row.get(6)?),
        expires_at: Timestamp::from_millis(row.get(7)?),
        code_expires_at: Timestamp::from_millis(row.get(8)?),
        spent_at: spent_at.map(Timestamp::from_millis),
    })
}
