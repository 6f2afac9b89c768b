//! Who presents an API key.

use std::sync::Arc;

use super::text::{self, Shown};
use super::{ApiKey, BroughtProof, BroughtSecret, KeyProof};
use crate::change::{AccountChange, Changes};
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::password::PasswordHash;
use crate::port::{ApplyError, Conflict, Verdict};
use crate::principal::{Hold, Principal};
use crate::secret::Secret;
use crate::time::Timestamp;

impl Core {
    /// Who holds the API key `presented`.
    ///
    /// # Errors
    /// - [`Code::TokenInvalid`]: not an API key of this server.
    /// - [`Code::TokenExpired`], [`Code::TokenRevoked`]: it counted once.
    /// - [`Code::Overloaded`]: it was brought along and is used for the first time, while too many passwords are checked.
    /// - [`Code::StoreUnavailable`]: seen for the first time, and cannot be looked up.
    pub async fn authenticate_key(&self, presented: &str) -> Result<Arc<Principal>, Error> {
        if !text::is_key(presented) {
            return Err(Code::TokenInvalid.into());
        }
        self.authenticate(presented).await
    }

    /// Who holds the API key `presented`, which this node has not seen before.
    pub(crate) async fn verify_key(&self, presented: &str) -> Result<Arc<Principal>, Error> {
        let (id, shown) = text::read(presented).ok_or(Code::TokenInvalid)?;
        let store = &self.ports().store;
        let known = store.api_key(id).await?.ok_or(Code::TokenInvalid)?;
        self.prove_key(&known, &shown).await?;
        let (live, account) = self.live().enter_key(known.user_id, id);
        // Asked again after the key was entered: an end between the two questions is seen by one of them.
        let key = store.api_key(id).await?.ok_or(Code::TokenInvalid)?;
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
            client: None,
            account,
            hold: Hold::Key(live),
        });
        self.verified().insert(presented.as_bytes().into(), Arc::clone(&principal));
        Ok(principal)
    }

    /// Whether what was shown proves `key`.
    async fn prove_key(&self, key: &ApiKey, shown: &Shown) -> Result<(), Error> {
        let is_proved = match (&key.proof, shown) {
            (KeyProof::Own(kept), Shown::Own(digest)) => kept == digest,
            (KeyProof::Brought(kept), Shown::Brought { public, secret }) if kept.public == *public => {
                match &kept.secret {
                    BroughtSecret::Proved(digest) => *digest == digest_of(secret),
                    BroughtSecret::Unproved(hash) => self.prove_first(key, (public, hash), secret).await?,
                }
            }
            _ => false,
        };
        if is_proved { Ok(()) } else { Err(Code::TokenInvalid.into()) }
    }

    /// Whether `secret` is the one behind `hash`, which another system made; if so it is known by its digest from now on.
    async fn prove_first(
        &self,
        key: &ApiKey,
        (public, hash): (&str, &PasswordHash),
        secret: &Secret<String>,
    ) -> Result<bool, Error> {
        if self.ports().hasher.verify(secret.clone(), Some(hash.clone())).await? == Verdict::Mismatch {
            return Ok(false);
        }
        let to = BroughtProof { public: public.to_owned(), secret: BroughtSecret::Proved(digest_of(secret)) };
        let (from, to) = (key.proof.clone(), KeyProof::Brought(to));
        match self.apply(Changes::new().with(AccountChange::ProveApiKey { key: key.id, from, to })).await {
            Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => {}
            // It costs nothing but time: the next use tries again.
            Err(fault) => tracing::warn!(%fault, "Could not renew the hash of API key {}", key.id),
        }
        Ok(true)
    }
}

fn digest_of(secret: &Secret<String>) -> Digest {
    Digest::of(secret.expose().as_bytes())
}
