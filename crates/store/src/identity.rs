//! Who accounts are elsewhere, in the table `identities`.

use doorward_core::{Timestamp, UserId};

use crate::db::{Db, Fault, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[WHOSE, OF, INSERT];

const WHOSE: &str = "
SELECT user_id
FROM identities
WHERE provider = $1 AND subject = $2";

pub(crate) async fn whose(db: &impl Db, provider: &str, subject: &str) -> Result<Option<UserId>, Fault> {
    db.row(WHOSE, params![provider, subject], |row| row.get(0)).await
}

const OF: &str = "
SELECT provider, subject
FROM identities
WHERE user_id = $1
ORDER BY created_at
LIMIT 1";

/// The oldest link of the account.
pub(crate) async fn of(db: &impl Db, user: UserId) -> Result<Option<(String, String)>, Fault> {
    db.row(OF, params![user], |row| Ok((row.get(0)?, row.get(1)?))).await
}

const INSERT: &str = "
INSERT INTO identities (provider, subject, user_id, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, subject) DO NOTHING";

/// Links the identity; touches no row when it is somebody's already.
pub(crate) async fn insert(
    db: &impl Db,
    (provider, subject): (&str, &str),
    user: UserId,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(INSERT, params![provider, subject, user, at]).await
}
