//! What happened and what was in use, day by day, in the tables `daily_counts` and `daily_active`.

use doorward_core::audit::AuditEvent;
use doorward_core::figure::DailyCount;
use doorward_core::{SessionId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] =
    &[COUNT, BETWEEN, ACTIVE, SEE_ACTIVE, OPEN_DAYS, FOLD_USERS, FOLD_SESSIONS, FORGET_ACTIVE, FORGET_COUNTS];

const COUNT: &str = "
INSERT INTO daily_counts (day, name, outcome, count)
VALUES ($1, $2, $3, 1)
ON CONFLICT (day, name, outcome) DO UPDATE
SET count = daily_counts.count + 1";

/// Counts one deed.
pub(crate) async fn count(db: &impl Db, event: &AuditEvent) -> Result<u64, Fault> {
    let (day, name, outcome) = (event.at.day(), event.deed.as_str(), event.outcome.as_str());
    db.execute(COUNT, params![day, name, outcome]).await
}

const BETWEEN: &str = "
SELECT day, name, outcome, count
FROM daily_counts
WHERE day >= $1 AND day < $2
ORDER BY day, name, outcome";

/// Days that are not counted yet are counted as they are looked at.
const OPEN_DAYS: &str = "
SELECT day, COUNT(DISTINCT user_id), COUNT(*)
FROM daily_active
WHERE day >= $1 AND day < $2
GROUP BY day";

pub(crate) async fn between(db: &impl Db, from: i64, until: i64) -> Result<Vec<DailyCount>, Fault> {
    let read = |row: &Row<'_>| {
        Ok(DailyCount { day: row.get(0)?, name: row.get(1)?, outcome: row.get(2)?, count: row.get(3)? })
    };
    let mut counts = db.rows(BETWEEN, params![from, until], read).await?;
    let open =
        db.rows(OPEN_DAYS, params![from, until], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).await?;
    for (day, users, sessions) in open {
        for (count, name) in [(users, DailyCount::ACTIVE_USERS), (sessions, DailyCount::ACTIVE_SESSIONS)] {
            counts.push(DailyCount { day, name: name.to_owned(), outcome: String::new(), count });
        }
    }
    Ok(counts)
}

const ACTIVE: &str = "
INSERT INTO daily_active (day, session_id, user_id)
VALUES ($1, $2, $3)
ON CONFLICT (day, session_id) DO NOTHING";

/// Notes that the session of `user` was in use.
pub(crate) async fn active(
    db: &impl Db,
    user: UserId,
    session: SessionId,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(ACTIVE, params![at.day(), session, user]).await
}

const SEE_ACTIVE: &str = "
INSERT INTO daily_active (day, session_id, user_id)
SELECT $1, id, user_id
FROM sessions
WHERE id = $2
ON CONFLICT (day, session_id) DO NOTHING";

/// Notes that sessions were in use, whosesoever they are.
pub(crate) async fn see_active(db: &impl Db, seen: &[(SessionId, Timestamp)]) -> Result<(), Fault> {
    for (session, at) in seen {
        db.execute(SEE_ACTIVE, params![at.day(), session]).await?;
    }
    Ok(())
}

const FOLD_USERS: &str = "
INSERT INTO daily_counts (day, name, outcome, count)
SELECT day, 'active_users', '', COUNT(DISTINCT user_id)
FROM daily_active
WHERE day < $1
GROUP BY day
ON CONFLICT (day, name, outcome) DO UPDATE
SET count = daily_counts.count + excluded.count";

const FOLD_SESSIONS: &str = "
INSERT INTO daily_counts (day, name, outcome, count)
SELECT day, 'active_sessions', '', COUNT(*)
FROM daily_active
WHERE day < $1
GROUP BY day
ON CONFLICT (day, name, outcome) DO UPDATE
SET count = daily_counts.count + excluded.count";

const FORGET_ACTIVE: &str = "
DELETE FROM daily_active
WHERE day < $1";

const FORGET_COUNTS: &str = "
DELETE FROM daily_counts
WHERE day < $1";

/// Counts the sessions of the days before `today` and forgets which they were; forgets counts of days before `oldest`.
pub(crate) async fn fold(db: &impl Db, today: i64, oldest: i64) -> Result<(), Fault> {
    for sql in [FOLD_USERS, FOLD_SESSIONS, FORGET_ACTIVE] {
        db.execute(sql, params![today]).await?;
    }
    db.execute(FORGET_COUNTS, params![oldest]).await?;
    Ok(())
}
