//! What people have let applications have, listed and taken back by them.

use crate::audit::Deed;
use crate::change::{Changes, OAuthChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::ClientId;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::scope::Scopes;
use crate::time::Timestamp;

/// What somebody has let an application have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The application.
    pub client: ClientId,
    /// What people know it by.
    pub name: String,
    /// What it may have.
    pub scopes: Scopes,
    /// When that was said last.
    pub given_at: Timestamp,
}

impl Core {
    /// What the caller has let applications have, by their names.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn consents(&self, who: &Principal) -> Result<Vec<Consent>, Error> {
        Ok(self.ports().store.consents_of(who.user_id).await?)
    }

    /// Takes back what the caller has let an application have. What it was given of it ends: the very next request is refused, codes on
    /// their way are worth nothing, and the next login asks again.
    ///
    /// # Errors
    /// [`Code::NotFound`]: nothing was agreed to; [`Code::StoreUnavailable`].
    pub async fn withdraw_consent(
        &self,
        who: &Principal,
        application: ClientId,
        client: &Client,
    ) -> Result<(), Error> {
        let (user, at) = (who.user_id, self.now());
        let event =
            self.event(Deed::ConsentWithdrawn, client).by_owner(user).because(application.to_string());
        let withdraw = OAuthChange::WithdrawConsent { user, client: application, at };
        match self.apply(Changes::from(withdraw).recorded(event)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                return Err(Error::new(Code::NotFound, "You have let no such application have anything."));
            }
            other => other?,
        }
        for (user, session) in self.ports().store.ended_since(at).await? {
            self.live().end(user, session);
        }
        Ok(())
    }
}
