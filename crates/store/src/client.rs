//! Applications that people sign in to, in the table `clients`.

use doorward_core::oauth::OAuthClient;
use doorward_core::{ClientId, Digest, Timestamp};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_ID, CLIENTS, RENEWED_SINCE, REMOVED_SINCE, INSERT, RENEW, DELETE, BURY];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "
SELECT id, name, secret_digest, redirect_uris, post_logout_uris, scopes, is_trusted, created_at, logout_uri,
    own_scopes, renewed_at
FROM clients
",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = $1");

pub(crate) async fn by_id(db: &impl Db, id: ClientId) -> Result<Option<OAuthClient>, Fault> {
    db.row(BY_ID, params![id], read).await
}

const CLIENTS: &str = select!("ORDER BY name, id");

pub(crate) async fn all(db: &impl Db) -> Result<Vec<OAuthClient>, Fault> {
    db.rows(CLIENTS, params![], read).await
}

const RENEWED_SINCE: &str = "
SELECT id, renewed_at
FROM clients
WHERE renewed_at >= $1";

pub(crate) async fn renewed_since(
    db: &impl Db,
    since: Timestamp,
) -> Result<Vec<(ClientId, Timestamp)>, Fault> {
    db.rows(RENEWED_SINCE, params![since], |row| Ok((row.get(0)?, row.get(1)?))).await
}

const REMOVED_SINCE: &str = "
SELECT id, removed_at
FROM removed_clients
WHERE removed_at >= $1";

pub(crate) async fn removed_since(
    db: &impl Db,
    since: Timestamp,
) -> Result<Vec<(ClientId, Timestamp)>, Fault> {
    db.rows(REMOVED_SINCE, params![since], |row| Ok((row.get(0)?, row.get(1)?))).await
}

const INSERT: &str = "
INSERT INTO clients (id, name, secret_digest, redirect_uris, post_logout_uris, scopes, is_trusted, created_at, logout_uri,
    own_scopes, renewed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(crate) async fn insert(db: &impl Db, client: &OAuthClient) -> Result<u64, Fault> {
    db.execute(
        INSERT,
        params![
            client.id,
            client.name,
            client.secret,
            client.redirect_uris.join(" "),
            client.post_logout_uris.join(" "),
            client.scopes,
            client.is_trusted,
            client.created_at,
            client.logout_uri,
            client.own_scopes,
            client.renewed_at,
        ],
    )
    .await
}

const RENEW: &str = "
UPDATE clients
SET secret_digest = $1, renewed_at = $2
WHERE id = $3 AND secret_digest IS NOT NULL";

pub(crate) async fn renew(db: &impl Db, id: ClientId, secret: &Digest, at: Timestamp) -> Result<u64, Fault> {
    db.execute(RENEW, params![secret, at, id]).await
}

const DELETE: &str = "
DELETE FROM clients
WHERE id = $1";
const BURY: &str = "
INSERT INTO removed_clients (id, removed_at)
VALUES ($1, $2)";

/// Deletes the application, its codes, and what it was let have.
pub(crate) async fn delete(db: &impl Db, id: ClientId, at: Timestamp) -> Result<u64, Fault> {
    let deleted = db.execute(DELETE, params![id]).await?;
    if deleted == 1 {
        db.execute(BURY, params![id, at]).await?;
    }
    Ok(deleted)
}

fn read(row: &Row<'_>) -> Result<OAuthClient, Fault> {
    Ok(OAuthClient {
        id: row.get(0)?,
        name: row.get(1)?,
        secret: row.get(2)?,
        redirect_uris: addresses(&row.get::<String>(3)?),
        post_logout_uris: addresses(&row.get::<String>(4)?),
        scopes: row.get(5)?,
        is_trusted: row.get(6)?,
        created_at: row.get(7)?,
        logout_uri: row.get(8)?,
        own_scopes: row.get(9)?,
        renewed_at: row.get(10)?,
    })
}

/// Addresses separated by blanks, which none of them has.
fn addresses(text: &str) -> Vec<String> {
    text.split(' ').filter(|uri| !uri.is_empty()).map(str::to_owned).collect()
}
