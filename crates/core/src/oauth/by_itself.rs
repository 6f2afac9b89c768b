//! Applications that act by themselves, in nobody's name (RFC 6749 §4.4).
//!
//! What they may do was granted by whoever runs the server, and is none of what belongs to people: scopes of the configuration, and
//! those by which services hear of ends and ask what tokens are worth. There is no session and no refresh token: the secret is the
//! proof each time. Invariant: a token counts no longer than its application and the secret it was given for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OAuthClient;
use crate::account::LiveAccount;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ClientId, TokenId, UserId};
use crate::principal::{Hold, Principal};
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};
use crate::token::access::{self, AccessClaims, Holder};

/// What an application is given for itself.
#[derive(Debug)]
pub struct OwnToken {
    /// A JWT for the services.
    pub access_token: Secret<String>,
    /// How long it lives.
    pub ttl: Ttl,
    /// What it is good for.
    pub scopes: Scopes,
}

impl Core {
    /// A token for `who` itself: for all it was granted, or for what `scope` names of it.
    ///
    /// # Errors
    /// - [`Code::UnauthorizedClient`]: it can keep no secret, or was granted nothing.
    /// - [`Code::InvalidScope`]: it was not granted all of `scope`.
    /// - [`Code::Internal`]: the token cannot be signed.
    pub fn give_own_token(&self, who: &OAuthClient, scope: Option<&str>) -> Result<OwnToken, Error> {
        if who.secret.is_none() || who.own_scopes.is_empty() {
            return Err(Code::UnauthorizedClient.into());
        }
        let asked = scope.map(Scopes::parse).transpose()?.filter(|asked| !asked.is_empty());
        let scopes = asked.unwrap_or_else(|| who.own_scopes.clone());
        if !scopes.is_within(&who.own_scopes) {
            return Err(Code::InvalidScope.into());
        }
        let (settings, now) = (self.settings(), self.now());
        let ttl = settings.tokens.access_ttl;
        let claims = AccessClaims {
            holder: Holder::Client(who.id),
            client: Some(who.id),
            expires_at: now + ttl,
            scope: scopes.to_string(),
            added: BTreeMap::new(),
        };
        let token = access::sign(&self.keyring().now(), &settings, &claims, now, self.entropy())?;
        Ok(OwnToken { access_token: Secret::new(token), ttl, scopes })
    }

    /// Who holds a token that `client` was given for itself, as far as it has what the token says.
    pub(crate) async fn admit_client(
        &self,
        client: ClientId,
        (token, expires_at): (TokenId, Timestamp),
        said: &Scopes,
    ) -> Result<Arc<Principal>, Error> {
        let live = self.live().enter_client(client);
        let found = self.ports().store.client(client).await?.ok_or(Code::TokenRevoked)?;
        live.renewed(found.renewed_at);
        live.see(token.made_at())?;
        Ok(Arc::new(Principal {
            // No account has this id, and none will.
            user_id: UserId::from_bytes(*client.as_bytes()),
            session_id: None,
            token_id: Some(token),
            expires_at,
            grant: Some(said.within(&found.own_scopes)),
            client: Some(client),
            account: Arc::new(LiveAccount::default()),
            hold: Hold::Client { live, given_at: token.made_at(), name: found.name.into() },
        }))
    }

    /// The scopes that `text` names, if an application by itself can have them and the caller holds them.
    pub(super) fn own_scopes(&self, who: &Principal, text: Option<&str>) -> Result<Scopes, Error> {
        let refused = |why: &str| Err(Error::new(Code::InvalidScope, why).about("own_scope"));
        let Some(text) = text else { return Ok(Scopes::default()) };
        let asked = Scopes::parse(text).map_err(|error| error.about("own_scope"))?;
        let of_server = self.settings().scopes.clone();
        if !asked.iter().all(|scope| scope::is_of_service(scope) || of_server.contains_key(scope)) {
            return refused(
                "An application by itself can have scopes of the configuration, admin:introspection and admin:revocations.",
            );
        }
        if !self.may_pass_on(who, &asked) {
            return refused("An application cannot have a scope that you do not hold yourself.");
        }
        Ok(asked)
    }
}
