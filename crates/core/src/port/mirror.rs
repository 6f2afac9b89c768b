//! A picture of the living sessions, for services that look them up instead of hearing of ends.
//!
//! Invariant: it decides nothing here. The database knows which sessions live; the picture may lack some of them, and shows none
//! that has ended for longer than its keeper says.

use std::fmt;

use async_trait::async_trait;

use crate::id::{SessionId, UserId};
use crate::time::{Timestamp, Ttl};

/// A session that was given an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Whose it is.
    pub user: UserId,
    /// Which one it is.
    pub session: SessionId,
    /// When the token was given. Older ones count only if the session was shown before.
    pub given_at: Timestamp,
    /// For how long the token counts.
    pub ttl: Ttl,
}

/// Keeps the picture.
#[async_trait]
pub trait SessionMirror: Send + Sync + fmt::Debug {
    /// Shows a session. Waits for a moment at most: what cannot be shown is refused elsewhere until its next token.
    async fn show(&self, shown: Shown);

    /// Shows it no more.
    async fn hide(&self, user: UserId, session: SessionId);
}
