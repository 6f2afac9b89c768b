//! What a credential is worth at this moment, told to a service that asks (RFC 7662).
//!
//! Invariant: of a credential that does not count nothing is told but that.

use std::sync::Arc;

use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::Principal;
use crate::scope::Scopes;

/// A credential that counts.
#[derive(Debug, Clone)]
pub struct Introspected {
    /// Who holds it.
    pub who: Arc<Principal>,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How its owner is called: the user name, or the address of one who has none.
    pub name: String,
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
        let who = self.authenticate(token).await?;
        let user = self.current_user(&who).await?;
        let name =
            user.username.map_or_else(|| user.email.as_str().to_owned(), |name| name.as_str().to_owned());
        Ok(Introspected { scopes: self.scopes_of(&who), name, who })
    }
}
