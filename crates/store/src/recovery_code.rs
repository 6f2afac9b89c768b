//! Recovery codes in the table `recovery_codes`: digests of those that were not used yet.

use doorward_core::{Digest, UserId};

use crate::db::{Db, Fault, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, CLEAR, INSERT, DELETE];

const OF: &str = "
SELECT digest
FROM recovery_codes
WHERE user_id = $1";

pub(crate) async fn of(db: &impl Db, user: UserId) -> Result<Vec<Digest>, Fault> {
    db.rows(OF, params![user], |row| row.get(0)).await
}

const CLEAR: &str = "
DELETE FROM recovery_codes
WHERE user_id = $1";

pub(crate) async fn clear(db: &impl Db, user: UserId) -> Result<u64, Fault> {
    db.execute(CLEAR, params![user]).await
}

const INSERT: &str = "
INSERT INTO recovery_codes (user_id, digest)
VALUES ($1, $2)";

/// These codes, in the place of those there were.
pub(crate) async fn set(db: &impl Db, user: UserId, codes: &[Digest]) -> Result<(), Fault> {
    clear(db, user).await?;
    for code in codes {
        db.execute(INSERT, params![user, code]).await?;
    }
    Ok(())
}

const DELETE: &str = "
DELETE FROM recovery_codes
WHERE user_id = $1 AND digest = $2";

pub(crate) async fn delete(db: &impl Db, user: UserId, code: &Digest) -> Result<u64, Fault> {
    db.execute(DELETE, params![user, code]).await
}
