//! The people who run the server: the first one, and what the command line does for them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::account::{LoginName, Profile, Registration, User};
use crate::audit::{AuditEvent, Deed};
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::secret::Secret;
use crate::session::EndReason;

/// Randomness of a generated password: 18 bytes, 24 characters.
const GENERATED_BYTES: usize = 18;

/// Whether the first start made an administrator.
#[derive(Debug)]
pub enum FirstAdmin {
    /// There was one already.
    Existing,
    /// One was made. The password is here only when it was generated: shown once, kept nowhere.
    Created(Option<Secret<String>>),
}

impl Core {
    /// Makes the first administrator, unless there is any administrator already.
    ///
    /// # Errors
    /// As [`Core::create_admin`].
    pub async fn ensure_first_admin(
        &self,
        email: &str,
        password: Option<Secret<String>>,
    ) -> Result<FirstAdmin, Error> {
        if !self.administrators().await?.is_empty() {
            return Ok(FirstAdmin::Existing);
        }
        let generated = password.is_none().then(|| self.generate_password());
        let Some(password) = password.or_else(|| generated.clone()) else {
            return Err(Code::Internal.into());
        };
        match self.add_admin(email, None, password, Deed::FirstAdminCreated).await {
            Ok(_) => Ok(FirstAdmin::Created(generated)),
            // Another process on the same database was first.
            Err(error) if error.code() == Code::EmailTaken && !self.administrators().await?.is_empty() => {
                Ok(FirstAdmin::Existing)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes an administrator, by the word of whoever has the command line.
    ///
    /// # Errors
    /// As [`Core::register`], but for limits and closed registration.
    pub async fn create_admin(
        &self,
        email: &str,
        username: Option<String>,
        password: Secret<String>,
    ) -> Result<User, Error> {
        self.add_admin(email, username, password, Deed::AdminCreated).await
    }

    /// The accounts that run the server, oldest first.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn administrators(&self) -> Result<Vec<User>, Error> {
        Ok(self.ports().store.superusers().await?)
    }

    /// Sets a new password for the account called `name` and ends all its sessions, by the word of whoever has the command
    /// line.
    ///
    /// # Errors
    /// [`Code::NotFound`] when nobody is called so; the codes of the password policy; [`Code::StoreUnavailable`].
    pub async fn reset_password(&self, name: &str, new: &Secret<String>) -> Result<User, Error> {
        let user = self.user_called(name).await?;
        let event = self.event(Deed::PasswordReset, &Client::default()).about(user.id);
        self.set_password(&user, new, None, event).await?;
        Ok(user)
    }

    /// Enables or disables the account called `name`; disabling ends all its sessions.
    ///
    /// # Errors
    /// [`Code::NotFound`] when nobody is called so; [`Code::LastSuperuser`]; [`Code::StoreUnavailable`].
    pub async fn set_active(&self, name: &str, is_active: bool) -> Result<User, Error> {
        let user = self.user_called(name).await?;
        let deed = if is_active { Deed::AccountEnabled } else { Deed::AccountDisabled };
        let event = self.event(deed, &Client::default()).about(user.id);
        self.make_active(user.id, is_active, event).await
    }

    /// Enables or disables an account, and shows it.
    pub(crate) async fn make_active(
        &self,
        user: UserId,
        is_active: bool,
        event: AuditEvent,
    ) -> Result<User, Error> {
        let at = self.now();
        let set = Change::SetActive { user, is_active, at };
        let changes = if is_active {
            Changes::from(set)
        } else {
            let end = Change::EndSessionsOf { user, keep: None, reason: EndReason::AccountDisabled, at };
            Changes::from(Change::KeepASuperuser { besides: user }).with(set).with(end)
        };
        self.apply(changes.recorded(event)).await?;
        if !is_active {
            self.live().end_all(user, None);
        }
        self.follow_rights(user).await
    }

    /// A password nobody guesses, to be shown once.
    pub fn generate_password(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.entropy().bytes::<GENERATED_BYTES>()))
    }

    async fn add_admin(
        &self,
        email: &str,
        username: Option<String>,
        password: Secret<String>,
        deed: Deed,
    ) -> Result<User, Error> {
        let registration = Registration {
            email: email.to_owned(),
            username,
            password,
            profile: Profile::default(),
            captcha: None,
        };
        let acceptable = self.check_registration(registration)?;
        self.add_user(acceptable, deed, true, &Client::default()).await
    }

    pub(crate) async fn user_called(&self, name: &str) -> Result<User, Error> {
        let found = self.ports().store.user_by_name(&LoginName::read(name)).await?;
        found.ok_or_else(|| Error::new(Code::NotFound, "No account is called so."))
    }
}
