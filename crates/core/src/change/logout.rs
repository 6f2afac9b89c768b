//! Changes of what applications still have to be told of ended sessions.
//!
//! That there is something to tell is said nowhere here but for the end of everybody's sessions: whatever ends a session queues it in
//! the same transaction.

use super::Change;
use crate::id::{ClientId, SessionId};
use crate::time::Timestamp;

/// One thing that becomes true of what applications have to be told.
#[derive(Debug, Clone)]
pub enum LogoutChange {
    /// All sessions of applications but `keep` have ended by one word, and the applications have to be told.
    QueueAll {
        /// The session that stays.
        keep: Option<SessionId>,
        /// When.
        at: Timestamp,
    },
    /// In one caller's hands for a while. Guarded: it waits, and is due as the caller saw it.
    Take {
        /// Which.
        session: SessionId,
        /// When it was due.
        due_at: Timestamp,
        /// When it is due again unless its caller tells more.
        until: Timestamp,
    },
    /// The application was told, or is not told any more. Guarded: it waits.
    Drop {
        /// Which.
        session: SessionId,
    },
    /// Tried again later. Guarded: it waits.
    Postpone {
        /// Which.
        session: SessionId,
        /// When.
        due_at: Timestamp,
    },
    /// All that an application has to be told is tried later: it does not answer at all.
    PostponeClient {
        /// The application.
        client: ClientId,
        /// Not before this moment.
        due_at: Timestamp,
    },
}

impl From<LogoutChange> for Change {
    fn from(change: LogoutChange) -> Self {
        Self::Logout(change)
    }
}
