//! Applications are told that what they were given has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Whatever ends a session queues a notice for its application in the same transaction, if that wants to hear of it: no rule can
//! forget to. Whoever delivers takes one for a while, posts its logout token, and says how it went; one that nobody speaks of again is
//! due once more. An application may be told twice, and is told as long as there is sense in it.
//!
//! Does not call anybody: the server's `outside` does. Invariant: a notice is in one caller's hands at a time.

use serde::Serialize;

use crate::audit::Deed;
use crate::change::{Changes, LogoutChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::{ClientId, SessionId, TokenId, UserId};
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};

/// The type of a logout token (§2.4): no other kind of token passes for one.
const TYP: &str = "logout+jwt";
/// How long a logout token is good: each attempt takes a new one.
const LIFE: Ttl = Ttl::from_minutes(2);
/// How long whoever took a notice may be busy with it.
const HELD: Ttl = Ttl::from_seconds(30);
/// The shortest wait for the next attempt; it is as long as the session has been over,
const SHORTEST_WAIT: Ttl = Ttl::from_seconds(5);
/// up to this one.
const LONGEST_WAIT: Ttl = Ttl::from_minutes(60);
/// An application that cannot be told for so long is not told any more.
const GIVEN_UP: Ttl = Ttl::from_days(2);

/// What an application has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The session that has ended.
    pub session: SessionId,
    /// Whose it was.
    pub user: UserId,
    /// The application that was given it.
    pub client: ClientId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When the application is to be told.
    pub due_at: Timestamp,
}

/// A call that has to be made now.
#[derive(Debug)]
pub struct LogoutCall {
    /// What it tells.
    pub notice: LogoutNotice,
    /// Where.
    pub uri: String,
    /// The logout token.
    pub token: Secret<String>,
}

/// Why an application could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// Nobody answered: there is no sense in telling it something else now.
    Silent,
    /// It answered that it would not have it.
    Refused,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: UserId,
    aud: ClientId,
    iat: i64,
    exp: i64,
    jti: TokenId,
    sid: SessionId,
    events: Events,
}

/// What the token tells: the name of the event, with nothing more to say of it.
#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

impl Core {
    /// Up to `limit` notices that are due, longest due first.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn due_logouts(&self, limit: u32) -> Result<Vec<LogoutNotice>, Error> {
        Ok(self.ports().store.due_logouts(self.now(), limit).await?)
    }

    /// Takes `notice` and says what call has to be made; `None` when somebody else has it, or nobody wants to be told any more.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn take_logout(&self, notice: LogoutNotice) -> Result<Option<LogoutCall>, Error> {
        let (session, due_at, now) = (notice.session, notice.due_at, self.now());
        if !self.holds(LogoutChange::Take { session, due_at, until: now + HELD }.into()).await? {
            return Ok(None);
        }
        let found = self.ports().store.client(notice.client).await?;
        let Some(uri) = found.and_then(|client| client.logout_uri) else {
            self.holds(LogoutChange::Drop { session }.into()).await?;
            return Ok(None);
        };
        let claims = Claims {
            iss: &self.settings().issuer,
            sub: notice.user,
            aud: notice.client,
            iat: now.as_seconds(),
            exp: (now + LIFE).as_seconds(),
            jti: TokenId::new(now, self.entropy()),
            sid: session,
            events: Events { logout: Nothing {} },
        };
        let token = self.keyring().now().sign(TYP, &claims, now)?;
        Ok(Some(LogoutCall { notice, uri, token: Secret::new(token) }))
    }

    /// Notes that the application has been told.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`]: it will be told once more.
    pub async fn logout_was_told(&self, notice: &LogoutNotice) -> Result<(), Error> {
        self.holds(LogoutChange::Drop { session: notice.session }.into()).await.map(drop)
    }

    /// Notes that the application could not be told. Says whether it is tried again: not when it could not be told for days.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`]: it is tried again all the same.
    pub async fn logout_was_not_told(&self, notice: &LogoutNotice, why: Untold) -> Result<bool, Error> {
        let (session, now) = (notice.session, self.now());
        let age = now.since(notice.ended_at);
        if age >= GIVEN_UP {
            let event = self.event(Deed::LogoutUntold, &Client::default()).about(notice.user);
            let event = event.because(format!("{} {session}", notice.client));
            self.holds(Changes::from(LogoutChange::Drop { session }).recorded(event)).await?;
            return Ok(false);
        }
        let due_at = now + age.max(SHORTEST_WAIT).min(LONGEST_WAIT);
        self.holds(LogoutChange::Postpone { session, due_at }.into()).await?;
        if why == Untold::Silent {
            let rest = LogoutChange::PostponeClient { client: notice.client, due_at: now + SHORTEST_WAIT };
            self.holds(rest.into()).await?;
        }
        Ok(true)
    }

    /// Whether a guarded change found its row as it was.
    async fn holds(&self, changes: Changes) -> Result<bool, Error> {
        match self.apply(changes).await {
            Ok(()) => Ok(true),
            Err(ApplyError::Conflict(Conflict::Stale)) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }
}
