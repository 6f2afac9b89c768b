//! Who accounts are elsewhere, in the table `identities`.

use doorward_core::{Timestamp, UserId};
use rusqlite::{Connection, params};

use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[WHOSE, INSERT];

const WHOSE: &str = "
SELECT user_id
FROM identities
WHERE provider = $1 AND subject = $2";

pub(crate) fn whose(connection: &Connection, provider: &str, subject: &str) -> Result<Option<UserId>, Fault> {
    let mut statement = connection.prepare_cached(WHOSE)?;
    let mut rows = statement.query_and_then([provider, subject], |row| read_id(row, 0))?;
    rows.next().transpose()
}

const INSERT: &str = "
INSERT INTO identities (provider, subject, user_id, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, subject) DO NOTHING";

/// Links the identity; touches no row when it is somebody's already.
pub(crate) fn insert(
    connection: &Connection,
    (provider, subject): (&str, &str),
    user: UserId,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![provider, subject, user.to_string(), at.as_millis()])
}
