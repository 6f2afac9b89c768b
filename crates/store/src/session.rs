//! Sessions in the table `sessions`.

use doorward_core::port::{SessionRow, Standing};
use doorward_core::session::{EndReason, GivenIn, Session};
use doorward_core::{ClientId, Digest, SessionId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, Value, params};
use crate::role;

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
    END_OF_CLIENT,
    END_OF_LOGIN,
    END_OF_CONSENT,
    SEE,
    FORGET_ENDED,
    FORGET_EXPIRED,
];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 1_000;

macro_rules! columns {
    () => {
        "s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at, s.user_agent, s.address, s.network,
    s.refresh_digest, s.refresh_generation, s.refreshed_at, s.cookie_digest, s.ended_at, s.end_reason, s.scopes,
    s.client_id, s.login_id, s.signed_in_at"
    };
}

macro_rules! select_with_user {
    ($where:literal) => {
        concat!(
            "
SELECT ",
            columns!(),
            ",
    u.rights_version, u.is_active, u.is_superuser
FROM sessions s
JOIN users u ON u.id = s.user_id
",
            $where
        )
    };
}

const BY_ID: &str = select_with_user!("WHERE s.id = $1");

/// Several at once, by an array of ids. PostgreSQL's own, as [`ROTATE_SEVERAL`] is: SQLite is asked and written without a way
/// between.
pub(crate) const BY_IDS: &str = select_with_user!("WHERE s.id = ANY($1)");

pub(crate) async fn by_id(db: &impl Db, id: SessionId) -> Result<Option<SessionRow>, Fault> {
    one(db, BY_ID, params![id]).await
}

const BY_COOKIE: &str = select_with_user!("WHERE s.cookie_digest = $1");

pub(crate) async fn by_cookie(db: &impl Db, cookie: &Digest) -> Result<Option<SessionRow>, Fault> {
    one(db, BY_COOKIE, params![cookie]).await
}

const STANDING: &str = "
SELECT s.user_id, s.last_seen_at, s.expires_at, s.ended_at, s.scopes, s.client_id,
    u.rights_version, u.is_active, u.is_superuser
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.id = $1";

pub(crate) async fn standing(db: &impl Db, id: SessionId) -> Result<Option<Standing>, Fault> {
    let mut standing = db.row(STANDING, params![id], read_standing).await?;
    if let Some(Standing { user_id, rights, .. }) = &mut standing {
        rights.roles = role::held_by(db, *user_id, rights.version).await?;
    }
    Ok(standing)
}

fn read_standing(row: &Row<'_>) -> Result<Standing, Fault> {
    Ok(Standing {
        user_id: row.get(0)?,
        last_seen_at: row.get(1)?,
        expires_at: row.get(2)?,
        is_ended: row.get::<Option<i64>>(3)?.is_some(),
        scopes: row.get(4)?,
        client: row.get(5)?,
        rights: role::read_rights(row, 6)?,
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

pub(crate) async fn of_user(db: &impl Db, user: UserId) -> Result<Vec<Session>, Fault> {
    db.rows(OF_USER, params![user], read).await
}

const ENDED_SINCE: &str = "
SELECT user_id, id
FROM sessions
WHERE ended_at >= $1";

pub(crate) async fn ended_since(db: &impl Db, since: Timestamp) -> Result<Vec<(UserId, SessionId)>, Fault> {
    db.rows(ENDED_SINCE, params![since], |row| Ok((row.get(0)?, row.get(1)?))).await
}

const KNOWN_NETWORK: &str = "
SELECT EXISTS (
    SELECT 1
    FROM sessions
    WHERE user_id = $1 AND created_at >= $2 AND network = $3)";

pub(crate) async fn is_known_network(
    db: &impl Db,
    user: UserId,
    network: &str,
    since: Timestamp,
) -> Result<bool, Fault> {
    let known = db.row(KNOWN_NETWORK, params![user, since, network], |row| row.get(0)).await?;
    Ok(known.unwrap_or(false))
}

const OPEN: &str = "
INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, user_agent, address, network,
    refresh_digest, refresh_generation, refreshed_at, cookie_digest, scopes, client_id, login_id, signed_in_at)
SELECT $1, id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
FROM users
WHERE id = $16 AND is_active AND password_version = $17";

pub(crate) async fn open(db: &impl Db, session: &Session, password_version: i64) -> Result<u64, Fault> {
    db.execute(
        OPEN,
        params![
            session.id,
            session.created_at,
            session.last_seen_at,
            session.expires_at,
            session.user_agent,
            session.address,
            session.network,
            session.refresh_digest,
            session.refresh_generation,
            session.refreshed_at,
            session.cookie_digest,
            session.scopes,
            session.client,
            session.given_in.map(|given| given.login),
            session.given_in.map(|given| given.signed_in_at),
            session.user_id,
            password_version,
        ],
    )
    .await
}

const ROTATE: &str = "
UPDATE sessions
SET refresh_digest = $1, refresh_generation = $2, refreshed_at = $3, last_seen_at = $3
WHERE id = $4 AND refresh_digest = $5 AND ended_at IS NULL";

pub(crate) async fn rotate(
    db: &impl Db,
    session: SessionId,
    (from, to): (&Digest, &Digest),
    generation: u32,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(ROTATE, params![to, generation, at, session, from]).await
}

/// Several at once, by arrays of what [`ROTATE`] takes, each session once; the ids of those that were rotated. That the ids
/// are said twice has the rows found by their index, whatever is known of the table.
pub(crate) const ROTATE_SEVERAL: &str = "
UPDATE sessions s
SET refresh_digest = given.next, refresh_generation = given.generation, refreshed_at = given.at, last_seen_at = given.at
FROM unnest($1::TEXT[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::TEXT[]) AS given (next, generation, at, id, current)
WHERE s.id = ANY ($4) AND s.id = given.id AND s.refresh_digest = given.current AND s.ended_at IS NULL
RETURNING s.id";

const END: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE id = $3 AND ended_at IS NULL";

pub(crate) async fn end(
    db: &impl Db,
    session: SessionId,
    reason: EndReason,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(END, params![at, reason.as_str(), session]).await
}

const END_ALL: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE user_id = $3 AND ended_at IS NULL AND id <> $4";

pub(crate) async fn end_all(
    db: &impl Db,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(
        END_ALL,
        params![at, reason.as_str(), user, keep.map(|id| id.to_string()).unwrap_or_default(),],
    )
    .await
}

const END_OF_CLIENT: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE client_id = $3 AND ended_at IS NULL";

/// Ends all that an application was given.
pub(crate) async fn end_of_client(db: &impl Db, client: ClientId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(END_OF_CLIENT, params![at, EndReason::ClientRemoved.as_str(), client]).await
}

const END_OF_LOGIN: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE login_id = $3 AND ended_at IS NULL";

/// Ends all that applications were given in a login.
pub(crate) async fn end_of_login(
    db: &impl Db,
    login: SessionId,
    reason: EndReason,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(END_OF_LOGIN, params![at, reason.as_str(), login]).await
}

const END_OF_CONSENT: &str = "
UPDATE sessions
SET ended_at = $1, end_reason = $2
WHERE user_id = $3 AND client_id = $4 AND ended_at IS NULL";

/// Ends all that an application was given by `user`.
pub(crate) async fn end_of_consent(
    db: &impl Db,
    (user, client): (UserId, ClientId),
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(END_OF_CONSENT, params![at, EndReason::ConsentWithdrawn.as_str(), user, client]).await
}

const SEE: &str = "
UPDATE sessions
SET last_seen_at = $1
WHERE id = $2 AND last_seen_at < $1";

pub(crate) async fn see(db: &impl Db, seen: &[(SessionId, Timestamp)]) -> Result<(), Fault> {
    for (id, at) in seen {
        db.execute(SEE, params![at, id]).await?;
    }
    Ok(())
}

const FORGET_ENDED: &str = "
DELETE FROM sessions
WHERE id IN (SELECT id FROM sessions WHERE ended_at < $1 LIMIT $2)";
const FORGET_EXPIRED: &str = "
DELETE FROM sessions
WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<(), Fault> {
    for sql in [FORGET_ENDED, FORGET_EXPIRED] {
        db.execute(sql, params![before, FORGET_AT_ONCE]).await?;
    }
    Ok(())
}

async fn one(db: &impl Db, sql: &'static str, key: &[Value<'_>]) -> Result<Option<SessionRow>, Fault> {
    let mut found = db.row(sql, key, read_with_rights).await?;
    if let Some(row) = &mut found {
        add_roles(db, row).await?;
    }
    Ok(found)
}

pub(crate) async fn add_roles(db: &impl Db, row: &mut SessionRow) -> Result<(), Fault> {
    row.rights.roles = role::held_by(db, row.session.user_id, row.rights.version).await?;
    Ok(())
}

/// All of a row but the roles: see [`add_roles`].
pub(crate) fn read_with_rights(row: &Row<'_>) -> Result<SessionRow, Fault> {
    Ok(SessionRow { session: read(row)?, rights: role::read_rights(row, 18)? })
}

fn read(row: &Row<'_>) -> Result<Session, Fault> {
    let end_reason: Option<String> = row.get(13)?;
    let login: Option<SessionId> = row.get(16)?;
    let signed_in_at: Option<Timestamp> = row.get(17)?;
    Ok(Session {
        id: row.get(0)?,
        user_id: row.get(1)?,
        created_at: row.get(2)?,
        last_seen_at: row.get(3)?,
        expires_at: row.get(4)?,
        user_agent: row.get(5)?,
        address: row.get(6)?,
        network: row.get(7)?,
        refresh_digest: row.get(8)?,
        refresh_generation: row.get(9)?,
        refreshed_at: row.get(10)?,
        cookie_digest: row.get(11)?,
        scopes: row.get(14)?,
        client: row.get(15)?,
        given_in: login.zip(signed_in_at).map(|(login, signed_in_at)| GivenIn { login, signed_in_at }),
        ended_at: row.get(12)?,
        // A reason of a newer version is left out: that the session has ended is what counts.
        end_reason: end_reason.as_deref().and_then(EndReason::from_text),
    })
}
