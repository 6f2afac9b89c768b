//! What applications still have to be told of ended sessions, in the table `logouts`.
//!
//! Rows are made from the sessions that are about to end, before they do: see [`crate::apply`].

use doorward_core::oauth::LogoutNotice;
use doorward_core::{ClientId, SessionId, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    DUE,
    QUEUE,
    QUEUE_OF_USER,
    QUEUE_OF_LOGIN,
    QUEUE_OF_CONSENT,
    QUEUE_ALL,
    TAKE,
    DELETE,
    POSTPONE,
    POSTPONE_CLIENT,
];

const DUE: &str = "
SELECT session_id, user_id, client_id, ended_at, due_at
FROM logouts
WHERE due_at <= $1
ORDER BY due_at
LIMIT $2";

pub(crate) async fn due(db: &impl Db, now: Timestamp, limit: u32) -> Result<Vec<LogoutNotice>, Fault> {
    db.rows(DUE, params![now, limit], read).await
}

macro_rules! queue {
    ($which:literal) => {
        concat!(
            "
INSERT INTO logouts (session_id, user_id, client_id, ended_at, due_at)
SELECT s.id, s.user_id, c.id, $1, $1
FROM sessions s
JOIN clients c ON c.id = s.client_id
WHERE c.logout_uri IS NOT NULL AND s.ended_at IS NULL AND ",
            $which,
            "
ON CONFLICT (session_id) DO NOTHING"
        )
    };
}

const QUEUE: &str = queue!("s.id = $2");

/// The session `session` is about to end.
pub(crate) async fn queue(db: &impl Db, session: SessionId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(QUEUE, params![at, session]).await
}

const QUEUE_OF_USER: &str = queue!("s.user_id = $2 AND s.id <> $3");

/// The sessions of `user` but `keep` are about to end.
pub(crate) async fn queue_of_user(
    db: &impl Db,
    user: UserId,
    keep: Option<SessionId>,
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(QUEUE_OF_USER, params![at, user, kept(keep)]).await
}

const QUEUE_OF_LOGIN: &str = queue!("s.login_id = $2");

/// What was given in the login of the session `login` is about to end.
pub(crate) async fn queue_of_login(db: &impl Db, login: SessionId, at: Timestamp) -> Result<u64, Fault> {
    db.execute(QUEUE_OF_LOGIN, params![at, login]).await
}

const QUEUE_OF_CONSENT: &str = queue!("s.user_id = $2 AND s.client_id = $3");

/// What an application was given by `user` is about to end.
pub(crate) async fn queue_of_consent(
    db: &impl Db,
    (user, client): (UserId, ClientId),
    at: Timestamp,
) -> Result<u64, Fault> {
    db.execute(QUEUE_OF_CONSENT, params![at, user, client]).await
}

const QUEUE_ALL: &str = queue!("s.client_id IS NOT NULL AND s.id <> $2");

/// All sessions of applications but `keep` are about to end.
pub(crate) async fn queue_all(db: &impl Db, keep: Option<SessionId>, at: Timestamp) -> Result<u64, Fault> {
    db.execute(QUEUE_ALL, params![at, kept(keep)]).await
}

const TAKE: &str = "
UPDATE logouts
SET due_at = $1
WHERE session_id = $2 AND due_at = $3";

pub(crate) async fn take(
    db: &impl Db,
    session: SessionId,
    due_at: Timestamp,
    until: Timestamp,
) -> Result<u64, Fault> {
    db.execute(TAKE, params![until, session, due_at]).await
}

const DELETE: &str = "
DELETE FROM logouts
WHERE session_id = $1";

pub(crate) async fn delete(db: &impl Db, session: SessionId) -> Result<u64, Fault> {
    db.execute(DELETE, params![session]).await
}

const POSTPONE: &str = "
UPDATE logouts
SET due_at = $1
WHERE session_id = $2";

pub(crate) async fn postpone(db: &impl Db, session: SessionId, due_at: Timestamp) -> Result<u64, Fault> {
    db.execute(POSTPONE, params![due_at, session]).await
}

const POSTPONE_CLIENT: &str = "
UPDATE logouts
SET due_at = $1
WHERE client_id = $2 AND due_at < $1";

pub(crate) async fn postpone_client(db: &impl Db, client: ClientId, due_at: Timestamp) -> Result<u64, Fault> {
    db.execute(POSTPONE_CLIENT, params![due_at, client]).await
}

/// The id of the session that stays; no session has an empty one.
fn kept(keep: Option<SessionId>) -> String {
    keep.map(|id| id.to_string()).unwrap_or_default()
}

fn read(row: &Row<'_>) -> Result<LogoutNotice, Fault> {
    Ok(LogoutNotice {
        session: row.get(0)?,
        user: row.get(1)?,
        client: row.get(2)?,
        ended_at: row.get(3)?,
        due_at: row.get(4)?,
    })
}
