//! API keys made, listed and revoked by the owner of the account.

use super::{ApiKey, KeyProof, text};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::ApiKeyId;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;
use crate::time::Ttl;

const NAME_MAX: usize = 100;
/// The most characters that are kept of what is said of a key.
pub(super) const DESCRIPTION_MAX: usize = 1_000;
/// The most keys of one account that count at once.
pub(super) const KEYS_MAX: usize = 100;
/// The longest life that can be asked for; a key without an end has none.
const LIFE_MAX: Ttl = Ttl::from_days(3_650);

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What the owner calls it.
    pub name: String,
    /// What the owner says of it beside that; empty: nothing.
    pub description: String,
    /// What it may do at most, separated by blanks; `None`: whatever the owner may.
    pub scopes: Option<String>,
    /// How long it lives; `None`: until it is revoked.
    pub life: Option<Ttl>,
}

impl Core {
    /// Makes a key. Its text is shown this once and kept nowhere.
    ///
    /// # Errors
    /// - [`Code::InvalidField`]: the name or life is not acceptable, or there are too many keys.
    /// - [`Code::InvalidScope`]: a scope that is not known, or that the caller does not hold.
    /// - [`Code::Forbidden`]: the caller is an API key itself.
    /// - [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn create_api_key(
        &self,
        who: &Principal,
        new: NewApiKey,
        client: &Client,
    ) -> Result<(ApiKey, Secret<String>), Error> {
        who.refuse_key()?;
        self.check_new_key(who, &new).await?;
        let scopes = new.scopes.as_deref().map(|text| self.known_scopes(text)).transpose()?;
        if scopes.as_ref().is_some_and(|scopes| !self.may_pass_on(who, scopes)) {
            let why = "A key cannot have a scope that you do not hold yourself.";
            return Err(Error::new(Code::InvalidScope, why).about("scope"));
        }
        let now = self.now();
        let id = ApiKeyId::new(now, self.entropy());
        let (text, digest) = text::issue(id, self.entropy());
        let key = ApiKey {
            id,
            user_id: who.user_id,
            name: new.name,
            description: new.description,
            former_id: None,
            proof: KeyProof::Own(digest),
            // A session that may do less than its account cannot make a key that may do more.
            scopes: scopes.or_else(|| who.grant.clone()),
            created_at: now,
            expires_at: new.life.map(|life| now + life),
            last_used_at: None,
            revoked_at: None,
        };
        let event = self.event(Deed::ApiKeyCreated, client).by_owner(who.user_id).because(id.to_string());
        self.apply(Changes::from(Change::AddApiKey(Box::new(key.clone()))).recorded(event)).await?;
        Ok((key, text))
    }

    /// The caller's keys that were not revoked, youngest first.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn api_keys(&self, who: &Principal) -> Result<Vec<ApiKey>, Error> {
        Ok(self.ports().store.api_keys_of(who.user_id).await?)
    }

    /// Revokes a key of the caller: the very next request with it is refused.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the caller has no such key, whoever else may have; [`Code::Forbidden`] when the caller is
    /// another key; [`Code::StoreUnavailable`].
    pub async fn revoke_api_key(&self, who: &Principal, id: ApiKeyId, client: &Client) -> Result<(), Error> {
        if who.key_id() != Some(id) {
            who.refuse_key()?;
        }
        let revoke = Change::RevokeApiKey { user: who.user_id, key: id, at: self.now() };
        let event = self.event(Deed::ApiKeyRevoked, client).by_owner(who.user_id).because(id.to_string());
        match self.apply(Changes::from(revoke).recorded(event)).await {
            Ok(()) => {
                self.live().end_key(who.user_id, id);
                Ok(())
            }
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                Err(Error::new(Code::NotFound, "You have no such API key."))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    async fn check_new_key(&self, who: &Principal, new: &NewApiKey) -> Result<(), Error> {
        let refused = |field, why: String| Err(Error::new(Code::InvalidField, why).about(field));
        let length = new.name.trim().chars().count();
        if !(1..=NAME_MAX).contains(&length) || new.name.chars().any(char::is_control) {
            return refused("name", format!("The name of a key has 1 to {NAME_MAX} characters."));
        }
        if new.description.chars().count() > DESCRIPTION_MAX {
            let why = format!("What is said of a key has {DESCRIPTION_MAX} characters at most.");
            return refused("description", why);
        }
        if new.life.is_some_and(|life| life == Ttl::ZERO || life > LIFE_MAX) {
            return refused(
                "expires_in",
                "A key lives for a second at least and ten years at most.".to_owned(),
            );
        }
        if self.api_keys(who).await?.len() >= KEYS_MAX {
            return refused("name", format!("An account has {KEYS_MAX} keys at most; revoke one first."));
        }
        Ok(())
    }
}
