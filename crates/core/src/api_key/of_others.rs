//! The API keys of others, for those who run the server.

use super::ApiKey;
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ApiKeyId, UserId};
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;

impl Core {
    /// The keys of an account that were not revoked, youngest first.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such account; [`Code::StoreUnavailable`].
    pub async fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>, Error> {
        self.account(user).await?;
        Ok(self.ports().store.api_keys_of(user).await?)
    }

    /// Revokes a key of an account: the very next request with it is refused.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::Forbidden`] when the account may do what the caller may not; [`Code::StoreUnavailable`].
    pub async fn revoke_api_key_of(
        &self,
        who: &Principal,
        (user, key): (UserId, ApiKeyId),
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let revoke = Change::RevokeApiKey { user: user.id, key, at: self.now() };
        let event = self.event_by(Deed::ApiKeyRevoked, who, client).about(user.id).because(key.to_string());
        match self.apply(Changes::from(revoke).recorded(event)).await {
            Ok(()) => {
                self.live().end_key(user.id, key);
                Ok(())
            }
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                Err(Error::new(Code::NotFound, "The account has no such API key."))
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
