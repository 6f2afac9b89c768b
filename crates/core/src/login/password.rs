//! Login by email address or user name, and password.
//!
//! Invariant: an unknown name and a wrong password get the same answer after the same work, down to the durable audit line.

use crate::account::{LoginName, User};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::{Attempt, Claim};
use crate::password::normal_form;
use crate::port::{ApplyError, Conflict, Verdict};
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::session::{SessionWish, SignedIn};
use crate::token::Device;

/// What somebody typed to get in.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// An email address or a user name, in any spelling.
    pub identifier: String,
    /// The password.
    pub password: Secret<String>,
    /// Whether a session cookie is wanted beside the tokens.
    pub wants_cookie: bool,
    /// The session cookie that the browser has already: its session ends with the login that follows it.
    pub replaced_cookie: Option<Secret<String>>,
    /// The solution of a captcha, for whoever has failed a few times.
    pub captcha: Option<String>,
    /// What the last login from this device gave it to be known by.
    pub device: Option<Secret<String>>,
    /// What the session is wanted for at most, separated by blanks; `None`: whatever the account may.
    pub scope: Option<String>,
}

impl Core {
    /// Opens a session for whoever has this name and password.
    ///
    /// # Errors
    /// - [`Code::InvalidCredentials`]: nobody has; which part is wrong is not told.
    /// - [`Code::AccountDisabled`]: the password is right and the account is disabled.
    /// - [`Code::InvalidScope`]: a scope is not known here, or the account holds none of those asked for. Those it holds are
    ///   granted, the others are left out (RFC 6749 §3.3).
    /// - [`Code::EmailUnverified`]: the password is right and the address has to be verified first.
    /// - [`Code::SecondFactorRequired`]: the password is right, and a code has to be shown with the ticket that comes with this.
    /// - [`Code::TooManyAttempts`], [`Code::Overloaded`]: come back later.
    /// - [`Code::CaptchaRequired`], [`Code::CaptchaFailed`], [`Code::CheckUnavailable`]: after some failures.
    /// - [`Code::Conflict`]: the account was changed at the same moment.
    /// - [`Code::StoreUnavailable`].
    pub async fn login(&self, attempt: LoginAttempt, client: &Client) -> Result<SignedIn, Error> {
        let scopes = attempt.scope.as_deref().map(|text| self.known_scopes(text)).transpose()?;
        let (user, verdict) = self.prove_identity(&attempt, client).await?;
        let scopes = self.narrowed(&user, scopes)?;
        let wish = SessionWish { cookie: attempt.wants_cookie, scopes, ..SessionWish::default() };
        let let_in = self.let_in(&user, wish, client).await;
        if verdict == Verdict::MatchButOutdated {
            self.rehash(&user, &attempt.password).await;
        }
        let mut signed_in = let_in?;
        signed_in.device = self.next_device(&user, attempt.device.as_ref());
        if let Some(cookie) = &attempt.replaced_cookie {
            self.end_replaced(cookie, client).await?;
        }
        Ok(signed_in)
    }

    /// The device of the owner of `user` that `token` is of.
    pub(super) fn known_device(&self, user: &User, token: Option<&Secret<String>>) -> Option<Device> {
        self.device_key().read(token?.expose(), user.into(), self.now())
    }

    /// What the device that `user` has just logged in from is known by next time, unless it keeps `token`.
    pub(crate) fn next_device(&self, user: &User, token: Option<&Secret<String>>) -> Option<Secret<String>> {
        let life = self.settings().limits.known_device;
        let known = self.known_device(user, token);
        self.device_key().next(user.into(), known, (self.now(), life), self.entropy())
    }

    /// What of `asked` the account holds.
    ///
    /// # Errors
    /// [`Code::InvalidScope`]: it holds none of them.
    pub(crate) fn narrowed(&self, user: &User, asked: Option<Scopes>) -> Result<Option<Scopes>, Error> {
        let Some(asked) = asked else { return Ok(None) };
        let held = self.role_book().scopes_of(&user.rights());
        let granted: Scopes =
            asked.iter().filter(|scope| held.contains(scope) || scope::is_of_all(scope)).collect();
        if granted.is_empty() && !asked.is_empty() {
            let why = "This account holds none of these scopes.";
            return Err(Error::new(Code::InvalidScope, why).about("scope"));
        }
        Ok(Some(granted))
    }

    /// The account of whoever has this name and password, and how well its hash is kept.
    ///
    /// # Errors
    /// As [`Core::login`], but for what follows from the account.
    pub(crate) async fn prove_identity(
        &self,
        attempt: &LoginAttempt,
        client: &Client,
    ) -> Result<(User, Verdict), Error> {
        let name = LoginName::read(&attempt.identifier);
        let user = self.ports().store.user_by_name(&name).await?;
        let verdict = self.prove_login(&name, user.as_ref(), attempt, client).await?;
        match (user, verdict) {
            (Some(user), Verdict::Match | Verdict::MatchButOutdated) => Ok((user, verdict)),
            (user, _) => Err(self.note_failure(user.as_ref(), Code::InvalidCredentials, client).await),
        }
    }

    /// Opens a session for `user`, who has proved to be the owner, by whatever means. Where the account has a second factor it is
    /// asked for, unless the wish says that what was proved is enough.
    ///
    /// # Errors
    /// [`Code::AccountDisabled`], [`Code::EmailUnverified`], [`Code::SecondFactorRequired`]; as [`Core::open_session`].
    pub(crate) async fn let_in(
        &self,
        user: &User,
        wish: SessionWish,
        client: &Client,
    ) -> Result<SignedIn, Error> {
        if !user.is_active {
            return Err(self.note_failure(Some(user), Code::AccountDisabled, client).await);
        }
        if self.settings().requires_verified_email && !user.is_verified {
            return Err(self.note_failure(Some(user), Code::EmailUnverified, client).await);
        }
        if !wish.has_both_factors && self.factor(user.id).await?.is_some() {
            return Err(self.ask_second_factor(user, wish, client).await);
        }
        self.open_session(user, client, wish).await
    }

    /// Whether `password` is that of `user`, who goes by `name`; the one way in which passwords are checked.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`].
    pub(crate) async fn prove(
        &self,
        name: &str,
        user: Option<&User>,
        password: &Secret<String>,
        client: &Client,
    ) -> Result<Verdict, Error> {
        let claim = Claim { name, user: user.map(|user| user.id), device: None };
        let attempt = self.begin_attempt(claim, client).await?;
        self.check_password(attempt, user, password).await
    }

    /// As [`Core::prove`], for somebody who is not signed in and may be a program.
    async fn prove_login(
        &self,
        name: &LoginName,
        user: Option<&User>,
        login: &LoginAttempt,
        client: &Client,
    ) -> Result<Verdict, Error> {
        let device = user.and_then(|user| self.known_device(user, login.device.as_ref()));
        let claim = Claim { name: name.key(), user: user.map(|user| user.id), device };
        let mut attempt = self.begin_attempt(claim, client).await?;
        let asked = self.ask_captcha_of_failures(&mut attempt, login.captcha.as_deref(), client).await;
        if let Err(refused) = asked {
            self.forgive(attempt).await;
            return Err(refused);
        }
        self.check_password(attempt, user, &login.password).await
    }

    async fn check_password(
        &self,
        attempt: Attempt,
        user: Option<&User>,
        password: &Secret<String>,
    ) -> Result<Verdict, Error> {
        // What is too long for any account is compared with nobody's password, at the same cost.
        let (plain, stored) = match normal_form(password) {
            Ok(plain) => (plain, user.map(|user| user.password.clone())),
            Err(_) => (Secret::new(String::new()), None),
        };
        let verdict = self.ports().hasher.verify(plain, stored).await;
        if !matches!(verdict, Ok(Verdict::Mismatch)) {
            self.forgive(attempt).await;
        }
        Ok(verdict?)
    }

    pub(crate) async fn note_failure(&self, user: Option<&User>, code: Code, client: &Client) -> Error {
        let mut event = self.event(Deed::LoginFailed, client).refused(code);
        event.subject = user.map(|user| user.id);
        match self.apply(Changes::new().recorded(event)).await {
            Ok(()) => code.into(),
            Err(fault) => fault.into(),
        }
    }

    /// Keeps the password under today's settings. A failure costs nothing: the next login tries again.
    async fn rehash(&self, user: &User, password: &Secret<String>) {
        let Ok(plain) = normal_form(password) else { return };
        let Ok(hash) = self.ports().hasher.hash(plain).await else { return };
        let change = Change::Rehash { user: user.id, hash, from_version: user.password_version };
        match self.apply(change).await {
            Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => {}
            Err(fault) => {
                tracing::warn!(user.id = %user.id, %fault, "Could not renew the password hash of user {}", user.id);
            }
        }
    }
}
