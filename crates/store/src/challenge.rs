//! Challenges that passkeys answer, in the table `passkey_challenges`.

use doorward_core::passkey::PasskeyChallenge;
use doorward_core::{Digest, Timestamp};

use crate::db::{Db, Fault, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_DIGEST, INSERT, SPEND, FORGET];

/// How many rows one change forgets at most, so that others do not wait for it.
const FORGET_AT_ONCE: i64 = 5_000;

const BY_DIGEST: &str = "
SELECT digest, session_id, state, expires_at
FROM passkey_challenges
WHERE digest = $1";

pub(crate) async fn by_digest(db: &impl Db, digest: &Digest) -> Result<Option<PasskeyChallenge>, Fault> {
    db.row(BY_DIGEST, params![digest], |row| {
        Ok(PasskeyChallenge {
            digest: row.get(0)?,
            session: row.get(1)?,
            state: row.get(2)?,
            expires_at: row.get(3)?,
        })
    })
    .await
}

const INSERT: &str = "
INSERT INTO passkey_challenges (digest, session_id, state, expires_at)
VALUES ($1, $2, $3, $4)";

pub(crate) async fn insert(db: &impl Db, challenge: &PasskeyChallenge) -> Result<u64, Fault> {
    db.execute(INSERT, params![challenge.digest, challenge.session, challenge.state, challenge.expires_at])
        .await
}

const SPEND: &str = "
DELETE FROM passkey_challenges
WHERE digest = $1 AND expires_at > $2";

pub(crate) async fn spend(db: &impl Db, challenge: &Digest, at: Timestamp) -> Result<u64, Fault> {
    db.execute(SPEND, params![challenge, at]).await
}

const FORGET: &str = "
DELETE FROM passkey_challenges
WHERE digest IN (SELECT digest FROM passkey_challenges WHERE expires_at < $1 LIMIT $2)";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(FORGET, params![before, FORGET_AT_ONCE]).await
}
