//! What happened and what was in use, day by day, in the tables `daily_counts` and `daily_active`.

use doorward_core::audit::AuditEvent;
use doorward_core::figure::DailyCount;
use doorward_core::{SessionId, Timestamp, UserId};
use rusqlite::{Connection, params};

use crate::sqlite::Fault;

#[cfg(test)]
pub(crate) const ALL: &[&str] =
    &[COUNT, BETWEEN, ACTIVE, SEE_ACTIVE, OPEN_DAYS, FOLD_USERS, FOLD_SESSIONS, FORGET_ACTIVE, FORGET_COUNTS];

const COUNT: &str = "
INSERT INTO daily_counts (day, name, outcome, count)
VALUES ($1, $2, $3, 1)
ON CONFLICT (day, name, outcome) DO UPDATE
SET count = daily_counts.count + 1";

/// Counts one deed.
pub(crate) fn count(connection: &Connection, event: &AuditEvent) -> rusqlite::Result<usize> {
    let (day, name, outcome) = (event.at.day(), event.deed.as_str(), event.outcome.as_str());
    connection.prepare_cached(COUNT)?.execute(params![day, name, outcome])
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

pub(crate) fn between(connection: &Connection, from: i64, until: i64) -> Result<Vec<DailyCount>, Fault> {
    let mut statement = connection.prepare_cached(BETWEEN)?;
    let rows = statement.query_and_then([from, until], |row| {
        Ok::<_, Fault>(DailyCount {
            day: row.get(0)?,
            name: row.get(1)?,
            outcome: row.get(2)?,
            count: row.get(3)?,
        })
    })?;
    let mut counts = rows.collect::<Result<Vec<_>, _>>()?;
    let mut statement = connection.prepare_cached(OPEN_DAYS)?;
    let mut rows = statement.query([from, until])?;
    while let Some(row) = rows.next()? {
        let day = row.get(0)?;
        for (at, name) in [(1, DailyCount::ACTIVE_USERS), (2, DailyCount::ACTIVE_SESSIONS)] {
            let count = row.get(at)?;
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
pub(crate) fn active(
    connection: &Connection,
    user: UserId,
    session: SessionId,
    at: Timestamp,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(ACTIVE)?.execute(params![at.day(), session.to_string(), user.to_string()])
}

const SEE_ACTIVE: &str = "
INSERT INTO daily_active (day, session_id, user_id)
SELECT $1, id, user_id
FROM sessions
WHERE id = $2
ON CONFLICT (day, session_id) DO NOTHING";

/// Notes that sessions were in use, whosesoever they are.
pub(crate) fn see_active(connection: &Connection, seen: &[(SessionId, Timestamp)]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(SEE_ACTIVE)?;
    for (session, at) in seen {
        statement.execute(params![at.day(), session.to_string()])?;
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
pub(crate) fn fold(connection: &Connection, today: i64, oldest: i64) -> rusqlite::Result<()> {
    for sql in [FOLD_USERS, FOLD_SESSIONS, FORGET_ACTIVE] {
        connection.prepare_cached(sql)?.execute([today])?;
    }
    connection.prepare_cached(FORGET_COUNTS)?.execute([oldest])?;
    Ok(())
}
