//! What a credential is worth at this moment, told to a service that asks (RFC 7662).
//!
//! Does not say who may ask: the surfaces do, each by the credentials that services have there.
//!
//! Invariant: of a credential that does not count nothing is told but that. A refresh token never counts: it opens nothing but
//! the way to the next tokens, and a service that took one for an access token would let its thief in.

use std::sync::Arc;

use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::Principal;
use crate::scope::Scopes;
use crate::time::Timestamp;

/// A credential that counts.
#[derive(Debug, Clone)]
pub struct Introspected {
    /// Who holds it.
    pub who: Arc<Principal>,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How its owner is called, or was a second ago: the user name, or the address of one who has none; the application by itself.
    pub name: Arc<str>,
}

impl Introspected {
    /// The name of the credential itself: `jti` of an access token, the id of an API key.
    pub fn id(&self) -> Option<String> {
        let token = self.who.token_id.map(|token| token.to_string());
        token.or_else(|| self.who.key_id().map(|key| key.to_string()))
    }

    /// When it was given.
    pub fn issued_at(&self) -> Option<Timestamp> {
        let token = self.who.token_id.map(|token| token.made_at());
        token.or_else(|| self.who.key_id().filter(|key| key.tells_time()).map(|key| key.made_at()))
    }
}

impl Core {
    /// What `token`, an access token or an API key, is worth; `None` when it does not count.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`]: it cannot be told.
    pub async fn introspect(&self, token: &str) -> Result<Option<Introspected>, Error> {
        match self.look_at(token).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => match error.code() {
                Code::TokenInvalid | Code::TokenExpired | Code::TokenRevoked => Ok(None),
                _ => Err(error),
            },
        }
    }

    async fn look_at(&self, token: &str) -> Result<Introspected, Error> {
        let who = self.authenticate_any(token).await?;
        Ok(Introspected { scopes: self.scopes_of(&who), name: self.name_of(&who).await?, who })
    }

    /// A service that asks about the same account again and again does not make the database answer each time.
    async fn name_of(&self, who: &Principal) -> Result<Arc<str>, Error> {
        if let Some(name) = who.application() {
            return Ok(Arc::clone(name));
        }
        let now = self.now();
        if let Some(name) = who.account.name(now) {
            return Ok(name);
        }
        let user = self.current_user(who).await?;
        let name: Arc<str> = user.username.as_ref().map_or(user.email.as_str(), |name| name.as_str()).into();
        who.account.note_name(Arc::clone(&name), now);
        Ok(name)
    }
}
