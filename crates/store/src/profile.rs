//! What accounts tell of their owners, in the table `users`, and what they can be looked for by, in the table `user_fields`.

use doorward_core::UserId;
use doorward_core::account::Username;
use doorward_core::change::ProfileChange;

use crate::db::{Db, Fault, params};
use crate::user::json;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[SET, CLEAR, INDEX];

const SET: &str = "
UPDATE users
SET username = $1, username_key = $2, name = $3, bio = $4, picture = $5, metadata = $6, fields = $7, updated_at = $8
WHERE id = $9 AND updated_at = $10";

pub(crate) async fn set(db: &impl Db, change: &ProfileChange) -> Result<u64, Fault> {
    let profile = &change.profile;
    db.execute(
        SET,
        params![
            change.username.as_ref().map(Username::as_str),
            change.username.as_ref().map(Username::key),
            profile.name,
            profile.bio,
            profile.picture,
            json(&profile.metadata)?,
            json(&profile.fields)?,
            change.at,
            change.user,
            change.from,
        ],
    )
    .await
}

const CLEAR: &str = "
DELETE FROM user_fields
WHERE user_id = $1";
const INDEX: &str = "
INSERT INTO user_fields (user_id, name, value)
VALUES ($1, $2, $3)";

/// Puts `fields` in the place of those the account could be looked for by.
pub(crate) async fn index(db: &impl Db, user: UserId, fields: &[(String, String)]) -> Result<(), Fault> {
    db.execute(CLEAR, params![user]).await?;
    for (name, value) in fields {
        db.execute(INDEX, params![user, name, value]).await?;
    }
    Ok(())
}
