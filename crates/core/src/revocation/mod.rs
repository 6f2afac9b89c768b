//! News of what has ended, for services that check tokens by themselves.
//!
//! An access token is good until it ends, whoever checks it with the published keys alone. Whoever hears these news as well
//! refuses a token as soon as its session has ended. They are signed like tokens, so that a listener trusts the issuer and
//! not the way they came.
//!
//! Does not carry them anywhere: the server does. Keeps nothing of its own: they tell what the database knows, so each node
//! can tell them and a restart loses none.
//!
//! Invariant: a listener that has heard everything up to a number, and a sign of life with this number, has missed nothing
//! that mattered when the sign was given.

mod ledger;
mod publish;
mod record;

pub(crate) use ledger::Ledger;
pub(crate) use publish::SignedEnds;
pub use publish::{News, NewsReader};
pub use record::NewsKind;

use crate::id::{ApiKeyId, ClientId, SessionId, UserId};
use crate::time::{Timestamp, Ttl};

/// Something that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum End {
    /// One session of an account.
    Session(UserId, SessionId),
    /// Tokens about an account that were given before a moment: it is gone, or what it may do has changed.
    TokensOf(UserId, Timestamp),
    /// Tokens that an application was given for itself before a moment: it is gone, or has a new secret.
    TokensOfClient(ClientId, Timestamp),
    /// An API key.
    Key(ApiKeyId),
    /// Tokens that carry a scope and were given before a moment: a role allows it no longer.
    Scope(Box<str>, Timestamp),
    /// Every session that was opened at a moment or before it, perhaps but one.
    Everybody(Timestamp, Option<SessionId>),
    /// Every token that was given before a moment: what ended then is too much to be told one by one.
    Tokens(Timestamp),
}

/// How news are told.
#[derive(Debug, Clone)]
pub struct RevocationSettings {
    /// How often a listener hears that all is well.
    pub heartbeat: Ttl,
    /// How often the database is asked for what other processes have ended.
    pub look_every: Ttl,
    /// How many listen at the same time at most.
    pub listeners: usize,
}

impl RevocationSettings {
    /// A listener that has heard nothing for so long does not know what has ended.
    pub const fn bound(&self) -> Ttl {
        Ttl::from_millis(
            self.heartbeat.as_millis().saturating_mul(3).saturating_add(self.look_every.as_millis()),
        )
    }
}

impl Default for RevocationSettings {
    fn default() -> Self {
        Self { heartbeat: Ttl::from_seconds(1), look_every: Ttl::from_millis(50), listeners: 256 }
    }
}
