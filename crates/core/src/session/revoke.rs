//! The end of a credential by the word of whoever holds it (RFC 7009).
//!
//! Who has a token could use it; that they may end it needs no further proof. Invariant: the answer tells nothing of the token:
//! one that nobody was given, one that is over and one that has just been ended are all ended now.

use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::token::refresh::RefreshToken;

impl Core {
    /// Ends the session of an access or refresh token, or an API key: the very next request is refused. An access token whose time
    /// is over ends nothing, as it opens nothing.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]: the caller's network goes on presenting tokens that nobody was given;
    /// [`Code::StoreUnavailable`].
    pub async fn revoke(&self, token: &Secret<String>, client: &Client) -> Result<(), Error> {
        if RefreshToken::read(token.expose()).is_some() {
            return self.logout_by_refresh(token, client).await;
        }
        let ended = match self.authenticate_from(token.expose().as_bytes(), client).await {
            Ok(who) => match who.key_id() {
                Some(key) => self.revoke_api_key(&who, key, client).await,
                None => self.logout(&who, client).await,
            },
            Err(refused) => Err(refused),
        };
        match ended {
            Err(error) => match error.code() {
                // Another request, or the owner, was there first.
                Code::TokenInvalid | Code::TokenExpired | Code::TokenRevoked | Code::NotFound => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }
}
