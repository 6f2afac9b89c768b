//! What bounds single accounts, in the table `account_limits`.

use doorward_core::UserId;
use doorward_core::account::AccountLimits;

use crate::db::{Db, Fault, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, SET, CLEAR];

const OF: &str = "
SELECT limits
FROM account_limits
WHERE user_id = $1";

pub(crate) async fn of(db: &impl Db, user: UserId) -> Result<AccountLimits, Fault> {
    let kept: Option<String> = db.row(OF, params![user], |row| row.get(0)).await?;
    let read =
        |text: String| serde_json::from_str(&text).map_err(|_| Fault::corrupt("account_limits.limits"));
    kept.map(read).transpose().map(Option::unwrap_or_default)
}

const SET: &str = "
INSERT INTO account_limits (user_id, limits)
SELECT id, $1
FROM users
WHERE id = $2
ON CONFLICT (user_id) DO UPDATE SET limits = excluded.limits";
const CLEAR: &str = "
DELETE FROM account_limits
WHERE user_id = $1";

/// Bounds the account; without bounds of its own it needs no row.
pub(crate) async fn set(db: &impl Db, user: UserId, limits: &AccountLimits) -> Result<u64, Fault> {
    if limits.is_empty() {
        db.execute(CLEAR, params![user]).await?;
        return Ok(1);
    }
    let text = serde_json::to_string(limits).map_err(|_| Fault::corrupt("limits that are no JSON"))?;
    db.execute(SET, params![text, user]).await
}
