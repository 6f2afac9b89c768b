//! Who a credential belongs to: asked at every request.
//!
//! A token's signature is checked once and remembered; whether it still counts is asked each time, which costs a look-up
//! and a few loads. Refresh tokens never pass here.

use std::sync::Arc;

use crate::account::LiveAccount;
use crate::api_key;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ClientId, TokenId};
use crate::port::Standing;
use crate::principal::{Hold, Principal};
use crate::scope::Scopes;
use crate::session::Live;
use crate::time::Timestamp;
use crate::token::access::Holder;
use crate::token::{access, cookie};

/// The longest credential that is looked at, in bytes.
const TOKEN_MAX_BYTES: usize = 8 * 1024;

impl Core {
    /// Who holds `bearer`, an access token or an API key of an account.
    ///
    /// # Errors
    /// - [`Code::Forbidden`]: it is of an application by itself.
    /// - [`Code::TokenInvalid`]: not an access token of this server.
    /// - [`Code::TokenExpired`]: its time is over.
    /// - [`Code::TokenRevoked`]: its session has ended.
    /// - [`Code::StoreUnavailable`]: seen for the first time, and its session cannot be looked up.
    pub async fn authenticate(&self, bearer: impl AsRef<[u8]> + Send) -> Result<Arc<Principal>, Error> {
        let who = self.authenticate_any(bearer).await?;
        who.require_account()?;
        Ok(who)
    }

    /// As [`Core::authenticate`], and a token that an application was given for itself counts, too: for what services alone may do.
    ///
    /// # Errors
    /// As [`Core::authenticate`] but [`Code::Forbidden`].
    pub async fn authenticate_any(&self, bearer: impl AsRef<[u8]> + Send) -> Result<Arc<Principal>, Error> {
        let bearer = bearer.as_ref();
        if bearer.len() > TOKEN_MAX_BYTES {
            return Err(Code::TokenInvalid.into());
        }
        let now = self.now();
        let principal = match self.verified().get(bearer) {
            Some(principal) => principal,
            None => self.verify(bearer, now).await?,
        };
        // The leeway is for other servers' clocks; this server's own tokens end when they say, unless all services agree on more.
        if now >= principal.expires_at {
            return Err(Code::TokenExpired.into());
        }
        principal.see(now, self.idle())?;
        Ok(principal)
    }

    /// Who holds the session cookie `value`.
    ///
    /// # Errors
    /// As [`Core::authenticate`]; a cookie of an ended session is [`Code::TokenRevoked`].
    pub async fn authenticate_cookie(&self, value: &str) -> Result<Arc<Principal>, Error> {
        self.holder_of_cookie(value, None).await
    }

    /// Who holds the session cookie `value` of the guarded host that `host` stands for.
    ///
    /// # Errors
    /// As [`Core::authenticate_cookie`]; the cookie of another host, or of this server, is [`Code::TokenInvalid`].
    pub async fn authenticate_at(&self, host: ClientId, value: &str) -> Result<Arc<Principal>, Error> {
        self.holder_of_cookie(value, Some(host)).await
    }

    async fn holder_of_cookie(&self, value: &str, of: Option<ClientId>) -> Result<Arc<Principal>, Error> {
        let now = self.now();
        let principal = match self.verified().get(value.as_bytes()) {
            Some(principal) => principal,
            None => self.look_up_cookie(value).await?,
        };
        // What sees a cookie of a host, an application behind the proxy, must not be let in anywhere else by it.
        if principal.client != of {
            return Err(Code::TokenInvalid.into());
        }
        principal.see(now, self.idle())?;
        Ok(principal)
    }

    /// The default administrator, in whose name anybody acts while authentication is off: the oldest active superuser.
    ///
    /// # Errors
    /// [`Code::AuthenticationRequired`] when there is none; [`Code::StoreUnavailable`].
    pub async fn default_admin(&self) -> Result<Arc<Principal>, Error> {
        let admins = self.ports().store.superusers().await?;
        let admin = admins.into_iter().find(|user| user.is_active).ok_or(Code::AuthenticationRequired)?;
        let expires_at = self.now() + self.settings().tokens.access_ttl;
        let account = Arc::new(LiveAccount::default());
        account.found(admin.rights());
        Ok(Arc::new(Principal {
            user_id: admin.id,
            session_id: None,
            token_id: None,
            expires_at,
            grant: None,
            client: None,
            account,
            hold: Hold::Nothing,
        }))
    }

    async fn verify(&self, bearer: &[u8], now: Timestamp) -> Result<Arc<Principal>, Error> {
        let text = std::str::from_utf8(bearer).map_err(|_| Code::TokenInvalid)?;
        if api_key::is_key(text) {
            return self.verify_key(text).await;
        }
        let claims = access::verify(&self.keyring().now(), self.expected_claims(), text, now)?;
        let expires_at = claims.expires_at + self.settings().tokens.expiry_leeway;
        let principal = match claims.holder {
            Holder::Account(user, session) => {
                let entered = self.live().enter(user, session);
                let standing = self.ports().store.standing(session).await?.ok_or(Code::TokenRevoked)?;
                if standing.user_id != user {
                    return Err(Code::TokenInvalid.into());
                }
                self.admit(standing, entered, (claims.id, expires_at))
            }
            Holder::Client(client) => {
                let id = claims.id.ok_or(Code::TokenInvalid)?;
                self.admit_client(client, (id, expires_at), &Scopes::parse(&claims.scope)?).await?
            }
        };
        self.verified().insert(bearer.into(), Arc::clone(&principal));
        Ok(principal)
    }

    async fn look_up_cookie(&self, value: &str) -> Result<Arc<Principal>, Error> {
        let digest = cookie::read(value).ok_or(Code::TokenInvalid)?;
        let store = &self.ports().store;
        let owner = store.session_by_cookie(&digest).await?.ok_or(Code::TokenInvalid)?.session;
        let entered = self.live().enter(owner.user_id, owner.id);
        // Asked again after the session was entered: an end between the two questions is seen by one of them.
        let standing = store.standing(owner.id).await?.ok_or(Code::TokenRevoked)?;
        let expires_at = standing.expires_at;
        let principal = self.admit(standing, entered, (None, expires_at));
        self.verified().insert(value.as_bytes().into(), Arc::clone(&principal));
        Ok(principal)
    }

    /// The holder of a session, which was entered before the database was asked for its standing.
    fn admit(
        &self,
        standing: Standing,
        (live, account): (Arc<Live>, Arc<LiveAccount>),
        (token_id, expires_at): (Option<TokenId>, Timestamp),
    ) -> Arc<Principal> {
        if standing.is_ended || !standing.rights.is_active || self.was_signed_out(live.session) {
            live.end();
        } else {
            live.found(standing.expires_at, standing.last_seen_at);
        }
        account.found(standing.rights);
        Arc::new(Principal {
            user_id: standing.user_id,
            session_id: Some(live.session),
            token_id,
            expires_at,
            grant: standing.scopes,
            client: standing.client,
            account,
            hold: Hold::Session(live),
        })
    }
}
