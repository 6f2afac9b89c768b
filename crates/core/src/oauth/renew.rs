//! A refresh token exchanged by an application (RFC 6749 §6): the same chain as everybody's, see [`crate::login`].

use super::{Given, OAuthClient, id_token};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::session::SignedIn;
use crate::token::refresh::RefreshToken;

impl Core {
    /// Fresh tokens of the session that `refresh` belongs to, which was given to `who`. With `scope` it may ask for what it was given, and
    /// gets that: what a token is good for is told with it.
    ///
    /// # Errors
    /// - [`Code::InvalidGrant`]: as for [`Core::refresh`], or it was given to another application.
    /// - [`Code::InvalidScope`]: more is asked for than was given.
    /// - [`Code::TooManyAttempts`], [`Code::CheckUnavailable`], [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn renew(
        &self,
        who: &OAuthClient,
        (refresh, scope): (&Secret<String>, Option<&str>),
        client: &Client,
    ) -> Result<Given, Error> {
        if let Some(scope) = scope {
            self.check_within(refresh, &Scopes::parse(scope)?).await?;
        }
        match self.refresh_of(Some(who.id), refresh, client).await {
            Ok(tokens) => {
                let id_token = self.id_token_again(who, &tokens).await?;
                Ok(Given { tokens, id_token })
            }
            Err(error) => match error.code() {
                Code::TokenInvalid | Code::TokenReused | Code::TokenRevoked => {
                    Err(Error::from(Code::InvalidGrant).because(error))
                }
                _ => Err(error),
            },
        }
    }

    /// A fresh ID token beside `tokens`, if they are of a login that `who` was told of.
    async fn id_token_again(
        &self,
        who: &OAuthClient,
        tokens: &SignedIn,
    ) -> Result<Option<Secret<String>>, Error> {
        if !tokens.scopes.contains(scope::OPENID) {
            return Ok(None);
        }
        let found = self.ports().store.session(tokens.session_id).await?;
        // What was given before logins were noted is not told of again.
        let Some(given) = found.and_then(|row| row.session.given_in) else { return Ok(None) };
        let claims = id_token::Claims::again(who.id, given.signed_in_at, tokens);
        id_token::sign(&self.keyring().now(), &self.settings(), &claims, self.now()).map(Some)
    }

    /// Lets only on what was given with the session of `refresh`; whether the token is good, the exchange will tell.
    async fn check_within(&self, refresh: &Secret<String>, asked: &Scopes) -> Result<(), Error> {
        let Some(token) = RefreshToken::read(refresh.expose()) else { return Ok(()) };
        let given = self.ports().store.session(token.session).await?.and_then(|row| row.session.scopes);
        match given {
            Some(given) if !asked.is_within(&given) => Err(Code::InvalidScope.into()),
            _ => Ok(()),
        }
    }
}
