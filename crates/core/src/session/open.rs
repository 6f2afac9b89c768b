//! A new session, and the tokens that its owner is given.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::{Rights, User};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::session::Session;
use crate::time::{Timestamp, Ttl};
use crate::token::access::{self, AccessClaims, Holder};
use crate::token::cookie;
use crate::token::refresh::RefreshToken;

/// What somebody is given who has proved who they are.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose account it is.
    pub user_id: UserId,
    /// The session that was opened or gone on with.
    pub session_id: SessionId,
    /// A JWT for the services.
    pub access_token: Secret<String>,
    /// How long the access token lives.
    pub access_ttl: Ttl,
    /// What the access token is good for.
    pub scopes: Scopes,
    /// What the next access token is fetched with.
    pub refresh_token: Secret<String>,
    /// The end of the session that no refresh moves.
    pub session_expires_at: Timestamp,
    /// The value of the browser's cookie, when one was asked for.
    pub cookie: Option<Secret<String>>,
    /// What the next login from this device is known by; `None` while the one it has is good for a while.
    pub device: Option<Secret<String>>,
}

/// An access token by itself.
#[derive(Debug, Clone)]
pub struct FreshAccess {
    /// Whose account it is.
    pub user_id: UserId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// A JWT for the services.
    pub token: Secret<String>,
    /// How long it lives.
    pub ttl: Ttl,
    /// What it is good for.
    pub scopes: Scopes,
}

impl From<SignedIn> for FreshAccess {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn { user_id, session_id, access_token, access_ttl, scopes, .. } = signed_in;
        Self { user_id, session_id, token: access_token, ttl: access_ttl, scopes }
    }
}

/// How the session is wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionWish {
    /// With a session cookie beside the tokens.
    pub(crate) cookie: bool,
    /// For these scopes at most.
    pub(crate) scopes: Option<Scopes>,
    /// Whether what was proved is enough for an account that has a second factor; it is asked for otherwise.
    pub(crate) has_both_factors: bool,
    /// What happens in the same write set.
    pub(crate) also: Changes,
}

/// What an access token will say beyond whose it is.
#[derive(Debug)]
pub(crate) struct Grant {
    /// What the account may do.
    rights: Rights,
    /// The claims that a hook has added.
    added: BTreeMap<String, Value>,
}

impl Core {
    /// Opens a session for `user`, whose password of the version at hand has just been proved.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] when the password was changed or the account disabled meanwhile;
    /// [`crate::Code::CheckUnavailable`], [`crate::Code::StoreUnavailable`].
    pub(crate) async fn open_session(
        &self,
        user: &User,
        client: &Client,
        wish: SessionWish,
    ) -> Result<SignedIn, Error> {
        let now = self.now();
        let id = SessionId::new(now, self.entropy());
        let refresh = RefreshToken::first(id, self.entropy());
        let (cookie, cookie_digest) = wish.cookie.then(|| cookie::issue(self.entropy())).unzip();
        let session = Session {
            id,
            user_id: user.id,
            created_at: now,
            last_seen_at: now,
            expires_at: now + self.settings().sessions.absolute,
            user_agent: client.user_agent.clone(),
            address: client.address_text(),
            network: client.network(),
            refresh_digest: refresh.digest(),
            refresh_generation: 0,
            refreshed_at: now,
            cookie_digest,
            scopes: wish.scopes,
            client: None,
            given_in: None,
            ended_at: None,
            end_reason: None,
        };
        let grant = self.grant(&session, user.rights(), client).await?;
        let mut signed_in = self.give_tokens(&session, &grant, &refresh, now)?;
        signed_in.cookie = cookie;
        let open =
            Change::OpenSession { session: Box::new(session), password_version: user.password_version };
        let event = self.event(Deed::LoginSucceeded, client).by_owner(user.id).because(id.to_string());
        self.apply(wish.also.with(open).recorded(event)).await?;
        Ok(self.show_signed_in(signed_in, now).await)
    }

    /// What goes into the access tokens of `session` now. Asked for before anything changes: a hook may have to be asked.
    ///
    /// # Errors
    /// [`Code::CheckUnavailable`]; [`Code::StoreUnavailable`] where tokens tell of the account.
    pub(crate) async fn grant(
        &self,
        session: &Session,
        rights: Rights,
        client: &Client,
    ) -> Result<Grant, Error> {
        let mut added = self.added_claims(session.user_id, session.id, client).await?;
        if self.settings().tokens.tells_account {
            let user = self.ports().store.user(session.user_id).await?.ok_or(Code::TokenRevoked)?;
            added.extend(about(&user));
        }
        Ok(Grant { rights, added })
    }

    /// A fresh access token of `session` beside `refresh`. The access token never outlives the session.
    pub(crate) fn give_tokens(
        &self,
        session: &Session,
        grant: &Grant,
        refresh: &RefreshToken,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let access = self.give_access(session, grant, now)?;
        Ok(SignedIn {
            user_id: access.user_id,
            session_id: access.session_id,
            access_token: access.token,
            access_ttl: access.ttl,
            scopes: access.scopes,
            refresh_token: refresh.to_text(),
            session_expires_at: session.expires_at,
            cookie: None,
            device: None,
        })
    }

    /// A fresh access token of `session`, which it never outlives.
    pub(crate) fn give_access(
        &self,
        session: &Session,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<FreshAccess, Error> {
        let settings = self.settings();
        let expires_at = session.expires_at.min(now + settings.tokens.access_ttl);
        let scopes = self.granted(&grant.rights, session.scopes.as_ref());
        let mut added = grant.added.clone();
        if settings.tokens.tells_account {
            added.insert("scopes".to_owned(), scopes.iter().collect());
        }
        let claims = AccessClaims {
            holder: Holder::Account(session.user_id, session.id),
            client: session.client,
            expires_at,
            scope: scopes.to_string(),
            added,
        };
        let access_token = access::sign(&self.keyring().now(), &settings, &claims, now, self.entropy())?;
        Ok(FreshAccess {
            user_id: session.user_id,
            session_id: session.id,
            token: Secret::new(access_token),
            ttl: expires_at.since(now),
            scopes,
        })
    }

    /// The last sign of life of `session`, also one that has not been written yet.
    pub(crate) fn last_seen(&self, session: &Session) -> Timestamp {
        let live = self.live().find(session.user_id, session.id);
        live.map_or(session.last_seen_at, |live| live.last_seen_at().max(session.last_seen_at))
    }
}

/// What tokens tell of the account, for services that read these names.
fn about(user: &User) -> [(String, Value); 3] {
    let name = user.username.as_ref().map_or(user.email.as_str(), |name| name.as_str());
    [
        ("user_id".to_owned(), user.id.to_string().into()),
        ("username".to_owned(), name.into()),
        ("token_type".to_owned(), "access".into()),
    ]
}
