//! Signing keys, sealed, in the table `signing_keys`.

use doorward_core::Timestamp;
use doorward_core::token::StoredKey;
use rusqlite::{Connection, Row, params};

use crate::sqlite::Fault;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[KEYS, INSERT, RETIRE, FORGET];

const KEYS: &str = "
SELECT kid, algorithm, sealed, created_at, signs_until, verifies_until
FROM signing_keys
ORDER BY created_at, kid";

pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredKey>, Fault> {
    let mut statement = connection.prepare_cached(KEYS)?;
    let rows = statement.query_and_then([], read)?;
    rows.collect()
}

const INSERT: &str = "
INSERT INTO signing_keys (kid, algorithm, sealed, created_at, signs_until, verifies_until)
VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) fn insert(connection: &Connection, key: &StoredKey) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        key.kid,
        key.algorithm.as_str(),
        key.sealed,
        key.created_at.as_millis(),
        key.signs_until.map(Timestamp::as_millis),
        key.verifies_until.map(Timestamp::as_millis),
    ])
}

const RETIRE: &str = "
UPDATE signing_keys
SET signs_until = $1, verifies_until = $2
WHERE kid = $3 AND (verifies_until IS NULL OR verifies_until > $2)";

pub(crate) fn retire(
    connection: &Connection,
    kid: &str,
    signs_until: Timestamp,
    verifies_until: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(RETIRE)?.execute(params![
        signs_until.as_millis(),
        verifies_until.as_millis(),
        kid
    ])
}

const FORGET: &str = "
DELETE FROM signing_keys
WHERE verifies_until < $1";

pub(crate) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached(FORGET)?.execute([before.as_millis()])
}

fn read(row: &Row<'_>) -> Result<StoredKey, Fault> {
    let algorithm: String = row.get(1)?;
    let (signs_until, verifies_until): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    Ok(StoredKey {
        kid: row.get(0)?,
        algorithm: algorithm.parse().map_err(|_| Fault::corrupt("signing_keys.algorithm"))?,
        sealed: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
        signs_until: signs_until.map(Timestamp::from_millis),
        verifies_until: verifies_until.map(Timestamp::from_millis),
    })
}
