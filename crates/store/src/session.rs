//! Sessions in the table `sessions`.

use doorward_core::account::Rights;
use doorward_core::port::{SessionRow, Standing};
use doorward_core::scope::Scopes;
use doorward_core::session::{EndReason, Session};
use doorward_core::{Digest, SessionId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::role;
use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    BY_ID,
    BY_COOKIE,
    STANDING,
    OF_USER,
    ENDED_SINCE,
    KNOWN_NETWORK,
    OPEN,
    ROTATE,
    END,
    END_ALL,
    SEE,
    FORGET_ENDED,
    FORGET_EXPIRED,
];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 1_000;

macro_rules! columns {
    () => {
        "s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at, s.user_agent, s.address, s.network,
    s.refresh_digest, s.refresh_generation, s.refreshed_at, s.cookie_digest, s.ended_at, s.end_reason, s.scopes"
    };
}

macro_rules! select_with_user {
    ($where:literal) => {
        concat!(
            "
SELECT ",
            columns!(),
            ",
    u.is_active, u.is_superuser, u.rights_version
FROM sessions s
JOIN users u ON u.id = s.user_id
",
            $where
        )
    };
}

const BY_ID: &str = select_with_user!("WHERE s.id = $1");

pub(crate) fn by_id(connection: &Connection, id: SessionId) -> Result<Option<SessionRow>, Fault> {
    one(connection, BY_ID, id.text_in(&mut [0; 36]))
}

const BY_COOKIE: &str = select_with_user!("WHERE s.cookie_digest = $1");

pub(crate) fn by_cookie(connection: &Connection, cookie: &Digest) -> Result<Option<SessionRow>, Fault> {
    one(connection, BY_COOKIE, &cookie.to_string())
}

const STANDING: &str = "
SELECT s.user_id, s.last_seen_at, s.expires_at, s.ended_at, s.scopes, u.is_active, u.is_superuser, u.rights_version
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.id = $1";

pub(crate) fn standing(connection: &Connection, id: SessionId) -> Result<Option<Standing>, Fault> {
    let mut statement = connection.prepare_cached(STANDING)?;
    let row = statement.query_row([id.text_in(&mut [0; 36])], |row| Ok(read_standing(connection, row)));
    row.optional()?.transpose()
}

fn read_standing(connection: &Connection, row: &Row<'_>) -> Result<Standing, Fault> {
    let user_id = read_id(row, 0)?;
    let ended_at: Option<i64> = row.get(3)?;
    let (is_active, is_superuser, version) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let roles = role::held_by(connection, user_id, version)?;
    Ok(Standing {
        user_id,
        last_seen_at: Timestamp::from_millis(row.get(1)?),
        expires_at: Timestamp::from_millis(row.get(2)?),
        is_ended: ended_at.is_some(),
        scopes: read_scopes(row, 4)?,
        rights: Rights { version, is_active, is_superuser, roles },
    })
}

const OF_USER: &str = concat!(
    "
SELECT ",
    columns!(),
    "
FROM sessions s
WHERE s.user_id = $1 AND s.ended_at IS NULL
ORDER BY s.created_at DESC, s.id DESC"
);

pub(crate) fn of_user(connection: &Connection, user: UserId) -> Result<Vec<Session>, Fault> {
    let mut statement = connection.prepare_cached(OF_USER)?;
    let rows = statement.query_and_then([user.to_string()], read)?;
    rows.collect()
}

const ENDED_SINCE: &str = "
SELECT user_id, id
FROM sessions
WHERE ended_at >= $1";

pub(crate) fn ended_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(UserId, SessionId)>, Fault> {
    let mut statement = connection.prepare_cached(ENDED_SINCE)?;
    let rows =
        statement.query_and_then([since.as_millis()], |row| Ok((read_id(row, 0)?, read_id(row, 1)?)))?;
    rows.collect()
}

const KNOWN_NETWORK: &str = "
SELECT EXISTS (
    SELECT 1
    FROM sessions
    WHERE user_id = $1 AND created_at >= $2 AND network = $3)";

pub(crate) fn is_known_network(
    connection: &Connection,
    user: UserId,
    network: &str,
    since: Timestamp,
) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(KNOWN_NETWORK)?;
    Ok(statement.query_row(params![user.to_string(), since.as_millis(), network], |row| row.get(0))?)
}

const OPEN: &str = "
INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, user_agent, address, network,
    refresh_digest, refresh_generation, refreshed_at, cookie_digest, scopes)
SELECT $1, id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
FROM users
WHERE id = $13 AND is_active AND password_version = $14";

pub(crate) fn open(
    connection: &Connection,
    session: &Session,
    password_version: i64,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(OPEN)?.execute(params![
        session.id.to_string(),
        session.created_at.as_millis(),
        session.last_seen_at.as_millis(),
        session.expires_at.as_millis(),
        session.user_agent,
        session.address,
        session.network,
        session.refresh_digest.to_string(),
        session.refresh_generation,
        session.refreshed_at.as_millis(),
        session.cookie_digest.as_ref().map(Digest::to_string),
        session.scopes.as_ref().map(Scopes::to_string),
        session.user_id.to_string(),
        password_version,
    ])
}

const ROTATE: &str = "
UPDATE sessions
SET refresh_digest = $1, refresh_generation = $2, refreshed_at = $3, last_seen_at = $3
WHERE id = $4 AND refresh_digest = $5 AND ended_at IS NULL";

pub(crate) fn rotate(
    connection: &Connection,
    session: SessionId,
    (from, to): (&Digest, &Digest),
    generation: u32,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(ROTATE)?.execute(params![
        to.to_string(),
        generation,
        at.as_millis(),
        session.to_string(),
        from.to_string()
    ])
}

const END: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE id = $3 AND ended_at IS NULL";

pub(crate) fn end(
    connection: &Connection,
    session: SessionId,
    reason: EndReason,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(END)?.execute(params![at.as_millis(), reason.as_str(), session.to_string()])
}

const END_ALL: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE user_id = $3 AND ended_at IS NULL AND id <> $4";

pub(crate) fn end_all(
    connection: &Connection,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    let keep = keep.map(|id| id.to_string()).unwrap_or_default();
    connection.prepare_cached(END_ALL)?.execute(params![
        at.as_millis(),
        reason.as_str(),
        user.to_string(),
        keep
    ])
}

const SEE: &str = "
UPDATE sessions
SET last_seen_at = $1
WHERE id = $2 AND last_seen_at < $1";

pub(crate) fn see(connection: &Connection, seen: &[(SessionId, Timestamp)]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(SEE)?;
    for (id, at) in seen {
        statement.execute(params![at.as_millis(), id.to_string()])?;
    }
    Ok(())
}

const FORGET_ENDED: &str = "
DELETE FROM sessions
WHERE id IN (SELECT id FROM sessions WHERE ended_at < $1 LIMIT $2)";
const FORGET_EXPIRED: &str = "
DELETE FROM sessions
WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)";

pub(crate) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<()> {
    for sql in [FORGET_ENDED, FORGET_EXPIRED] {
        connection.prepare_cached(sql)?.execute([before.as_millis(), FORGET_AT_ONCE])?;
    }
    Ok(())
}

fn one(connection: &Connection, sql: &str, key: &str) -> Result<Option<SessionRow>, Fault> {
    let row = connection.prepare_cached(sql)?.query_row([key], |row| Ok(read_with_rights(connection, row)));
    row.optional()?.transpose()
}

fn read_with_rights(connection: &Connection, row: &Row<'_>) -> Result<SessionRow, Fault> {
    let session = read(row)?;
    let (is_active, is_superuser, version) = (row.get(15)?, row.get(16)?, row.get(17)?);
    let roles = role::held_by(connection, session.user_id, version)?;
    Ok(SessionRow { session, rights: Rights { version, is_active, is_superuser, roles } })
}

fn read(row: &Row<'_>) -> Result<Session, Fault> {
    let refresh_digest: String = row.get(8)?;
    let cookie_digest: Option<String> = row.get(11)?;
    let end_reason: Option<String> = row.get(13)?;
    let digest = |text: String| text.parse().map_err(|_| Fault::corrupt("sessions digest"));
    let ended_at: Option<i64> = row.get(12)?;
    Ok(Session {
        id: read_id(row, 0)?,
        user_id: read_id(row, 1)?,
        created_at: Timestamp::from_millis(row.get(2)?),
        last_seen_at: Timestamp::from_millis(row.get(3)?),
        expires_at: Timestamp::from_millis(row.get(4)?),
        user_agent: row.get(5)?,
        address: row.get(6)?,
        network: row.get(7)?,
        refresh_digest: digest(refresh_digest)?,
        refresh_generation: row.get(9)?,
        refreshed_at: Timestamp::from_millis(row.get(10)?),
        cookie_digest: cookie_digest.map(digest).transpose()?,
        scopes: read_scopes(row, 14)?,
        ended_at: ended_at.map(Timestamp::from_millis),
        // A reason of a newer version is left out: that the session has ended is what counts.
        end_reason: end_reason.as_deref().and_then(EndReason::from_text),
    })
}

fn read_scopes(row: &Row<'_>, at: usize) -> Result<Option<Scopes>, Fault> {
    let scopes: Option<String> = row.get(at)?;
    scopes.map(|text| Scopes::parse(&text)).transpose().map_err(|_| Fault::corrupt("sessions.scopes"))
}
