//! Accounts in the table `users`.

use doorward_core::account::{EmailAddress, LoginName, Profile, User, Username};
use doorward_core::password::PasswordHash;
use doorward_core::{Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::role;
use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    BY_ID,
    BY_EMAIL,
    BY_USERNAME,
    SUPERUSERS,
    INSERT,
    IS_DELETED,
    SET_PASSWORD,
    REHASH,
    SET_ACTIVE,
    VERIFY_EMAIL,
    SET_EMAIL,
    DELETE,
    BURY,
    DELETED_SINCE,
];

macro_rules! select {
    ($where:literal) => {
        concat!(
            "
SELECT id, email, email_key, username, username_key, password, password_version, name, bio, picture,
    metadata, is_active, is_verified, is_superuser, created_at, updated_at, rights_version, fields
FROM users
",
            $where
        )
    };
}
pub(crate) use select;

const BY_ID: &str = select!("WHERE id = $1");

pub(crate) fn by_id(connection: &Connection, id: UserId) -> Result<Option<User>, Fault> {
    one(connection, BY_ID, &id.to_string())
}

const BY_EMAIL: &str = select!("WHERE email_key = $1");
const BY_USERNAME: &str = select!("WHERE username_key = $1");

pub(crate) fn by_name(connection: &Connection, name: &LoginName) -> Result<Option<User>, Fault> {
    match name {
        LoginName::Email(key) => one(connection, BY_EMAIL, key),
        LoginName::Username(key) => one(connection, BY_USERNAME, key),
    }
}

const SUPERUSERS: &str = select!("WHERE is_superuser\nORDER BY created_at, id");

pub(crate) fn superusers(connection: &Connection) -> Result<Vec<User>, Fault> {
    let mut statement = connection.prepare_cached(SUPERUSERS)?;
    let rows = statement.query_and_then([], |row| read(connection, row))?;
    rows.collect()
}

const INSERT: &str = "
INSERT INTO users (id, email, email_key, username, username_key, password, password_version, name, bio, picture,
    metadata, is_active, is_verified, is_superuser, created_at, updated_at, fields)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const IS_DELETED: &str = "
SELECT EXISTS (
    SELECT 1
    FROM deleted_users
    WHERE id = $1)";

pub(crate) fn insert(connection: &Connection, user: &User) -> rusqlite::Result<usize> {
    let (metadata, fields) = (json(&user.profile.metadata)?, json(&user.profile.fields)?);
    if connection.prepare_cached(IS_DELETED)?.query_row([user.id.to_string()], |row| row.get(0))? {
        return Ok(0);
    }
    connection.prepare_cached(INSERT)?.execute(params![
        user.id.to_string(),
        user.email.as_str(),
        user.email.key(),
        user.username.as_ref().map(Username::as_str),
        user.username.as_ref().map(Username::key),
        user.password.as_str(),
        user.password_version,
        user.profile.name,
        user.profile.bio,
        user.profile.picture,
        metadata,
        user.is_active,
        user.is_verified,
        user.is_superuser,
        user.created_at.as_millis(),
        user.updated_at.as_millis(),
        fields,
    ])
}

/// The text of a JSON object.
pub(crate) fn json(object: &serde_json::Map<String, serde_json::Value>) -> rusqlite::Result<String> {
    serde_json::to_string(object).map_err(|fault| rusqlite::Error::ToSqlConversionFailure(fault.into()))
}

const SET_PASSWORD: &str = "
UPDATE users
SET password = $1, password_version = $2 + 1, updated_at = $3
WHERE id = $4 AND password_version = $2";

pub(crate) fn set_password(
    connection: &Connection,
    user: UserId,
    hash: &PasswordHash,
    from_version: i64,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(SET_PASSWORD)?.execute(params![
        hash.as_str(),
        from_version,
        at.as_millis(),
        user.to_string()
    ])
}

const REHASH: &str = "
UPDATE users
SET password = $1
WHERE id = $2 AND password_version = $3";

pub(crate) fn rehash(
    connection: &Connection,
    user: UserId,
    hash: &PasswordHash,
    from_version: i64,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(REHASH)?.execute(params![hash.as_str(), user.to_string(), from_version])
}

const SET_ACTIVE: &str = "
UPDATE users
SET is_active = $1, updated_at = $2, rights_version = rights_version + 1, rights_at = $2
WHERE id = $3";

pub(crate) fn set_active(
    connection: &Connection,
    user: UserId,
    is_active: bool,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(SET_ACTIVE)?.execute(params![is_active, at.as_millis(), user.to_string()])
}

const VERIFY_EMAIL: &str = "
UPDATE users
SET is_verified = TRUE, updated_at = $1
WHERE id = $2 AND email_key = $3";

pub(crate) fn verify_email(
    connection: &Connection,
    user: UserId,
    email_key: &str,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(VERIFY_EMAIL)?.execute(params![at.as_millis(), user.to_string(), email_key])
}

const SET_EMAIL: &str = "
UPDATE users
SET email = $1, email_key = $2, is_verified = TRUE, updated_at = $3
WHERE id = $4";

pub(crate) fn set_email(
    connection: &Connection,
    user: UserId,
    email: &EmailAddress,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(SET_EMAIL)?.execute(params![
        email.as_str(),
        email.key(),
        at.as_millis(),
        user.to_string()
    ])
}

const DELETE: &str = "
DELETE FROM users
WHERE id = $1";
const BURY: &str = "
INSERT INTO deleted_users (id, deleted_at)
VALUES ($1, $2)";

/// Deletes the account; what names it goes with it.
pub(crate) fn delete(connection: &Connection, user: UserId, at: Timestamp) -> rusqlite::Result<usize> {
    let deleted = connection.prepare_cached(DELETE)?.execute([user.to_string()])?;
    if deleted == 1 {
        connection.prepare_cached(BURY)?.execute(params![user.to_string(), at.as_millis()])?;
    }
    Ok(deleted)
}

const DELETED_SINCE: &str = "
SELECT id
FROM deleted_users
WHERE deleted_at >= $1";

pub(crate) fn deleted_since(connection: &Connection, since: Timestamp) -> Result<Vec<UserId>, Fault> {
    let mut statement = connection.prepare_cached(DELETED_SINCE)?;
    let rows = statement.query_and_then([since.as_millis()], |row| read_id(row, 0))?;
    rows.collect()
}

fn one(connection: &Connection, sql: &str, key: &str) -> Result<Option<User>, Fault> {
    connection.prepare_cached(sql)?.query_row([key], |row| Ok(read(connection, row))).optional()?.transpose()
}

pub(crate) fn read(connection: &Connection, row: &Row<'_>) -> Result<User, Fault> {
    let (id, rights_version) = (read_id(row, 0)?, row.get(16)?);
    let (metadata, fields): (String, String) = (row.get(10)?, row.get(17)?);
    let username: Option<String> = row.get(3)?;
    let username_key: Option<String> = row.get(4)?;
    Ok(User {
        id,
        email: EmailAddress::from_stored(row.get(1)?, row.get(2)?),
        username: username.zip(username_key).map(|(text, key)| Username::from_stored(text, key)),
        password: PasswordHash::from_text(row.get(5)?),
        password_version: row.get(6)?,
        profile: Profile {
            name: row.get(7)?,
            bio: row.get(8)?,
            picture: row.get(9)?,
            metadata: serde_json::from_str(&metadata).map_err(|_| Fault::corrupt("users.metadata"))?,
            fields: serde_json::from_str(&fields).map_err(|_| Fault::corrupt("users.fields"))?,
        },
        is_active: row.get(11)?,
        is_verified: row.get(12)?,
        is_superuser: row.get(13)?,
        roles: role::held_by(connection, id, rights_version)?,
        rights_version,
        created_at: Timestamp::from_millis(row.get(14)?),
        updated_at: Timestamp::from_millis(row.get(15)?),
    })
}
