//! Roles in the table `roles`, who holds them in `user_roles`, and the marks that go with them in `users`.

use doorward_core::account::Rights;
use doorward_core::role::{Role, RoleName};
use doorward_core::scope::Scopes;
use doorward_core::{Timestamp, UserId};
use rusqlite::{Connection, Row, params};

use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    ROLES,
    HELD_BY,
    CHANGED_SINCE,
    INSERT,
    UPDATE,
    TOUCH_HOLDERS,
    DELETE,
    GIVE,
    TAKE,
    TOUCH,
    SET_SUPERUSER,
    ANOTHER_SUPERUSER,
];

const ROLES: &str = "
SELECT name, description, scopes, created_at, updated_at
FROM roles
ORDER BY name";

pub(crate) fn all(connection: &Connection) -> Result<Vec<Role>, Fault> {
    let mut statement = connection.prepare_cached(ROLES)?;
    let rows = statement.query_and_then([], read)?;
    rows.collect()
}

const HELD_BY: &str = "
SELECT role
FROM user_roles
WHERE user_id = $1
ORDER BY role";

/// The roles of `user`, which is asked only of accounts whose rights were ever changed.
pub(crate) fn held_by(connection: &Connection, user: UserId, version: i64) -> Result<Vec<RoleName>, Fault> {
    if version == 0 {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(HELD_BY)?;
    let rows = statement.query_and_then([user.to_string()], |row| Ok(RoleName::from_stored(row.get(0)?)))?;
    rows.collect()
}

const CHANGED_SINCE: &str = "
SELECT id, rights_version, is_active, is_superuser
FROM users
WHERE rights_at >= $1";

pub(crate) fn changed_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(UserId, Rights)>, Fault> {
    let mut statement = connection.prepare_cached(CHANGED_SINCE)?;
    let rows = statement.query_and_then([since.as_millis()], |row| {
        let (user, version) = (read_id(row, 0)?, row.get(1)?);
        let roles = held_by(connection, user, version)?;
        Ok((user, Rights { version, is_active: row.get(2)?, is_superuser: row.get(3)?, roles }))
    })?;
    rows.collect()
}

const INSERT: &str = "
INSERT INTO roles (name, description, scopes, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5)";

pub(crate) fn insert(connection: &Connection, role: &Role) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        role.name.as_str(),
        role.description,
        role.scopes.to_string(),
        role.created_at.as_millis(),
        role.updated_at.as_millis(),
    ])
}

const UPDATE: &str = "
UPDATE roles
SET description = $1, scopes = $2, updated_at = $3
WHERE name = $4";

pub(crate) fn update(connection: &Connection, role: &Role) -> rusqlite::Result<usize> {
    connection.prepare_cached(UPDATE)?.execute(params![
        role.description,
        role.scopes.to_string(),
        role.updated_at.as_millis(),
        role.name.as_str(),
    ])
}

const TOUCH_HOLDERS: &str = "
UPDATE users
SET rights_version = rights_version + 1, rights_at = $1
WHERE id IN (SELECT user_id FROM user_roles WHERE role = $2)";
const DELETE: &str = "
DELETE FROM roles
WHERE name = $1";

/// Deletes the role; whoever held it holds it no more.
pub(crate) fn delete(connection: &Connection, name: &RoleName, at: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(TOUCH_HOLDERS)?.execute(params![at.as_millis(), name.as_str()])?;
    connection.prepare_cached(DELETE)?.execute([name.as_str()])
}

const GIVE: &str = "
INSERT INTO user_roles (user_id, role, given_at)
SELECT $1, name, $2
FROM roles
WHERE name = $3
ON CONFLICT (user_id, role) DO UPDATE SET given_at = user_roles.given_at";

pub(crate) fn give(
    connection: &Connection,
    user: UserId,
    role: &RoleName,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    let touched = touch(connection, user, at)?;
    let given =
        connection.prepare_cached(GIVE)?.execute(params![user.to_string(), at.as_millis(), role.as_str()])?;
    Ok(touched * given)
}

const TAKE: &str = "
DELETE FROM user_roles
WHERE user_id = $1 AND role = $2";

pub(crate) fn take(
    connection: &Connection,
    user: UserId,
    role: &RoleName,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(TAKE)?.execute(params![user.to_string(), role.as_str()])?;
    touch(connection, user, at)
}

const TOUCH: &str = "
UPDATE users
SET rights_version = rights_version + 1, rights_at = $1, updated_at = $1
WHERE id = $2";

fn touch(connection: &Connection, user: UserId, at: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(TOUCH)?.execute(params![at.as_millis(), user.to_string()])
}

const SET_SUPERUSER: &str = "
UPDATE users
SET is_superuser = $1, rights_version = rights_version + 1, rights_at = $2, updated_at = $2
WHERE id = $3";

pub(crate) fn set_superuser(
    connection: &Connection,
    user: UserId,
    is_superuser: bool,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(SET_SUPERUSER)?.execute(params![is_superuser, at.as_millis(), user.to_string()])
}

const ANOTHER_SUPERUSER: &str = "
SELECT NOT EXISTS (SELECT 1 FROM users WHERE id = $1 AND is_superuser AND is_active)
    OR EXISTS (SELECT 1 FROM users WHERE is_superuser AND is_active AND id <> $1)";

/// Whether somebody runs the server without `besides`, or `besides` does not.
pub(crate) fn has_superuser_besides(connection: &Connection, besides: UserId) -> rusqlite::Result<bool> {
    connection.prepare_cached(ANOTHER_SUPERUSER)?.query_row([besides.to_string()], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<Role, Fault> {
    let scopes: String = row.get(2)?;
    Ok(Role {
        name: RoleName::from_stored(row.get(0)?),
        description: row.get(1)?,
        scopes: Scopes::parse(&scopes).map_err(|_| Fault::corrupt("roles.scopes"))?,
        created_at: Timestamp::from_millis(row.get(3)?),
        updated_at: Timestamp::from_millis(row.get(4)?),
    })
}
