//! Signed out by an application's word (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Invariant: nobody is signed out by a link alone. An ID token that this server gave proves that an application speaks of its own
//! login; without one, the person says so on a page. Browsers are sent only to addresses that the application was registered with.

use super::id_token::{self, Hint};
use super::request::malformed;
use super::{Asked, OAuthClient};
use crate::change::OAuthChange;
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::{SessionId, UserId};
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;
use crate::session::EndReason;

/// Who wants to be signed out.
#[derive(Debug)]
pub struct LogOut {
    /// What was asked.
    pub asked: Asked,
    /// The session cookie of the browser.
    pub cookie: Option<Secret<String>>,
    /// Whether the person has said so, on a page of this server.
    pub is_confirmed: bool,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum LoggedOut {
    /// The person has to say so.
    Ask,
    /// It is done; `is_whole` when the browser's own session has ended, too.
    Done {
        /// Where the browser goes, and what the application wants to see again there.
        to: Option<(String, Option<String>)>,
        /// Whether the browser can forget its cookie.
        is_whole: bool,
    },
}

impl Core {
    /// Ends the session that the application was given, by its ID token, and that of the browser it is used in, with all that other
    /// applications were given in it.
    ///
    /// # Errors
    /// [`crate::Code::MalformedParameter`]: the ID token is none of this server, or the address is not one of the application's; nothing has
    /// ended then. [`crate::Code::StoreUnavailable`].
    pub async fn log_out(&self, wanted: &LogOut, client: &Client) -> Result<LoggedOut, Error> {
        let asked = &wanted.asked;
        let hint = asked.only("id_token_hint")?.map(|text| self.hint(text)).transpose()?;
        let to = match asked.only("post_logout_redirect_uri")? {
            Some(uri) => {
                let application = self.application_of(asked, hint.as_ref()).await?;
                let is_registered =
                    application.is_some_and(|app| app.post_logout_uris.iter().any(|known| known == uri));
                if !is_registered {
                    return Err(malformed(
                        "The application is not registered with this post_logout_redirect_uri.",
                    ));
                }
                Some((uri.to_owned(), asked.only("state")?.map(str::to_owned)))
            }
            None => None,
        };
        let browser = self.session_of_browser(wanted.cookie.as_ref()).await?;
        let browser = browser.map(|session| (session.user_id, session.id));
        if hint.is_none() && browser.is_some() && !wanted.is_confirmed {
            return Ok(LoggedOut::Ask);
        }
        // Somebody else may have signed in to the browser since.
        let own = browser.filter(|(user, _)| hint.as_ref().is_none_or(|hint| hint.sub == *user));
        if let Some(hint) = hint {
            self.end_if_alive(hint.sub, hint.sid, client).await?;
        }
        if let Some((user, session)) = own {
            self.end_if_alive(user, session, client).await?;
            self.end_given_in(session).await?;
        }
        Ok(LoggedOut::Done { to, is_whole: own.is_some() })
    }

    fn hint(&self, text: &str) -> Result<Hint, Error> {
        let found = id_token::read(&self.keyring().now(), &self.settings(), text, self.now());
        found.ok_or_else(|| malformed("id_token_hint is no ID token of this server."))
    }

    /// The application that asks.
    async fn application_of(&self, asked: &Asked, hint: Option<&Hint>) -> Result<Option<OAuthClient>, Error> {
        let named = asked.only("client_id")?;
        let id = match (hint, named) {
            (Some(hint), Some(named)) if hint.aud.to_string() != named => {
                return Err(malformed("id_token_hint is of another application."));
            }
            (Some(hint), _) => Some(hint.aud),
            (None, named) => named.and_then(|named| named.parse().ok()),
        };
        match id {
            Some(id) => Ok(self.ports().store.client(id).await?),
            None => Ok(None),
        }
    }

    /// Ends what other applications were given in the login of the browser: who leaves here leaves them all.
    async fn end_given_in(&self, login: SessionId) -> Result<(), Error> {
        let at = self.now();
        self.apply(OAuthChange::EndGivenIn { login, reason: EndReason::Logout, at }).await?;
        for (user, session) in self.ports().store.ended_since(at).await? {
            self.live().end(user, session);
        }
        Ok(())
    }

    async fn end_if_alive(&self, user: UserId, session: SessionId, client: &Client) -> Result<(), Error> {
        match self.end_one(user, session, EndReason::Logout, client).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Ok(()),
            other => Ok(other?),
        }
    }
}
