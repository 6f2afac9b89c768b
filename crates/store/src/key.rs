//! Signing keys, sealed, in the table `signing_keys`.

use doorward_core::Timestamp;
use doorward_core::token::StoredKey;

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[KEYS, INSERT, RETIRE, FORGET];

const KEYS: &str = "
SELECT kid, algorithm, sealed, created_at, signs_until, verifies_until
FROM signing_keys
ORDER BY created_at, kid";

pub(crate) async fn all(db: &impl Db) -> Result<Vec<StoredKey>, Fault> {
    db.rows(KEYS, params![], read).await
}

const INSERT: &str = "
INSERT INTO signing_keys (kid, algorithm, sealed, created_at, signs_until, verifies_until)
VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) async fn insert(db: &impl Db, key: &StoredKey) -> Result<u64, Fault> {
    db.execute(
        INSERT,
        params![
            key.kid,
            key.algorithm.as_str(),
            key.sealed,
            key.created_at,
            key.signs_until,
            key.verifies_until,
        ],
    )
    .await
}

const RETIRE: &str = "
UPDATE signing_keys
SET signs_until = $1, verifies_until = $2
WHERE kid = $3 AND (verifies_until IS NULL OR verifies_until > $2)";

pub(crate) async fn retire(
    db: &impl Db,
    kid: &str,
    signs_until: Timestamp,
    verifies_until: Timestamp,
) -> Result<u64, Fault> {
    db.execute(RETIRE, params![signs_until, verifies_until, kid]).await
}

const FORGET: &str = "
DELETE FROM signing_keys
WHERE verifies_until < $1";

pub(crate) async fn forget(db: &impl Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(FORGET, params![before]).await
}

fn read(row: &Row<'_>) -> Result<StoredKey, Fault> {
    let algorithm: String = row.get(1)?;
    Ok(StoredKey {
        kid: row.get(0)?,
        algorithm: algorithm.parse().map_err(|_| Fault::corrupt("signing_keys.algorithm"))?,
        sealed: row.get(2)?,
        created_at: row.get(3)?,
        signs_until: row.get(4)?,
        verifies_until: row.get(5)?,
    })
}
