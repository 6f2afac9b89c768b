//! Accounts in the table `users`.

use doorward_core::account::{EmailAddress, LoginName, Profile, User, Username};
use doorward_core::password::PasswordHash;
use doorward_core::{Timestamp, UserId};

use crate::db::{Db, Fault, Row, Value, params};
use crate::role;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    BY_ID,
    BY_EMAIL,
    BY_USERNAME,
    SUPERUSERS,
    COUNT,
    INSERT,
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

pub(crate) async fn by_id(db: &impl Db, id: UserId) -> Result<Option<User>, Fault> {
    one(db, BY_ID, params![id]).await
}

const BY_EMAIL: &str = select!("WHERE email_key = $1");
const BY_USERNAME: &str = select!("WHERE username_key = $1");

pub(crate) async fn by_name(db: &impl Db, name: &LoginName) -> Result<Option<User>, Fault> {
    match name {
        LoginName::Email(key) => one(db, BY_EMAIL, params![key]).await,
        LoginName::Username(key) => one(db, BY_USERNAME, params![key]).await,
    }
}

const SUPERUSERS: &str = select!("WHERE is_superuser\nORDER BY created_at, id");

pub(crate) async fn superusers(db: &impl Db) -> Result<Vec<User>, Fault> {
    let mut users = db.rows(SUPERUSERS, params![], read).await?;
    for user in &mut users {
        complete(db, user).await?;
    }
    Ok(users)
}

const COUNT: &str = "
SELECT count(*)
FROM users";

pub(crate) async fn count(db: &impl Db) -> Result<u64, Fault> {
    let count: i64 = db.row(COUNT, params![], |row| row.get(0)).await?.unwrap_or(0);
    Ok(count.unsigned_abs())
}

const INSERT: &str = "
INSERT INTO users (id, email, email_key, username, username_key, password, password_version, name, bio, picture,
    metadata, is_active, is_verified, is_superuser, created_at, updated_at, fields)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
WHERE NOT EXISTS (SELECT 1 FROM deleted_users WHERE id = $1)";

/// Adds the account, unless its id was somebody's who is gone.
pub(crate) async fn insert(db: &impl Db, user: &User) -> Result<u64, Fault> {
    let (metadata, fields) = (json(&user.profile.metadata)?, json(&user.profile.fields)?);
    db.execute(
        INSERT,
        params![
            user.id,
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
            user.created_at,
            user.updated_at,
            fields,
        ],
    )
    .await
}

/// The text of a JSON object.
pub(crate) fn json(object: &serde_json::Map<String, serde_json::Value>) -> Result<String, Fault> {
    serde_json::to_string(object).map_err(|_| Fault::corrupt("an object that is no JSON"))
}

const SET_PASSWORD: &str = "
UPDATE users
SET password = $1, password_version = $2 + 1, updated_at = $3
WHERE id = $4 AND password_version = $2";

pub(crate) async fn set_password(
    db: &impl Db,
    user: UserId,
    hash: &PasswordHash,
    from_version: i64,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(SET_PASSWORD, params![hash.as_str(), from_version, at, user]).await
}

const REHASH: &str = "
UPDATE users
SET password = $1
WHERE id = $2 AND password_version = $3";

pub(crate) async fn rehash(
    db: &impl Db,
    user: UserId,
    hash: &PasswordHash,
    from_version: i64,
) -> Result<u64, Fault> {
    db.execute(REHASH, params![hash.as_str(), user, from_version]).await
}

const SET_ACTIVE: &str = "
UPDATE users
SET is_active = $1, updated_at = $2, rights_version = rights_version + 1, rights_at = $2
WHERE id = $3";

pub(crate) async fn set_active(
    db: &impl Db,
    user: UserId,
    is_active: bool,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(SET_ACTIVE, params![is_active, at, user]).await
}

const VERIFY_EMAIL: &str = "
UPDATE users
SET is_verified = TRUE, updated_at = $1
WHERE id = $2 AND email_key = $3";

pub(crate) async fn verify_email(
    db: &impl Db,
    user: UserId,
    email_key: &str,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(VERIFY_EMAIL, params![at, user, email_key]).await
}

const SET_EMAIL: &str = "
UPDATE users
SET email = $1, email_key = $2, is_verified = TRUE, updated_at = $3
WHERE id = $4";

pub(crate) async fn set_email(
    db: &impl Db,
    user: UserId,
    email: &EmailAddress,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(SET_EMAIL, params![email.as_str(), email.key(), at, user]).await
}

const DELETE: &str = "
DELETE FROM users
WHERE id = $1";
const BURY: &str = "
INSERT INTO deleted_users (id, deleted_at)
VALUES ($1, $2)";

/// Deletes the account; what names it goes with it.
pub(crate) async fn delete(db: &impl Db, user: UserId, at: Timestamp) -> Result<u64, Fault> {
    let deleted = db.execute(DELETE, params![user]).await?;
    if deleted == 1 {
        db.execute(BURY, params![user, at]).await?;
    }
    Ok(deleted)
}

const DELETED_SINCE: &str = "
SELECT id
FROM deleted_users
WHERE deleted_at >= $1";

pub(crate) async fn deleted_since(db: &impl Db, since: Timestamp) -> Result<Vec<UserId>, Fault> {
    db.rows(DELETED_SINCE, params![since], |row| row.get(0)).await
}

async fn one(db: &impl Db, sql: &'static str, key: &[Value<'_>]) -> Result<Option<User>, Fault> {
    let mut user = db.row(sql, key, read).await?;
    if let Some(user) = &mut user {
        complete(db, user).await?;
    }
    Ok(user)
}

/// Adds what is in another table than the account's.
pub(crate) async fn complete(db: &impl Db, user: &mut User) -> Result<(), Fault> {
    user.roles = role::held_by(db, user.id, user.rights_version).await?;
    Ok(())
}

/// An account without its roles: see [`complete`].
pub(crate) fn read(row: &Row<'_>) -> Result<User, Fault> {
    let (metadata, fields): (String, String) = (row.get(10)?, row.get(17)?);
    let username: Option<String> = row.get(3)?;
    let username_key: Option<String> = row.get(4)?;
    Ok(User {
        id: row.get(0)?,
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
        roles: Vec::new(),
        rights_version: row.get(16)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
    })
}
