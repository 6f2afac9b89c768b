//! What accounts tell of their owners, in the table `users`, and what they can be looked for by, in the table `user_fields`.

use doorward_core::UserId;
use doorward_core::account::Username;
use doorward_core::change::ProfileChange;
use rusqlite::{Connection, params};

use crate::user::json;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[SET, CLEAR, INDEX];

const SET: &str = "
UPDATE users
SET username = $1, username_key = $2, name = $3, bio = $4, picture = $5, metadata = $6, fields = $7, updated_at = $8
WHERE id = $9 AND updated_at = $10";

pub(crate) fn set(connection: &Connection, change: &ProfileChange) -> rusqlite::Result<usize> {
    let profile = &change.profile;
    connection.prepare_cached(SET)?.execute(params![
        change.username.as_ref().map(Username::as_str),
        change.username.as_ref().map(Username::key),
        profile.name,
        profile.bio,
        profile.picture,
        json(&profile.metadata)?,
        json(&profile.fields)?,
        change.at.as_millis(),
        change.user.to_string(),
        change.from.as_millis(),
    ])
}

const CLEAR: &str = "
DELETE FROM user_fields
WHERE user_id = $1";
const INDEX: &str = "
INSERT INTO user_fields (user_id, name, value)
VALUES ($1, $2, $3)";

/// Puts `fields` in the place of those the account could be looked for by.
pub(crate) fn index(
    connection: &Connection,
    user: UserId,
    fields: &[(String, String)],
) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([user.to_string()])?;
    let mut statement = connection.prepare_cached(INDEX)?;
    for (name, value) in fields {
        statement.execute(params![user.to_string(), name, value])?;
    }
    Ok(())
}
