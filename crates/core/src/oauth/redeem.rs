//! A code exchanged for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! Invariant: a code gives tokens once, to the application it was given for, which knows what only it can know. One that comes again
//! ends what was given for it: two parties hold it, and which is honest cannot be told (RFC 6749 §10.5).

use super::code::{self, AuthorizationCode};
use super::{OAuthClient, id_token};
use crate::audit::Deed;
use crate::change::{Change, Changes, OAuthChange};
use crate::client::Client;
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::SessionId;
use crate::port::{ApplyError, Conflict};
use crate::scope;
use crate::secret::Secret;
use crate::session::{EndReason, GivenIn, Session, SignedIn};
use crate::token::cookie;
use crate::token::refresh::RefreshToken;

/// How many characters the application's own secret has (RFC 7636 §4.1).
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// What an application brings.
#[derive(Debug)]
pub struct Redemption {
    /// The code.
    pub code: Secret<String>,
    /// Where the browser was sent with it; need not be told (OAuth 2.1 §10.2), and has to be right when it is.
    pub redirect_uri: Option<String>,
    /// The application's own secret, whose digest it sent through the browser.
    pub verifier: Secret<String>,
}

/// What an application is given.
#[derive(Debug)]
pub struct Given {
    /// Its tokens, and the session they hang on.
    pub tokens: SignedIn,
    /// Who has signed in, when that was asked for.
    pub id_token: Option<Secret<String>>,
}

/// What a code opens a session with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// Tokens, for an application.
    Tokens,
    /// A cookie, for a host that a proxy guards.
    Cookie,
}

impl Core {
    /// Tokens for the code that `who` brings, in a session of its own.
    ///
    /// # Errors
    /// - [`Code::InvalidGrant`]: the code is wrong, used, too old, of another application or address, or the login it came from has ended.
    /// - [`Code::TooManyAttempts`], [`Code::CheckUnavailable`], [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn redeem(
        &self,
        who: &OAuthClient,
        brought: &Redemption,
        client: &Client,
    ) -> Result<Given, Error> {
        let digest = code::read(brought.code.expose());
        let found = match &digest {
            Some(digest) => self.ports().store.code(digest).await?,
            None => None,
        };
        let Some(code) = found.filter(|code| code.client == who.id) else {
            return Err(self.count_false_token(Code::InvalidGrant, client).await);
        };
        if let Some(given) = code.given {
            return Err(self.end_given(given, client).await);
        }
        if !self.is_answered(&code, brought) {
            return Err(Code::InvalidGrant.into());
        }
        match self.exchange(who, &code, Opened::Tokens, client).await {
            Err(error) if error.code() == Code::Conflict => Err(self.why_stale(&code, client).await),
            other => other,
        }
    }

    /// A session with a cookie for the code that a browser brings back to a host of `who`. The browser may come again with the same code,
    /// as when it loads the page anew: it gets nothing then.
    ///
    /// # Errors
    /// As [`Core::redeem`].
    pub(crate) async fn redeem_for_cookie(
        &self,
        who: &OAuthClient,
        brought: &Redemption,
        client: &Client,
    ) -> Result<Option<SignedIn>, Error> {
        let found = match code::read(brought.code.expose()) {
            Some(digest) => self.ports().store.code(&digest).await?,
            None => None,
        };
        let Some(code) = found.filter(|code| code.client == who.id && self.is_answered(code, brought)) else {
            return Err(self.count_false_token(Code::InvalidGrant, client).await);
        };
        if code.given.is_some() {
            return Ok(None);
        }
        match self.exchange(who, &code, Opened::Cookie, client).await {
            Ok(given) => Ok(Some(given.tokens)),
            Err(error) if error.code() == Code::Conflict => {
                let code = self.ports().store.code(&code.digest).await?;
                code.and_then(|code| code.given).map(|_| None).ok_or_else(|| Code::InvalidGrant.into())
            }
            Err(error) => Err(error),
        }
    }

    fn is_answered(&self, code: &AuthorizationCode, brought: &Redemption) -> bool {
        let verifier = brought.verifier.expose();
        let is_in_time = self.now() < code.expires_at;
        let is_of_address = brought.redirect_uri.as_ref().is_none_or(|uri| *uri == code.redirect_uri);
        let is_verifier = VERIFIER_LENGTH.contains(&verifier.len())
            && verifier.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~".contains(&c));
        is_in_time && is_of_address && is_verifier && Digest::of(verifier.as_bytes()) == code.challenge
    }

    async fn exchange(
        &self,
        who: &OAuthClient,
        code: &AuthorizationCode,
        opened: Opened,
        client: &Client,
    ) -> Result<Given, Error> {
        let now = self.now();
        let login = match self.living_session(code.session, now).await {
            Ok(Some((login, _))) => login,
            Ok(None) => return Err(Code::InvalidGrant.into()),
            Err(error) if error.code() == Code::TokenRevoked => return Err(Code::InvalidGrant.into()),
            Err(error) => return Err(error),
        };
        let user = self.ports().store.user(login.user_id).await?.ok_or(Code::InvalidGrant)?;
        let id = SessionId::new(now, self.entropy());
        let refresh = RefreshToken::first(id, self.entropy());
        let (cookie, cookie_digest) =
            (opened == Opened::Cookie).then(|| cookie::issue(self.entropy())).unzip();
        let scopes = match opened {
            Opened::Tokens => Some(code.scopes.clone()),
            // Nothing but its host is opened by a cookie: it is good for what the login is.
            Opened::Cookie => login.scopes.clone(),
        };
        let session = Session {
            id,
            created_at: now,
            last_seen_at: now,
            expires_at: now + self.settings().sessions.absolute,
            refresh_digest: refresh.digest(),
            refresh_generation: 0,
            refreshed_at: now,
            cookie_digest,
            scopes,
            client: Some(who.id),
            given_in: Some(GivenIn { login: login.id, signed_in_at: login.created_at }),
            ..login.clone()
        };
        let grant = self.grant(&session, user.rights(), client).await?;
        let tokens = self.give_tokens(&session, &grant, &refresh, now)?;
        let id_token = match code.scopes.contains(scope::OPENID) {
            true => Some(self.id_token(code, &login, &tokens)?),
            false => None,
        };
        let open =
            Change::OpenSession { session: Box::new(session), password_version: user.password_version };
        let spend = OAuthChange::SpendCode { code: code.digest, given: id, at: now };
        let event =
            self.event(Deed::ClientSignedIn, client).about(user.id).because(format!("{} {id}", who.id));
        self.apply(Changes::from(spend).with(open).recorded(event)).await?;
        let mut tokens = self.show_signed_in(tokens, now).await;
        tokens.cookie = cookie;
        Ok(Given { tokens, id_token })
    }

    /// What follows for one who came in time and was late all the same: the code was used meanwhile, or the login has ended.
    async fn why_stale(&self, code: &AuthorizationCode, client: &Client) -> Error {
        match self.ports().store.code(&code.digest).await {
            Ok(found) => match found.and_then(|code| code.given) {
                Some(given) => self.end_given(given, client).await,
                None => Code::InvalidGrant.into(),
            },
            Err(fault) => fault.into(),
        }
    }

    /// Ends what was given for a code that came again.
    async fn end_given(&self, given: SessionId, client: &Client) -> Error {
        let user = match self.ports().store.session(given).await {
            Ok(Some(row)) => row.session.user_id,
            Ok(None) => return Code::InvalidGrant.into(),
            Err(fault) => return fault.into(),
        };
        let end = Change::EndSession { session: given, reason: EndReason::CodeReused, at: self.now() };
        let event = self.event(Deed::CodeReused, client).about(user).refused(Code::InvalidGrant);
        match self.apply(Changes::from(end).recorded(event.because(given.to_string()))).await {
            Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => {
                self.live().end(user, given);
                Code::InvalidGrant.into()
            }
            Err(fault) => fault.into(),
        }
    }

    fn id_token(
        &self,
        code: &AuthorizationCode,
        login: &Session,
        tokens: &SignedIn,
    ) -> Result<Secret<String>, Error> {
        let claims = id_token::Claims::new(code, login, tokens);
        id_token::sign(&self.keyring().now(), &self.settings(), &claims, self.now())
    }
}
