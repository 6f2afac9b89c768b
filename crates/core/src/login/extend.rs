//! Exchanges an access token for a fresh one of the same session, now and then.
//!
//! For clients that have no refresh token: they go on while their access token counts, and never past the end of the session.
//! Once a token was exchanged, its session rests for [`extend_every`](crate::settings::TokenSettings::extend_every); a login
//! does not begin a rest. The token that was exchanged goes on to its own end, so that requests under way are not lost.
//!
//! Invariant: of those who ask at the same moment one gets a token, and no exchange moves the end of the session.

use crate::change::Change;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::port::{ApplyError, Conflict, Quota};
use crate::principal::Principal;
use crate::session::FreshAccess;

impl Core {
    /// A fresh access token of the session whose access token `who` has shown. It can do what the account may do now.
    ///
    /// # Errors
    /// - [`Code::RefreshRestricted`]: the session was given one a moment ago; the error says how long to wait.
    /// - [`Code::TokenInvalid`]: the credential is an API key.
    /// - [`Code::Forbidden`]: it was given to an application, which has refresh tokens.
    /// - [`Code::TokenRevoked`]: the session has ended.
    /// - [`Code::CheckUnavailable`], [`Code::StoreUnavailable`]: nothing was given, and the next try is not made to wait.
    pub async fn extend(&self, who: &Principal, client: &Client) -> Result<FreshAccess, Error> {
        who.refuse_client()?;
        let id = who.session_id.ok_or(Code::TokenInvalid)?;
        let now = self.now();
        let (session, rights) = self.living_session(id, now).await?.ok_or(Code::TokenRevoked)?;
        let (key, quota) = (format!("extend/{id}"), self.one_exchange());
        if let Err(limited) = self.ports().limiter.reserve(&key, quota, now).await {
            return Err(Error::from(Code::RefreshRestricted).retry_after(limited.retry_after));
        }
        let given = match self.grant(&session, rights, client).await {
            Ok(grant) => self.give_access(&session, &grant, now),
            Err(refused) => Err(refused),
        };
        if given.is_err() {
            self.ports().limiter.give_back(&key, quota, now).await;
        } else if session.last_seen_at.day() != now.day() {
            let active = Change::NoteActive { user: session.user_id, session: id, at: now };
            match self.apply(active).await {
                Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => {}
                Err(fault) => tracing::warn!(%fault, "Could not count an account as active"),
            }
        }
        Ok(self.show_access(given?, now).await)
    }

    fn one_exchange(&self) -> Quota {
        Quota { burst: 1, refill: self.settings().tokens.extend_every }
    }
}
