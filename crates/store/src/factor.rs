//! Second factors in the table `factors`. Their secrets are sealed.

use doorward_core::factor::Factor;
use doorward_core::{Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[OF, BEGIN, CONFIRM, USE_STEP, DELETE];

const OF: &str = "
SELECT user_id, secret, created_at, confirmed_at, last_step
FROM factors
WHERE user_id = $1";

pub(crate) async fn of(db: &impl Db, user: UserId) -> Result<Option<Factor>, Fault> {
    db.row(OF, params![user], read).await
}

const BEGIN: &str = "
INSERT INTO factors (user_id, secret, created_at, last_step)
SELECT id, $1, $2, 0
FROM users
WHERE id = $3 AND is_active
ON CONFLICT (user_id) DO UPDATE
SET secret = excluded.secret, created_at = excluded.created_at
WHERE factors.confirmed_at IS NULL";

pub(crate) async fn begin(db: &impl Db, user: UserId, secret: &str, at: Timestamp) -> Result<u64, Fault> {
    db.execute(BEGIN, params![secret, at, user]).await
}

const CONFIRM: &str = "
UPDATE factors
SET confirmed_at = $1, last_step = $2
WHERE user_id = $3 AND secret = $4 AND confirmed_at IS NULL";

pub(crate) async fn confirm(
    db: &impl Db,
    (user, secret): (UserId, &str),
    step: i64,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(CONFIRM, params![at, step, user, secret]).await
}

const USE_STEP: &str = "
UPDATE factors
SET last_step = $1
WHERE user_id = $2 AND confirmed_at IS NOT NULL AND last_step < $1";

pub(crate) async fn use_step(db: &impl Db, user: UserId, step: i64) -> Result<u64, Fault> {
    db.execute(USE_STEP, params![step, user]).await
}

const DELETE: &str = "
DELETE FROM factors
WHERE user_id = $1 AND confirmed_at IS NOT NULL";

pub(crate) async fn delete(db: &impl Db, user: UserId) -> Result<u64, Fault> {
    db.execute(DELETE, params![user]).await
}

fn read(row: &Row<'_>) -> Result<Factor, Fault> {
    Ok(Factor {
        user_id: row.get(0)?,
        secret: row.get(1)?,
        created_at: row.get(2)?,
        confirmed_at: row.get(3)?,
        last_step: row.get(4)?,
    })
}
