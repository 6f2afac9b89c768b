//! Sessions shown to services that look them up: after each access token.
//!
//! Invariant: a session is shown after what gave the token is durable. One that ends meanwhile is hidden again: by whoever hears
//! of its end after it was shown, or here, when that was before.

use crate::core::Core;
use crate::id::{SessionId, UserId};
use crate::port::Shown;
use crate::session::{FreshAccess, SignedIn};
use crate::time::{Timestamp, Ttl};

impl Core {
    /// Shows the session of what was given at `given_at`; gives it back.
    pub(crate) async fn show_signed_in(&self, given: SignedIn, given_at: Timestamp) -> SignedIn {
        self.show((given.user_id, given.session_id), given_at, given.access_ttl).await;
        given
    }

    /// As [`Core::show_signed_in`].
    pub(crate) async fn show_access(&self, given: FreshAccess, given_at: Timestamp) -> FreshAccess {
        self.show((given.user_id, given.session_id), given_at, given.ttl).await;
        given
    }

    async fn show(&self, (user, session): (UserId, SessionId), given_at: Timestamp, ttl: Ttl) {
        let Some(mirror) = &self.ports().outside.mirror else { return };
        let ttl = Ttl::from_millis(ttl.as_millis().saturating_add(self.token_slack().as_millis()));
        mirror.show(Shown { user, session, given_at, ttl }).await;
        if self.ledger().has_ended(user, session) {
            mirror.hide(user, session).await;
        }
    }

    /// For how long a token may be believed beyond its end.
    fn token_slack(&self) -> Ttl {
        let settings = self.settings();
        let tokens = &settings.tokens;
        Ttl::from_millis(tokens.leeway.as_millis().saturating_add(tokens.expiry_leeway.as_millis()))
    }
}
