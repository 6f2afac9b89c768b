//! Login by a provider: Doorward's own password, or whatever else was built in.
//!
//! Invariant: an identity from outside is the pair of provider and subject. Its address is no proof: where another account has it,
//! the login is refused and nothing is linked.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::account::{EmailAddress, LoginName, Profile, User, Username};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Claim;
use crate::login::LoginAttempt;
use crate::port::{AuthFault, AuthProvider, Begin, ComesBackTo, LoginAnswer, LoginStart, ProvenIdentity};
use crate::secret::Secret;
use crate::session::SessionWish;
use crate::session::SignedIn;

/// Doorward's own provider.
const PASSWORD: &str = "password";
/// What is asked for by it.
const FIELDS: [&str; 2] = ["identifier", "password"];
/// What a device is known by, beside them.
const DEVICE: &str = "device_token";
/// The longest name a provider can give, in bytes.
const SUBJECT_MAX: usize = 255;
/// Numbers that are put behind a user name until it is free.
const NAMES_TRIED: u32 = 20;

/// Somebody has answered what a provider asks for.
#[derive(Debug, Default)]
pub struct ProviderAttempt {
    /// The provider's name.
    pub provider: String,
    /// The answers by the names of their fields.
    pub fields: BTreeMap<String, Secret<String>>,
    /// Where the browser has come back to, if it was sent away. One that has come to a page gets a session cookie.
    pub came_back_to: ComesBackTo,
}

/// The password that Doorward keeps, as one provider among others.
#[derive(Debug)]
struct ByPassword<'a>(&'a Core);

#[async_trait]
impl AuthProvider for ByPassword<'_> {
    fn id(&self) -> &str {
        PASSWORD
    }

    async fn begin(&self, _: &LoginStart) -> Result<Begin, AuthFault> {
        Ok(Begin::Ask(FIELDS.map(str::to_owned).to_vec()))
    }

    async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
        let text = |name| answer.field(name).unwrap_or_default().to_owned();
        let attempt = LoginAttempt {
            identifier: text("identifier"),
            password: Secret::new(text("password")),
            wants_cookie: false,
            replaced_cookie: None,
            scope: None,
            captcha: answer.field("captcha").map(str::to_owned),
            device: answer.field(DEVICE).map(|token| Secret::new(token.to_owned())),
        };
        let proved = self.0.prove_identity(&attempt, &answer.client).await;
        Ok(ProvenIdentity::Account(proved.map_err(Box::new)?.0.id))
    }
}

impl Core {
    /// The names of the providers, Doorward's own first.
    pub fn providers(&self) -> Vec<String> {
        let others = self.ports().outside.providers.iter().map(|provider| provider.id().to_owned());
        std::iter::once(PASSWORD.to_owned()).chain(others).collect()
    }

    /// What has to be asked of somebody who wants to come in by `provider`.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such provider; [`Code::CheckUnavailable`]; whatever the provider refuses with.
    pub async fn begin_login(&self, provider: &str, start: &LoginStart) -> Result<Begin, Error> {
        let begun = match self.provider(provider)? {
            None => ByPassword(self).begin(start).await,
            Some(other) => other.begin(start).await,
        };
        begun.map_err(refusal)
    }

    /// Opens a session for whoever the provider recognises by these answers; makes the account at the first time.
    ///
    /// # Errors
    /// - [`Code::NotFound`] when there is no such provider.
    /// - [`Code::InvalidCredentials`]: the answers prove nothing.
    /// - [`Code::RegistrationClosed`], [`Code::EmailTaken`], [`Code::InvalidEmail`]: there is no account yet and none can be made.
    /// - [`Code::AccountDisabled`], [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::CheckUnavailable`],
    ///   [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn finish_login(&self, attempt: ProviderAttempt, client: &Client) -> Result<SignedIn, Error> {
        let ProviderAttempt { provider, fields, came_back_to } = attempt;
        let provider = provider.as_str();
        let answer = LoginAnswer { fields, client: client.clone(), came_back_to };
        let proved = match self.provider(provider)? {
            None => ByPassword(self).finish(&answer).await,
            Some(other) => self.ask_other(&*other, &answer, client).await?,
        };
        let user = match proved {
            Ok(identity) => self.owner(provider, identity, false, client).await?,
            Err(AuthFault::Refused) => None,
            Err(fault) => return Err(refusal(fault)),
        };
        let Some(user) = user else {
            return Err(self.note_failure(None, Code::InvalidCredentials, client).await);
        };
        let wish = SessionWish { cookie: came_back_to == ComesBackTo::Page, ..wish_of(provider) };
        let mut signed_in = self.let_in(&user, wish, client).await?;
        if provider == PASSWORD {
            signed_in.device = self.next_device(&user, answer.fields.get(DEVICE));
        }
        Ok(signed_in)
    }

    /// Opens a session for whoever `provider` calls `identity`, as somebody has made sure who speaks for it; makes the account at
    /// the first time, with `wants_name` under a user name that is taken from its address.
    ///
    /// # Errors
    /// As [`Core::finish_login`].
    pub async fn login_as(
        &self,
        provider: &str,
        identity: ProvenIdentity,
        wants_name: bool,
        client: &Client,
    ) -> Result<SignedIn, Error> {
        match self.owner(provider, identity, wants_name, client).await? {
            Some(user) => self.let_in(&user, wish_of(provider), client).await,
            None => Err(self.note_failure(None, Code::InvalidCredentials, client).await),
        }
    }

    /// Whose account it is; it is made at the first time.
    async fn owner(
        &self,
        provider: &str,
        identity: ProvenIdentity,
        wants_name: bool,
        client: &Client,
    ) -> Result<Option<User>, Error> {
        let (subject, email, is_verified, name) = match identity {
            ProvenIdentity::Account(id) => return Ok(self.ports().store.user(id).await?),
            ProvenIdentity::Outside { subject, email, is_email_verified, name } => {
                (subject, email, is_email_verified, name)
            }
        };
        if let Some(user) = self.ports().store.user_by_identity(provider, &subject).await? {
            return Ok(Some(user));
        }
        let email = EmailAddress::parse(&email)?;
        let profile = Profile { name, ..Profile::default() };
        let username = if wants_name { self.free_name(&email).await? } else { None };
        let new = User { username, ..self.passwordless_user(email, is_verified, profile)? };
        self.add_identity((provider, subject), new, client).await.map(Some)
    }

    /// A user name that nobody has: the part of the address before the `@`, perhaps with a number.
    async fn free_name(&self, email: &EmailAddress) -> Result<Option<Username>, Error> {
        for number in 0..NAMES_TRIED {
            let number = if number == 0 { String::new() } else { number.to_string() };
            let Ok(name) = Username::parse(&format!("{}{number}", email.local_part())) else {
                return Ok(None);
            };
            let key = LoginName::Username(name.key().to_owned());
            if self.ports().store.user_by_name(&key).await?.is_none() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The provider of this name; `None` for Doorward's own.
    fn provider(&self, id: &str) -> Result<Option<Arc<dyn AuthProvider>>, Error> {
        if id == PASSWORD {
            return Ok(None);
        }
        let found = self.ports().outside.providers.iter().find(|provider| provider.id() == id);
        found.cloned().map(Some).ok_or_else(|| Code::NotFound.into())
    }

    /// Asks a provider that keeps no count of its own.
    async fn ask_other(
        &self,
        provider: &dyn AuthProvider,
        answer: &LoginAnswer,
        client: &Client,
    ) -> Result<Result<ProvenIdentity, AuthFault>, Error> {
        let name = format!("@{}", provider.id());
        let claim = Claim { name: &name, user: None, device: None };
        let attempt = self.begin_attempt(claim, client).await?;
        let proved = provider.finish(answer).await;
        if !matches!(proved, Err(AuthFault::Refused)) {
            self.forgive(attempt).await;
        }
        Ok(proved)
    }

    /// Makes the account of somebody who comes by `provider` for the first time.
    async fn add_identity(
        &self,
        (provider, subject): (&str, String),
        user: User,
        client: &Client,
    ) -> Result<User, Error> {
        if !self.settings().is_registration_open {
            return Err(Code::RegistrationClosed.into());
        }
        if subject.is_empty() || subject.len() > SUBJECT_MAX {
            return Err(Error::from(Code::Internal)
                .because("the provider's name for somebody has no or too many bytes"));
        }
        let username = user.username.as_ref().map(Username::as_str);
        self.ask_before_registration(user.email.as_str(), username, client).await?;
        let link = Change::AddIdentity {
            provider: provider.to_owned(),
            subject,
            user: user.id,
            at: user.created_at,
        };
        let event =
            self.event(Deed::AccountRegistered, client).by_owner(user.id).because(format!("by {provider}"));
        self.apply(Changes::from(Change::AddUser(Box::new(user.clone()))).with(link).recorded(event)).await?;
        Ok(user)
    }
}

/// The session that somebody is given who comes by `provider`: how often others ask for a second factor is for them to say.
fn wish_of(provider: &str) -> SessionWish {
    SessionWish { has_both_factors: provider != PASSWORD, ..SessionWish::default() }
}

fn refusal(fault: AuthFault) -> Error {
    match fault {
        AuthFault::Refused => Code::InvalidCredentials.into(),
        AuthFault::NoAnswer(fault) => fault.into(),
        AuthFault::Rule(error) => *error,
    }
}
