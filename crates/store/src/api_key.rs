//! API keys in the table `api_keys`.

use doorward_core::api_key::{ApiKey, KeyProof};
use doorward_core::{ApiKeyId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_ID, OF_USER, REVOKED_SINCE, INSERT, REVOKE, PROVE, SEE];

macro_rules! select {
    ($where:literal) => {
        concat!(
            "
SELECT id, user_id, name, description, former_id, digest, scopes, created_at, expires_at, last_used_at, revoked_at
FROM api_keys
",
            $where
        )
    };
}

const BY_ID: &str = select!("WHERE id = $1");

pub(crate) async fn by_id(db: &impl Db, id: ApiKeyId) -> Result<Option<ApiKey>, Fault> {
    db.row(BY_ID, params![id], read).await
}

const OF_USER: &str = select!("WHERE user_id = $1 AND revoked_at IS NULL\nORDER BY created_at DESC, id DESC");

pub(crate) async fn of_user(db: &impl Db, user: UserId) -> Result<Vec<ApiKey>, Fault> {
    db.rows(OF_USER, params![user], read).await
}

const REVOKED_SINCE: &str = "
SELECT user_id, id
FROM api_keys
WHERE revoked_at >= $1";

pub(crate) async fn revoked_since(db: &impl Db, since: Timestamp) -> Result<Vec<(UserId, ApiKeyId)>, Fault> {
    db.rows(REVOKED_SINCE, params![since], |row| Ok((row.get(0)?, row.get(1)?))).await
}

const INSERT: &str = "
INSERT INTO api_keys (
    id, user_id, name, description, former_id, digest, scopes, created_at, expires_at
)
SELECT $1, id, $2, $3, $4, $5, $6, $7, $8
FROM users
WHERE id = $9 AND is_active";

pub(crate) async fn insert(db: &impl Db, key: &ApiKey) -> Result<u64, Fault> {
    db.execute(
        INSERT,
        params![
            key.id,
            key.name,
            key.description,
            key.former_id,
            key.proof,
            key.scopes,
            key.created_at,
            key.expires_at,
            key.user_id,
        ],
    )
    .await
}

const REVOKE: &str = "
UPDATE api_keys
SET revoked_at = $1
WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL";

pub(crate) async fn revoke(db: &impl Db, user: UserId, key: ApiKeyId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(REVOKE, params![at, key, user]).await
}

const PROVE: &str = "
UPDATE api_keys
SET digest = $1
WHERE id = $2 AND digest = $3";

pub(crate) async fn prove(db: &impl Db, key: ApiKeyId, from: &KeyProof, to: &KeyProof) -> Result<u64, Fault> {
    db.execute(PROVE, params![to, key, from]).await
}

const SEE: &str = "
UPDATE api_keys
SET last_used_at = $1
WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)";

pub(crate) async fn see(db: &impl Db, seen: &[(ApiKeyId, Timestamp)]) -> Result<(), Fault> {
    for (id, at) in seen {
        db.execute(SEE, params![at, id]).await?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        former_id: row.get(4)?,
        proof: row.get(5)?,
        scopes: row.get(6)?,
        created_at: row.get(7)?,
        expires_at: row.get(8)?,
        last_used_at: row.get(9)?,
        revoked_at: row.get(10)?,
    })
}
