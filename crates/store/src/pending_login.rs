//! Logins that wait for a second factor, in the table `pending_logins`. Their tickets are not here, only digests.

use doorward_core::login::{PendingLogin, SECOND_FACTOR_TRIES};
use doorward_core::{Digest, Timestamp};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_TICKET, FORGET, INSERT, COUNT_TRY, SPEND];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 100;

const BY_TICKET: &str = "
SELECT ticket, user_id, password_version, scopes, expires_at, tries
FROM pending_logins
WHERE ticket = $1";

pub(crate) async fn by_ticket(db: &impl Db, ticket: &Digest) -> Result<Option<PendingLogin>, Fault> {
    db.row(BY_TICKET, params![ticket], read).await
}

const FORGET: &str = "
DELETE FROM pending_logins
WHERE ticket IN (SELECT ticket FROM pending_logins WHERE expires_at <= $1 LIMIT $2)";
const INSERT: &str = "
INSERT INTO pending_logins (ticket, user_id, password_version, scopes, expires_at, tries)
VALUES ($1, $2, $3, $4, $5, $6)";

/// Adds the login; some of those whose time is over go.
pub(crate) async fn insert(db: &impl Db, login: &PendingLogin, at: Timestamp) -> Result<u64, Fault> {
    db.execute(FORGET, params![at, FORGET_AT_ONCE]).await?;
    db.execute(
        INSERT,
        params![
            login.ticket,
            login.user_id,
            login.password_version,
            login.scopes,
            login.expires_at,
            login.tries,
        ],
    )
    .await
}

const COUNT_TRY: &str = "
UPDATE pending_logins
SET tries = tries + 1
WHERE ticket = $1 AND expires_at > $2 AND tries < $3";

pub(crate) async fn count_try(db: &impl Db, ticket: &Digest, at: Timestamp) -> Result<u64, Fault> {
    db.execute(COUNT_TRY, params![ticket, at, SECOND_FACTOR_TRIES]).await
}

const SPEND: &str = "
DELETE FROM pending_logins
WHERE ticket = $1 AND expires_at > $2 AND tries < $3";

pub(crate) async fn spend(db: &impl Db, ticket: &Digest, at: Timestamp) -> Result<u64, Fault> {
    db.execute(SPEND, params![ticket, at, SECOND_FACTOR_TRIES]).await
}

fn read(row: &Row<'_>) -> Result<PendingLogin, Fault> {
    Ok(PendingLogin {
        ticket: row.get(0)?,
        user_id: row.get(1)?,
        password_version: row.get(2)?,
        scopes: row.get(3)?,
        expires_at: row.get(4)?,
        tries: row.get(5)?,
    })
}
