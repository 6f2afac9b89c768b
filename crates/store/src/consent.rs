//! What people have let applications have, in the table `consents`.

use doorward_core::oauth::Consent;
use doorward_core::scope::Scopes;
use doorward_core::{ClientId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, OF_USER, KEEP, DELETE];

const OF: &str = "
SELECT scopes
FROM consents
WHERE user_id = $1 AND client_id = $2";

pub(crate) async fn of(db: &impl Db, user: UserId, client: ClientId) -> Result<Option<Scopes>, Fault> {
    db.row(OF, params![user, client], |row| row.get(0)).await
}

const OF_USER: &str = "
SELECT c.id, c.name, given.scopes, given.given_at
FROM consents given
JOIN clients c ON c.id = given.client_id
WHERE given.user_id = $1
ORDER BY c.name, c.id";

pub(crate) async fn of_user(db: &impl Db, user: UserId) -> Result<Vec<Consent>, Fault> {
    let read = |row: &Row<'_>| {
        Ok(Consent { client: row.get(0)?, name: row.get(1)?, scopes: row.get(2)?, given_at: row.get(3)? })
    };
    db.rows(OF_USER, params![user], read).await
}

const KEEP: &str = "
INSERT INTO consents (user_id, client_id, scopes, given_at)
SELECT $1, id, $2, $3
FROM clients
WHERE id = $4
ON CONFLICT (user_id, client_id) DO UPDATE
SET scopes = excluded.scopes, given_at = excluded.given_at";

pub(crate) async fn keep(
    db: &impl Db,
    (user, client): (UserId, ClientId),
    scopes: &Scopes,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(KEEP, params![user, scopes, at, client]).await
}

const DELETE: &str = "
DELETE FROM consents
WHERE user_id = $1 AND client_id = $2";

pub(crate) async fn delete(db: &impl Db, user: UserId, client: ClientId) -> Result<u64, Fault> {
    db.execute(DELETE, params![user, client]).await
}
