//! From the request that a browser brings to the code it takes back (RFC 6749 §4.1, OpenID Connect Core §3.1.2).

use super::code::{self, AuthorizationCode};
use super::request::Wish;
use super::{Asked, OAuthClient};
use crate::change::{Changes, OAuthChange};
use crate::core::Core;
use crate::error::{Code, Error};
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::session::Session;
use crate::time::{Timestamp, Ttl};

/// Where the answer goes.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The application.
    pub client: OAuthClient,
    /// Its address, as the request has it.
    pub redirect_uri: String,
    /// What the application wants to see again.
    pub state: Option<String>,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// Whoever sits there has to sign in.
    SignIn(Destination),
    /// The owner has to say whether the application may have what it asks for.
    Ask(Box<Question>),
    /// The browser goes back to the application.
    Return(Answer),
}

/// What the owner is asked.
#[derive(Debug)]
pub struct Question {
    /// Who asks.
    pub to: Destination,
    /// The name of whoever is signed in.
    pub account: String,
    /// What each thing that is asked for allows.
    pub allows: Vec<String>,
    /// Proves that this question was asked in this session: see [`super::consent`].
    pub seal: Secret<String>,
}

/// What the application is told.
#[derive(Debug)]
pub struct Answer {
    /// Where.
    pub to: Destination,
    /// A code, or why there is none.
    pub outcome: Result<Secret<String>, Error>,
}

impl Destination {
    pub(super) fn refuse(self, why: impl Into<Error>) -> Step {
        Step::Return(Answer { to: self, outcome: Err(why.into()) })
    }
}

impl Wish {
    /// Whether the login that opened `session` is young enough.
    fn is_content_with(&self, session: &Session, now: Timestamp) -> bool {
        // To the second, as `auth_time` is told.
        let is_young = |max: Ttl| {
            (now.as_seconds() - session.created_at.as_seconds()).saturating_mul(1_000) <= max.as_millis()
        };
        !self.prompt.login && self.max_age.is_none_or(is_young)
    }
}

impl Core {
    /// What comes next for a browser with this session cookie, if it has one, that brings `asked`.
    ///
    /// # Errors
    /// What has to be told to the person: as [`Core::destination`].
    pub async fn authorize(&self, asked: &Asked, cookie: Option<&Secret<String>>) -> Result<Step, Error> {
        let to = self.destination(asked).await?;
        let wish = match self.wish(asked, &to) {
            Ok(wish) => wish,
            Err(why) => return Ok(to.refuse(why)),
        };
        let session = self.session_of_browser(cookie).await?;
        let Some(session) = session.filter(|session| wish.is_content_with(session, self.now())) else {
            return Ok(if wish.prompt.is_silent { to.refuse(Code::LoginRequired) } else { Step::SignIn(to) });
        };
        if self.is_agreed(&to.client, &session, &wish).await? {
            return self.give_code(to, wish, &session, Changes::new()).await;
        }
        if wish.prompt.is_silent {
            return Ok(to.refuse(Code::ConsentRequired));
        }
        Ok(Step::Ask(Box::new(self.question(asked, to, &wish, &session).await?)))
    }

    /// The living session of the browser with this cookie.
    pub(super) async fn session_of_browser(
        &self,
        cookie: Option<&Secret<String>>,
    ) -> Result<Option<Session>, Error> {
        let Some(cookie) = cookie else { return Ok(None) };
        let found = match self.authenticate_cookie(cookie.expose()).await {
            Ok(who) => match who.session_id {
                Some(id) => self.living_session(id, self.now()).await,
                None => Ok(None),
            },
            Err(refused) => Err(refused),
        };
        match found {
            Ok(found) => Ok(found.map(|(session, _)| session)),
            // A cookie that counts no more is no cookie.
            Err(error) => match error.code() {
                Code::TokenInvalid | Code::TokenExpired | Code::TokenRevoked => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Whether nobody has to be asked.
    async fn is_agreed(&self, client: &OAuthClient, session: &Session, wish: &Wish) -> Result<bool, Error> {
        if wish.prompt.consent {
            return Ok(false);
        }
        if client.is_trusted {
            return Ok(true);
        }
        let agreed = self.ports().store.consent(session.user_id, client.id).await?;
        Ok(agreed.is_some_and(|agreed| wish.scopes.is_within(&agreed)))
    }

    async fn question(
        &self,
        asked: &Asked,
        to: Destination,
        wish: &Wish,
        session: &Session,
    ) -> Result<Question, Error> {
        let user = self.ports().store.user(session.user_id).await?.ok_or(Code::TokenRevoked)?;
        let known = self.scopes();
        let allows = |scope: &str| {
            let of_person = scope::OF_PERSON.iter().find(|(name, _)| *name == scope).map(|(_, about)| *about);
            let about = of_person.or_else(|| known.get(scope).map(String::as_str)).unwrap_or(scope);
            about.to_owned()
        };
        Ok(Question {
            account: user.username.as_ref().map_or(user.email.as_str(), |name| name.as_str()).to_owned(),
            allows: wish.scopes.iter().map(allows).collect(),
            seal: self.consent_key().seal(session.id, asked),
            to,
        })
    }

    /// A code for the application, kept together with `more`.
    pub(super) async fn give_code(
        &self,
        to: Destination,
        wish: Wish,
        session: &Session,
        more: Changes,
    ) -> Result<Step, Error> {
        let key = format!("codes/{}", session.id);
        self.ports().limiter.reserve(&key, code::PER_SESSION, self.now()).await?;
        let (text, digest) = code::issue(self.entropy());
        let code = AuthorizationCode {
            digest,
            client: to.client.id,
            session: session.id,
            redirect_uri: to.redirect_uri.clone(),
            challenge: wish.challenge,
            nonce: wish.nonce,
            scopes: within_login(&wish.scopes, session),
            expires_at: self.now() + code::LIFE,
            given: None,
        };
        self.apply(Changes::from(OAuthChange::AddCode(Box::new(code))).and(more)).await?;
        Ok(Step::Return(Answer { to, outcome: Ok(text) }))
    }
}

/// What a session that may do less than its account can pass on of `asked`.
fn within_login(asked: &Scopes, session: &Session) -> Scopes {
    let may = |scope: &&str| {
        scope::is_of_person(scope) || session.scopes.as_ref().is_none_or(|login| login.contains(scope))
    };
    asked.iter().filter(may).collect()
}
