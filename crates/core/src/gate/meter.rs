//! What is counted once and for all: asked for by strangers, or wrong where an honest caller is never wrong.

use std::sync::Arc;

use crate::account::EmailAddress;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::mail::MailKind;
use crate::port::Quota;
use crate::principal::Principal;
use crate::settings::Limits;
use crate::time::Ttl;

/// Wrong codes of an app that an account bears: of a million codes three are good, so that a year of guesses finds one in a hundred.
const APP_CODES: Quota = Quota { burst: 20, refill: Ttl::from_minutes(60) };
/// Challenges for passkeys that one network asks for: enough for a house full of people before the page that asks who they are.
const CHALLENGES: Quota = Quota { burst: 300, refill: Ttl::from_millis(500) };

/// One thing that a network, an address or an account may do so often.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Meter<'a> {
    /// A new account, from one network.
    Registration,
    /// A mail that one network asks for, to any address.
    Mail,
    /// A mail of one kind to one address, whether it has an account or not.
    MailTo(MailKind, &'a EmailAddress),
    /// A mail of one kind that the owner of an account asks for.
    OwnMail(MailKind, UserId),
    /// A code that one network tries, for whatever address.
    Code,
    /// A code of an authenticator app, for one account from anywhere.
    AppCode(UserId),
    /// A token or key that nobody was given, from one network.
    FalseToken,
    /// A challenge for a login with a passkey, from one network.
    PasskeyChallenge,
}

impl Meter<'_> {
    fn key(self, client: &Client) -> String {
        match self {
            Self::Registration => format!("register//{}", client.network()),
            Self::Mail => format!("mail//{}", client.network()),
            Self::MailTo(kind, to) => format!("mail/{kind}/{}", to.key()),
            Self::OwnMail(kind, user) => format!("mail/{kind}/{user}"),
            Self::Code => format!("code//{}", client.network()),
            Self::AppCode(user) => format!("app/{user}"),
            Self::FalseToken => format!("false//{}", client.network()),
            Self::PasskeyChallenge => format!("passkey//{}", client.network()),
        }
    }

    const fn quota(self, limits: &Limits) -> Quota {
        match self {
            Self::Registration => limits.register_per_network,
            Self::Mail => limits.mail_per_network,
            Self::MailTo(..) | Self::OwnMail(..) => limits.mail_per_address,
            Self::Code => limits.codes_per_network,
            Self::AppCode(_) => APP_CODES,
            Self::FalseToken => limits.false_tokens_per_network,
            Self::PasskeyChallenge => CHALLENGES,
        }
    }
}

impl Core {
    /// Takes one place of `meter`.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`].
    pub(crate) async fn pass(&self, meter: Meter<'_>, client: &Client) -> Result<(), Error> {
        let (key, quota) = (meter.key(client), meter.quota(&self.settings().limits));
        match self.ports().limiter.reserve(&key, quota, self.now()).await {
            Ok(()) => Ok(()),
            Err(limited) => {
                self.tell_of_limit(&key, None, client).await;
                Err(limited.into())
            }
        }
    }

    /// Gives back a place of `meter` that nothing came of.
    pub(crate) async fn hand_back(&self, meter: Meter<'_>, client: &Client) {
        let (key, quota) = (meter.key(client), meter.quota(&self.settings().limits));
        self.ports().limiter.give_back(&key, quota, self.now()).await;
    }

    /// Counts a token or key that nobody was given.
    ///
    /// Gives `code`, or [`Code::TooManyAttempts`] to a network that goes on presenting such ones.
    pub(crate) async fn count_false_token(&self, code: Code, client: &Client) -> Error {
        self.pass(Meter::FalseToken, client).await.err().unwrap_or_else(|| code.into())
    }

    /// The caller with this token or API key; one that nobody was given is counted.
    ///
    /// # Errors
    /// As [`Core::authenticate`]; [`Code::TooManyAttempts`] for a network that goes on presenting false ones.
    pub async fn authenticate_from(&self, bearer: &[u8], client: &Client) -> Result<Arc<Principal>, Error> {
        match self.authenticate(bearer).await {
            Err(error) if error.code() == Code::TokenInvalid => {
                Err(self.count_false_token(Code::TokenInvalid, client).await)
            }
            other => other,
        }
    }

    /// As [`Core::authenticate_from`], with [`Core::authenticate_any`].
    ///
    /// # Errors
    /// As [`Core::authenticate_any`]; [`Code::TooManyAttempts`].
    pub async fn authenticate_any_from(
        &self,
        bearer: &[u8],
        client: &Client,
    ) -> Result<Arc<Principal>, Error> {
        match self.authenticate_any(bearer).await {
            Err(error) if error.code() == Code::TokenInvalid => {
                Err(self.count_false_token(Code::TokenInvalid, client).await)
            }
            other => other,
        }
    }

    /// As [`Core::authenticate_from`], for API keys alone.
    ///
    /// # Errors
    /// As [`Core::authenticate_key`]; [`Code::TooManyAttempts`].
    pub async fn authenticate_key_from(&self, key: &str, client: &Client) -> Result<Arc<Principal>, Error> {
        match self.authenticate_key(key).await {
            Err(error) if error.code() == Code::TokenInvalid => {
                Err(self.count_false_token(Code::TokenInvalid, client).await)
            }
            other => other,
        }
    }
}
