//! Codes on their way to applications, in the table `codes`.

use doorward_core::oauth::AuthorizationCode;
use doorward_core::{ClientId, Digest, SessionId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_DIGEST, INSERT, SPEND, VOID, FORGET];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 5_000;

const BY_DIGEST: &str = "
SELECT digest, client_id, session_id, redirect_uri, challenge, nonce, scopes, expires_at, given_id
FROM codes
WHERE digest = $1";

pub(crate) async fn by_digest(db: &impl Db, digest: &Digest) -> Result<Option<AuthorizationCode>, Fault> {
    db.row(BY_DIGEST, params![digest], read).await
}

const INSERT: &str = "
INSERT INTO codes (digest, client_id, session_id, redirect_uri, challenge, nonce, scopes, expires_at)
SELECT $1, c.id, s.id, $2, $3, $4, $5, $6
FROM sessions s
JOIN clients c ON c.id = $7
WHERE s.id = $8 AND s.ended_at IS NULL";

pub(crate) async fn insert(db: &impl Db, code: &AuthorizationCode) -> Result<u64, Fault> {
    db.execute(
        INSERT,
        params![
            code.digest,
            code.redirect_uri,
            code.challenge,
            code.nonce,
            code.scopes,
            code.expires_at,
            code.client,
            code.session,
        ],
    )
    .await
}

const SPEND: &str = "
UPDATE codes
SET given_id = $1
WHERE digest = $2 AND given_id IS NULL AND expires_at > $3";

pub(crate) async fn spend(
    db: &impl Db,
    code: &Digest,
    given: SessionId,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(SPEND, params![given, code, at]).await
}

const VOID: &str = "
DELETE FROM codes
WHERE client_id = $1 AND session_id IN (SELECT id FROM sessions WHERE user_id = $2)";

/// Codes for the application from browsers of `user` are worth nothing any more.
pub(crate) async fn void(db: &impl Db, client: ClientId, user: UserId) -> Result<u64, Fault> {
    db.execute(VOID, params![client, user]).await
}

const FORGET: &str = "
DELETE FROM codes
WHERE digest IN (SELECT digest FROM codes WHERE expires_at < $1 LIMIT $2)";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(FORGET, params![before, FORGET_AT_ONCE]).await
}

fn read(row: &Row<'_>) -> Result<AuthorizationCode, Fault> {
    Ok(AuthorizationCode {
        digest: row.get(0)?,
        client: row.get(1)?,
        session: row.get(2)?,
        redirect_uri: row.get(3)?,
        challenge: row.get(4)?,
        nonce: row.get(5)?,
        scopes: row.get(6)?,
        expires_at: row.get(7)?,
        given: row.get(8)?,
    })
}
