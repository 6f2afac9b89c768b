//! Roles in the table `roles`, who holds them in `user_roles`, and the marks that go with them in `users`.

use doorward_core::account::Rights;
use doorward_core::role::{Role, RoleName};
use doorward_core::{Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

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

pub(crate) async fn all(db: &impl Db) -> Result<Vec<Role>, Fault> {
    db.rows(ROLES, params![], read).await
}

const HELD_BY: &str = "
SELECT role
FROM user_roles
WHERE user_id = $1
ORDER BY role";

/// The roles of `user`, which is asked only of accounts whose rights were ever changed.
pub(crate) async fn held_by(db: &impl Db, user: UserId, version: i64) -> Result<Vec<RoleName>, Fault> {
    if version == 0 {
        return Ok(Vec::new());
    }
    db.rows(HELD_BY, params![user], |row| row.get(0)).await
}

const CHANGED_SINCE: &str = "
SELECT id, rights_version, is_active, is_superuser
FROM users
WHERE rights_at >= $1";

pub(crate) async fn changed_since(db: &impl Db, since: Timestamp) -> Result<Vec<(UserId, Rights)>, Fault> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, read_rights(row, 1)?));
    let mut changed: Vec<(UserId, Rights)> = db.rows(CHANGED_SINCE, params![since], read).await?;
    for (user, rights) in &mut changed {
        rights.roles = held_by(db, *user, rights.version).await?;
    }
    Ok(changed)
}

/// The version and the marks from column `at` on. Roles are another table's, and are asked for afterwards: see [`held_by`].
pub(crate) fn read_rights(row: &Row<'_>, at: usize) -> Result<Rights, Fault> {
    let (version, is_active, is_superuser) = (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
    Ok(Rights { version, is_active, is_superuser, roles: Vec::new() })
}

const INSERT: &str = "
INSERT INTO roles (name, description, scopes, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5)";

pub(crate) async fn insert(db: &impl Db, role: &Role) -> Result<u64, Fault> {
    db.execute(INSERT, params![role.name, role.description, role.scopes, role.created_at, role.updated_at,])
        .await
}

const UPDATE: &str = "
UPDATE roles
SET description = $1, scopes = $2, updated_at = $3
WHERE name = $4";

pub(crate) async fn update(db: &impl Db, role: &Role) -> Result<u64, Fault> {
    db.execute(UPDATE, params![role.description, role.scopes, role.updated_at, role.name,]).await
}

const TOUCH_HOLDERS: &str = "
UPDATE users
SET rights_version = rights_version + 1, rights_at = $1
WHERE id IN (SELECT user_id FROM user_roles WHERE role = $2)";
const DELETE: &str = "
DELETE FROM roles
WHERE name = $1";

/// Deletes the role; whoever held it holds it no more.
pub(crate) async fn delete(db: &impl Db, name: &RoleName, at: Timestamp) -> Result<u64, Fault> {
    db.execute(TOUCH_HOLDERS, params![at, name]).await?;
    db.execute(DELETE, params![name]).await
}

const GIVE: &str = "
INSERT INTO user_roles (user_id, role, given_at)
SELECT $1, name, $2
FROM roles
WHERE name = $3
ON CONFLICT (user_id, role) DO UPDATE SET given_at = user_roles.given_at";

pub(crate) async fn give(db: &impl Db, user: UserId, role: &RoleName, at: Timestamp) -> Result<u64, Fault> {
    if touch(db, user, at).await? == 0 {
        return Ok(0);
    }
    db.execute(GIVE, params![user, at, role]).await
}

const TAKE: &str = "
DELETE FROM user_roles
WHERE user_id = $1 AND role = $2";

pub(crate) async fn take(db: &impl Db, user: UserId, role: &RoleName, at: Timestamp) -> Result<u64, Fault> {
    db.execute(TAKE, params![user, role]).await?;
    touch(db, user, at).await
}

const TOUCH: &str = "
UPDATE users
SET rights_version = rights_version + 1, rights_at = $1, updated_at = $1
WHERE id = $2";

async fn touch(db: &impl Db, user: UserId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(TOUCH, params![at, user]).await
}

const SET_SUPERUSER: &str = "
UPDATE users
SET is_superuser = $1, rights_version = rights_version + 1, rights_at = $2, updated_at = $2
WHERE id = $3";

pub(crate) async fn set_superuser(
    db: &impl Db,
    user: UserId,
    is_superuser: bool,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(SET_SUPERUSER, params![is_superuser, at, user]).await
}

const ANOTHER_SUPERUSER: &str = "
SELECT NOT EXISTS (SELECT 1 FROM users WHERE id = $1 AND is_superuser AND is_active)
    OR EXISTS (SELECT 1 FROM users WHERE is_superuser AND is_active AND id <> $1)";

/// Whether somebody runs the server without `besides`, or `besides` does not.
pub(crate) async fn has_superuser_besides(db: &impl Db, besides: UserId) -> Result<bool, Fault> {
    Ok(db.row(ANOTHER_SUPERUSER, params![besides], |row| row.get(0)).await?.unwrap_or(false))
}

fn read(row: &Row<'_>) -> Result<Role, Fault> {
    Ok(Role {
        name: row.get(0)?,
        description: row.get(1)?,
        scopes: row.get(2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
    })
}
