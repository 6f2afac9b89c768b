//! Who is asking, as a verified credential proves it, and what they may do.
//!
//! A principal is remembered with its credential; what it may do is asked of the account anew at each request.

use std::sync::Arc;

use crate::account::{LiveAccount, Rights};
use crate::api_key::LiveKey;
use crate::audit::{AuditEvent, Deed};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ApiKeyId, ClientId, SessionId, TokenId, UserId};
use crate::oauth::LiveClient;
use crate::scope::{self, Scopes};
use crate::session::Live;
use crate::time::{Timestamp, Ttl};

/// A caller who has proved who they are.
#[derive(Debug)]
pub struct Principal {
    /// Whose account it is.
    pub user_id: UserId,
    /// The session the credential belongs to; `None` for an API key, and for one who acts without login because
    /// authentication is off.
    pub session_id: Option<SessionId>,
    /// The access token, when the credential is one.
    pub(crate) token_id: Option<TokenId>,
    /// When the credential itself ends; its session may end before.
    pub expires_at: Timestamp,
    /// What the credential may be used for at most; `None`: whatever the account may.
    pub(crate) grant: Option<Scopes>,
    /// The application that the credential was given to; `None` for its owner's own.
    pub client: Option<ClientId>,
    pub(crate) account: Arc<LiveAccount>,
    pub(crate) hold: Hold,
}

/// What the credential hangs on.
#[derive(Debug)]
pub(crate) enum Hold {
    /// Authentication is off.
    Nothing,
    /// The command line, which runs the server and is nobody's account.
    CommandLine,
    Session(Arc<Live>),
    Key(Arc<LiveKey>),
    /// An application by itself: it is nobody's account.
    Client {
        live: Arc<LiveClient>,
        given_at: Timestamp,
        name: Arc<str>,
    },
}

impl Principal {
    /// Whether the account runs the server, and the credential is good for all that it may do.
    pub fn is_superuser(&self) -> bool {
        self.grant.is_none() && self.account.is_superuser()
    }

    /// Whether the credential is good for less than the account may do.
    pub const fn is_narrowed(&self) -> bool {
        self.grant.is_some()
    }

    /// Whose account acts; `None` for the command line.
    pub fn actor(&self) -> Option<UserId> {
        (!matches!(self.hold, Hold::CommandLine)).then_some(self.user_id)
    }

    /// When the credential ends by itself; `None`: never.
    pub fn ends_at(&self) -> Option<Timestamp> {
        Some(self.expires_at).filter(|end| *end != Timestamp::NEVER)
    }

    /// The API key, when the credential is one.
    pub fn key_id(&self) -> Option<ApiKeyId> {
        match &self.hold {
            Hold::Key(live) => Some(live.key),
            _ => None,
        }
    }

    /// Lets only those on who run the server.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn require_superuser(&self) -> Result<(), Error> {
        self.is_superuser().then_some(()).ok_or_else(|| Error::from(Code::Forbidden))
    }

    /// Lets a credential on that is good for all that its account may do, or was made for what `scope` names: one of
    /// [`crate::scope::OF_ALL`].
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn require_of_all(&self, scope: &str) -> Result<(), Error> {
        match &self.grant {
            Some(grant) if !grant.contains(scope) => {
                Err(Error::new(Code::Forbidden, format!("This needs the scope {scope}.")))
            }
            _ => Ok(()),
        }
    }

    /// Lets no API key on: a key must not give itself a longer life or a new password.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn refuse_key(&self) -> Result<(), Error> {
        match self.hold {
            Hold::Key(_) => Err(Error::new(Code::Forbidden, "An API key cannot do this; sign in.")),
            _ => Ok(()),
        }
    }

    /// Lets no application on: what only the owner of an account may do is not theirs, whatever they were given.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn refuse_client(&self) -> Result<(), Error> {
        match self.client {
            Some(_) => Err(Error::new(Code::Forbidden, "The token of an application does not open this.")),
            None => Ok(()),
        }
    }

    /// The name of the application, when it acts by itself.
    pub(crate) fn application(&self) -> Option<&Arc<str>> {
        match &self.hold {
            Hold::Client { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Lets no application on that acts by itself: what belongs to an account, it has not.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn require_account(&self) -> Result<(), Error> {
        match self.hold {
            Hold::Client { .. } => Err(Error::new(
                Code::Forbidden,
                "An application by itself cannot do this: it is nobody's account.",
            )),
            _ => Ok(()),
        }
    }

    /// Notes that the credential was used.
    ///
    /// # Errors
    /// [`crate::Code::TokenRevoked`] when its session has ended, or its key was revoked.
    pub(crate) fn see(&self, now: Timestamp, idle: Ttl) -> Result<(), Error> {
        match &self.hold {
            Hold::Session(live) => live.see(now, idle),
            Hold::Key(live) if self.account.is_active() => live.see(now),
            Hold::Key(_) => Err(Code::TokenRevoked.into()),
            Hold::Client { live, given_at, .. } => live.see(*given_at),
            Hold::Nothing | Hold::CommandLine => Ok(()),
        }
    }
}

impl Core {
    /// Whoever has the command line, and with it the database: may do everything, and is nobody's account.
    pub fn command_line(&self) -> Principal {
        let account = Arc::new(LiveAccount::default());
        account.found(Rights { is_active: true, is_superuser: true, ..Rights::default() });
        Principal {
            user_id: UserId::from_bytes([0; 16]),
            session_id: None,
            token_id: None,
            expires_at: self.now(),
            grant: None,
            client: None,
            account,
            hold: Hold::CommandLine,
        }
    }

    /// An audit line of this moment about what `who` does.
    pub(crate) fn event_by(&self, deed: Deed, who: &Principal, client: &Client) -> AuditEvent {
        let mut event = self.event(deed, client);
        event.actor = who.actor();
        event
    }

    /// Lets only those on who may do what `scope` names, one of [`crate::scope`] or of the configuration.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn require(&self, who: &Principal, scope: &str) -> Result<(), Error> {
        let is_granted = who.grant.as_ref().is_none_or(|grant| grant.contains(scope));
        if is_granted
            && (who.application().is_some() || self.role_book().allows(&who.account.rights(), scope))
        {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, format!("This needs the scope {scope}.")))
    }

    /// What an account with `rights` may do by a credential that was given for `grant` at most, and what the credential tells of it.
    pub(crate) fn granted(&self, rights: &Rights, grant: Option<&Scopes>) -> Scopes {
        let held = self.role_book().scopes_of(rights);
        let Some(grant) = grant else { return held };
        grant.iter().filter(|scope| held.contains(scope) || scope::is_of_person(scope)).collect()
    }

    /// Whether the caller may give `scopes` to a credential of their own.
    pub(crate) fn may_pass_on(&self, who: &Principal, scopes: &Scopes) -> bool {
        let held = self.scopes_of(who);
        let is_granted = |scope: &str| who.grant.as_ref().is_none_or(|grant| grant.contains(scope));
        scopes.iter().all(|scope| held.contains(scope) || scope::is_of_all(scope) && is_granted(scope))
    }

    /// What the caller may do at this moment: what the account may, as far as the credential goes.
    pub fn scopes_of(&self, who: &Principal) -> Scopes {
        match (who.application(), &who.grant) {
            (Some(_), Some(grant)) => grant.clone(),
            _ => self.granted(&who.account.rights(), who.grant.as_ref()),
        }
    }
}
