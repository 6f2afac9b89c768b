//! Who presents an API key.

use std::sync::Arc;

use super::text;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::{Hold, Principal};
use crate::time::Timestamp;

impl Core {
    /// Who holds the API key `presented`.
    ///
    /// # Errors
    /// - [`Code::TokenInvalid`]: not an API key of this server.
    /// - [`Code::TokenExpired`], [`Code::TokenRevoked`]: it counted once.
    /// - [`Code::StoreUnavailable`]: seen for the first time, and cannot be looked up.
    pub async fn authenticate_key(&self, presented: &str) -> Result<Arc<Principal>, Error> {
        if !text::is_key(presented) {
            return Err(Code::TokenInvalid.into());
        }
        self.authenticate(presented).await
    }

    /// Who holds the API key `presented`, which this node has not seen before.
    pub(crate) async fn verify_key(&self, presented: &str) -> Result<Arc<Principal>, Error> {
        let (id, digest) = text::read(presented).ok_or(Code::TokenInvalid)?;
        let store = &self.ports().store;
        let owner = store.api_key(id).await?.ok_or(Code::TokenInvalid)?.user_id;
        let (live, account) = self.live().enter_key(owner, id);
        // Asked again after the key was entered: an end between the two questions is seen by one of them.
        let key = store.api_key(id).await?.ok_or(Code::TokenInvalid)?;
        if key.digest != digest {
            return Err(Code::TokenInvalid.into());
        }
        let owner = store.user(key.user_id).await?.ok_or(Code::TokenRevoked)?;
        if key.revoked_at.is_some() {
            live.end();
        }
        account.found(owner.rights());
        let principal = Arc::new(Principal {
            user_id: owner.id,
            session_id: None,
            token_id: None,
            expires_at: key.expires_at.unwrap_or(Timestamp::NEVER),
            grant: key.scopes,
            account,
            hold: Hold::Key(live),
        });
        self.verified().insert(presented.as_bytes().into(), Arc::clone(&principal));
        Ok(principal)
    }
}
