//! API keys brought along from R2R: whoever has one goes on with it.
//!
//! What proves the key comes along as the hash that R2R kept, and is replaced at the first use, see [`super::proof`].
//!
//! Invariant: a key is brought once; one that was revoked here stays revoked however often it is brought.

use super::create::{DESCRIPTION_MAX, KEYS_MAX};
use super::{ApiKey, BroughtProof, BroughtSecret, KeyProof, text};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ApiKeyId, UserId};
use crate::password::PasswordHash;
use crate::principal::Principal;
use crate::secret::Secret;
use crate::time::Timestamp;

const NAME_MAX: usize = 100;
/// What a key is called that had no name.
const UNNAMED: &str = "API key";

/// A key as R2R kept it.
#[derive(Debug, Clone)]
pub struct BroughtKey {
    /// Whose it is; nobody's yet in a rehearsal, where its owner is still to come.
    pub user: Option<UserId>,
    /// The part before the dot.
    pub public: String,
    /// The hash of the part behind it.
    pub hash: Secret<String>,
    /// The id that it had there, beside its public part.
    pub id: Option<ApiKeyId>,
    /// What its owner called it.
    pub name: String,
    /// What its owner said of it beside that.
    pub description: String,
    /// When it was made; now when it is not known.
    pub created_at: Option<Timestamp>,
}

impl Core {
    /// Takes a key over, unless it is there; says whether it was not. With `is_rehearsal` nothing is written.
    ///
    /// # Errors
    /// - [`Code::Forbidden`]: the caller does not run the server.
    /// - [`Code::InvalidField`]: it is no key of R2R's, or its hash is not understood.
    /// - [`Code::Conflict`]: it is another account's here.
    /// - [`Code::AccountDisabled`], [`Code::QuotaReached`]: its owner can have no more keys.
    /// - [`Code::NotFound`]: its owner is not there.
    /// - [`Code::StoreUnavailable`].
    pub async fn bring_api_key(
        &self,
        who: &Principal,
        brought: BroughtKey,
        is_rehearsal: bool,
        client: &Client,
    ) -> Result<bool, Error> {
        who.require_superuser()?;
        let proof = judge(&brought)?;
        let Some(user) = brought.user else {
            return if is_rehearsal { Ok(true) } else { Err(Code::NotFound.into()) };
        };
        let (id, store) = (text::id_of(&brought.public), &self.ports().store);
        if let Some(found) = store.api_key(id).await? {
            let why = "This key is another account's here.";
            return if found.user_id == user { Ok(false) } else { Err(Error::new(Code::Conflict, why)) };
        }
        if !self.account(user).await?.is_active {
            return Err(Error::new(Code::AccountDisabled, "Its owner is disabled, who can have no key."));
        }
        if store.api_keys_of(user).await?.len() >= KEYS_MAX {
            return Err(Error::new(Code::QuotaReached, "Its owner has as many keys as an account may."));
        }
        if !is_rehearsal {
            let now = self.now();
            let key = ApiKey {
                id,
                user_id: user,
                name: named(&brought.name),
                description: brought.description.chars().take(DESCRIPTION_MAX).collect(),
                former_id: brought.id,
                proof,
                scopes: None,
                created_at: brought.created_at.unwrap_or(now).min(now),
                expires_at: None,
                last_used_at: None,
                revoked_at: None,
            };
            let event = self.event_by(Deed::ApiKeyCreated, who, client).about(user).because(id.to_string());
            self.apply(Changes::from(Change::AddApiKey(Box::new(key))).recorded(event)).await?;
        }
        Ok(true)
    }
}

/// What the key is checked by.
fn judge(brought: &BroughtKey) -> Result<KeyProof, Error> {
    if !text::is_public(&brought.public) {
        return Err(Error::new(Code::InvalidField, "This is no public part of a key.").about("public_key"));
    }
    let hash = PasswordHash::import(brought.hash.expose()).ok_or_else(|| {
        let why = "This is no hash that is understood here, or it asks for too much.";
        Error::new(Code::InvalidField, why).about("hashed_key")
    })?;
    let (public, secret) = (brought.public.clone(), BroughtSecret::Unproved(hash));
    Ok(KeyProof::Brought(BroughtProof { public, secret }))
}

/// The name, as names of keys may be.
fn named(name: &str) -> String {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if name.is_empty() { UNNAMED.to_owned() } else { name }
}
