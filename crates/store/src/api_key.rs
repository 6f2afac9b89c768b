//! API keys in the table `api_keys`.

use doorward_core::api_key::ApiKey;
use doorward_core::scope::Scopes;
use doorward_core::{ApiKeyId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_ID, OF_USER, REVOKED_SINCE, INSERT, REVOKE, SEE];

macro_rules! select {
    ($where:literal) => {
        concat!(
            "
SELECT id, user_id, name, digest, scopes, created_at, expires_at, last_used_at, revoked_at
FROM api_keys
",
            $where
        )
    };
}

const BY_ID: &str = select!("WHERE id = $1");

pub(crate) fn by_id(connection: &Connection, id: ApiKeyId) -> Result<Option<ApiKey>, Fault> {
    let row = connection.prepare_cached(BY_ID)?.query_row([id.to_string()], |row| Ok(read(row)));
    row.optional()?.transpose()
}

const OF_USER: &str = select!("WHERE user_id = $1 AND revoked_at IS NULL\nORDER BY created_at DESC, id DESC");

pub(crate) fn of_user(connection: &Connection, user: UserId) -> Result<Vec<ApiKey>, Fault> {
    let mut statement = connection.prepare_cached(OF_USER)?;
    let rows = statement.query_and_then([user.to_string()], read)?;
    rows.collect()
}

const REVOKED_SINCE: &str = "
SELECT user_id, id
FROM api_keys
WHERE revoked_at >= $1";

pub(crate) fn revoked_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(UserId, ApiKeyId)>, Fault> {
    let mut statement = connection.prepare_cached(REVOKED_SINCE)?;
    let rows =
        statement.query_and_then([since.as_millis()], |row| Ok((read_id(row, 0)?, read_id(row, 1)?)))?;
    rows.collect()
}

const INSERT: &str = "
INSERT INTO api_keys (id, user_id, name, digest, scopes, created_at, expires_at)
SELECT $1, id, $2, $3, $4, $5, $6
FROM users
WHERE id = $7 AND is_active";

pub(crate) fn insert(connection: &Connection, key: &ApiKey) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        key.id.to_string(),
        key.name,
        key.digest.to_string(),
        key.scopes.as_ref().map(Scopes::to_string),
        key.created_at.as_millis(),
        key.expires_at.map(Timestamp::as_millis),
        key.user_id.to_string(),
    ])
}

const REVOKE: &str = "
UPDATE api_keys
SET revoked_at = $1
WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL";

pub(crate) fn revoke(
    connection: &Connection,
    user: UserId,
    key: ApiKeyId,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(REVOKE)?.execute(params![at.as_millis(), key.to_string(), user.to_string()])
}

const SEE: &str = "
UPDATE api_keys
SET last_used_at = $1
WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)";

pub(crate) fn see(connection: &Connection, seen: &[(ApiKeyId, Timestamp)]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(SEE)?;
    for (id, at) in seen {
        statement.execute(params![at.as_millis(), id.to_string()])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ApiKey, Fault> {
    let (digest, scopes): (String, Option<String>) = (row.get(3)?, row.get(4)?);
    let time = |at: usize| row.get::<_, Option<i64>>(at).map(|time| time.map(Timestamp::from_millis));
    let scopes = scopes.map(|text| Scopes::parse(&text)).transpose();
    Ok(ApiKey {
        id: read_id(row, 0)?,
        user_id: read_id(row, 1)?,
        name: row.get(2)?,
        digest: digest.parse().map_err(|_| Fault::corrupt("api_keys.digest"))?,
        scopes: scopes.map_err(|_| Fault::corrupt("api_keys.scopes"))?,
        created_at: Timestamp::from_millis(row.get(5)?),
        expires_at: time(6)?,
        last_used_at: time(7)?,
        revoked_at: time(8)?,
    })
}
