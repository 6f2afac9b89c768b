//! The one gate before every proof of identity, and before whatever strangers can ask for: how often something may be tried, and
//! what is asked of whoever tries too often.
//!
//! | to find | look in |
//! |---|---|
//! | attempts at an account, whose places are given back when they were honest | `attempt.rs` |
//! | what is counted once and for all: accounts, mails, codes, tokens nobody was given | `meter.rs` |
//!
//! What cannot be guessed (tokens, keys) is checked first and counted when it was wrong: nobody's honest token is refused
//! because of a neighbour's false ones.
//!
//! Does not keep the meters: see [`crate::port::Limiter`].
//!
//! Invariant: every meter runs empty again by itself, and what it is called says what the caller gave, never what that leads to.

mod attempt;
mod meter;

pub(crate) use attempt::{Attempt, Claim};
pub(crate) use meter::Meter;

use crate::audit::{AuditEvent, Deed};
use crate::change::Changes;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::port::Quota;
use crate::principal::Principal;
use crate::time::Ttl;

/// A refusal that goes on is written into the audit log so often.
const TELL_EVERY: Quota = Quota { burst: 1, refill: Ttl::from_minutes(10) };

impl Core {
    /// Writes into the audit log that a limit refuses, now and then: a flood of attempts must not become a flood of lines.
    async fn tell_of_limit(&self, key: &str, user: Option<UserId>, client: &Client) {
        if self.ports().limiter.reserve(&format!("told/{key}"), TELL_EVERY, self.now()).await.is_err() {
            return;
        }
        let mut event = self.event(Deed::AttemptLimited, client).refused(Code::TooManyAttempts);
        event.subject = user;
        self.tell(event).await;
    }

    /// Writes into the audit log that `who` was refused what they may not do, now and then.
    pub async fn tell_of_refusal(&self, who: UserId, client: &Client) {
        let key = format!("told/forbidden/{who}");
        if self.ports().limiter.reserve(&key, TELL_EVERY, self.now()).await.is_ok() {
            self.tell(self.event(Deed::AccessRefused, client).by_owner(who).refused(Code::Forbidden)).await;
        }
    }

    /// Writes into the audit log that `who`, who runs the server, asks for the documents of all accounts: before it is done, and
    /// not done when it cannot be written.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn note_oversight(&self, who: &Principal, client: &Client) -> Result<(), Error> {
        let event = self.event_by(Deed::DocumentsOverseen, who, client);
        self.apply(Changes::new().recorded(event)).await?;
        Ok(())
    }

    /// A refusal stands whether or not it could be written down.
    async fn tell(&self, event: AuditEvent) {
        if let Err(fault) = self.apply(Changes::new().recorded(event)).await {
            tracing::warn!(%fault, "Could not write a refusal into the audit log");
        }
    }
}
