//! Passkeys, in the table `passkeys`.

use doorward_core::passkey::{Credential, Passkey};
use doorward_core::{PasskeyId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF_USER, BY_HANDLE, INSERT, USE, RENAME, DELETE, HAS_WAY];

macro_rules! select {
    ($where:literal) => {
        concat!(
            "
SELECT id, user_id, name, handle, credential, counter, is_backed_up, created_at, last_used_at
FROM passkeys
",
            $where
        )
    };
}

const OF_USER: &str = select!("WHERE user_id = $1\nORDER BY created_at DESC, id DESC");

pub(crate) async fn of_user(db: &impl Db, user: UserId) -> Result<Vec<Passkey>, Fault> {
    db.rows(OF_USER, params![user], read).await
}

const BY_HANDLE: &str = select!("WHERE handle = $1");

pub(crate) async fn by_handle(db: &impl Db, handle: &str) -> Result<Option<Passkey>, Fault> {
    db.row(BY_HANDLE, params![handle], read).await
}

const INSERT: &str = "
INSERT INTO passkeys (id, user_id, name, handle, credential, counter, is_backed_up, created_at)
SELECT $1, id, $2, $3, $4, $5, $6, $7
FROM users
WHERE id = $8 AND is_active";

pub(crate) async fn insert(db: &impl Db, passkey: &Passkey) -> Result<u64, Fault> {
    let credential = &passkey.credential;
    db.execute(
        INSERT,
        params![
            passkey.id,
            passkey.name,
            credential.handle,
            credential.text,
            credential.counter,
            credential.is_backed_up,
            passkey.created_at,
            passkey.user_id,
        ],
    )
    .await
}

const USE: &str = "
UPDATE passkeys
SET credential = $1, counter = $2, is_backed_up = $3, last_used_at = $4
WHERE id = $5 AND (counter < $2 OR (counter = 0 AND $2 = 0))";

/// Keeps what a passkey is checked by from now on; touches no row when its counter would not grow.
pub(crate) async fn use_(
    db: &impl Db,
    passkey: PasskeyId,
    credential: &Credential,
    at: Timestamp,
) -> Result<u64, Fault> {
    let Credential { text, counter, is_backed_up, .. } = credential;
    db.execute(USE, params![text, *counter, *is_backed_up, at, passkey]).await
}

const RENAME: &str = "
UPDATE passkeys
SET name = $1
WHERE id = $2 AND user_id = $3";

pub(crate) async fn rename(db: &impl Db, user: UserId, passkey: PasskeyId, name: &str) -> Result<u64, Fault> {
    db.execute(RENAME, params![name, passkey, user]).await
}

const DELETE: &str = "
DELETE FROM passkeys
WHERE id = $1 AND user_id = $2";

pub(crate) async fn delete(db: &impl Db, user: UserId, passkey: PasskeyId) -> Result<u64, Fault> {
    db.execute(DELETE, params![passkey, user]).await
}

const HAS_WAY: &str = "
SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND password <> '!')
    OR EXISTS (SELECT 1 FROM identities WHERE user_id = $1)
    OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1 AND id <> $2)";

/// Whether something else than the passkey `besides` lets the owner of the account in: a password, a provider, another passkey.
pub(crate) async fn has_way_besides(db: &impl Db, user: UserId, besides: PasskeyId) -> Result<bool, Fault> {
    Ok(db.row(HAS_WAY, params![user, besides], |row| row.get(0)).await?.unwrap_or(false))
}

fn read(row: &Row<'_>) -> Result<Passkey, Fault> {
    Ok(Passkey {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        credential: Credential {
            handle: row.get(3)?,
            text: row.get(4)?,
            counter: row.get(5)?,
            is_backed_up: row.get(6)?,
        },
        created_at: row.get(7)?,
        last_used_at: row.get(8)?,
    })
}
