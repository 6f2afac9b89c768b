//! A new password in place of the old one.
//!
//! Invariant: whoever knew the old password and nothing else is signed out by the change, the one who made it stays.

use crate::account::User;
use crate::audit::{AuditEvent, Deed};
use crate::change::{Change, Changes, TicketChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::SessionId;
use crate::mail::MailKind;
use crate::password::{Names, normal_form};
use crate::port::Verdict;
use crate::principal::Principal;
use crate::secret::Secret;
use crate::session::EndReason;

/// The old password and the new one.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The password that is valid now.
    pub current: Secret<String>,
    /// The password to come.
    pub new: Secret<String>,
}

impl Core {
    /// The caller's account.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`] when it is gone; [`Code::StoreUnavailable`].
    pub async fn current_user(&self, who: &Principal) -> Result<User, Error> {
        Ok(self.ports().store.user(who.user_id).await?.ok_or(Code::TokenRevoked)?)
    }

    /// Sets a new password and ends the account's other sessions.
    ///
    /// # Errors
    /// - [`Code::WrongPassword`]: `current` is not the password.
    /// - The codes of the password policy: `new` cannot be accepted.
    /// - [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`].
    /// - [`Code::Conflict`]: the password was changed by another request at the same time.
    pub async fn change_password(
        &self,
        who: &Principal,
        change: PasswordChange,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.current_user(who).await?;
        let verdict = self.prove(user.email.key(), Some(&user), &change.current, client).await?;
        if verdict == Verdict::Mismatch {
            return Err(Error::from(Code::WrongPassword).about("current_password"));
        }
        let event = self.event(Deed::PasswordChanged, client).by_owner(user.id);
        self.set_password(&user, &change.new, who.session_id, event).await
    }

    /// Sets the first password of the caller's account, which has none, and ends the account's other sessions.
    ///
    /// # Errors
    /// - [`Code::WrongPassword`]: there is a password; it has to be changed.
    /// - [`Code::FreshLoginRequired`]: the login was too long ago.
    /// - The codes of the password policy; [`Code::Overloaded`], [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn set_first_password(
        &self,
        who: &Principal,
        new: &Secret<String>,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.current_user(who).await?;
        if user.password.is_usable() {
            return Err(Error::new(Code::WrongPassword, "This account has a password: change it."));
        }
        self.prove_again(who, &user, None, client).await?;
        let event = self.event(Deed::PasswordChanged, client).by_owner(user.id);
        self.set_password(&user, new, who.session_id, event).await
    }

    /// Refuses a password that is known to have leaked, in the name of `field`.
    ///
    /// # Errors
    /// [`Code::PasswordBreached`]; [`Code::CheckUnavailable`] when nobody can tell and that counts.
    pub(crate) async fn check_breached(
        &self,
        plain: &Secret<String>,
        field: &'static str,
    ) -> Result<(), Error> {
        for known in &self.ports().outside.breached {
            if known.is_breached(plain).await? {
                return Err(Error::from(Code::PasswordBreached).about(field));
            }
        }
        Ok(())
    }

    /// A new password whose right to be set has been proved: with it go all sessions but `keep`, and whatever could still come
    /// by mail.
    pub(crate) async fn new_password(
        &self,
        user: &User,
        new: &Secret<String>,
        keep: Option<SessionId>,
    ) -> Result<Changes, Error> {
        let plain = normal_form(new).map_err(|error| error.about("new_password"))?;
        let names = Names {
            email: &user.email,
            username: user.username.as_ref(),
            shown: user.profile.name.as_deref(),
        };
        self.settings().password.check(&plain, names).map_err(|error| error.about("new_password"))?;
        self.check_breached(&plain, "new_password").await?;
        let hash = self.ports().hasher.hash(plain).await?;
        let at = self.now();
        let set = Change::SetPassword { user: user.id, hash, from_version: user.password_version, at };
        let end = Change::EndSessionsOf { user: user.id, keep, reason: EndReason::PasswordChanged, at };
        Ok(Changes::from(set).with(end).with(TicketChange::Void { user: user.id }))
    }

    /// Sets a new password whose right to be set has been proved; ends all sessions but `keep`, and tells the owner by mail.
    pub(crate) async fn set_password(
        &self,
        user: &User,
        new: &Secret<String>,
        keep: Option<SessionId>,
        event: AuditEvent,
    ) -> Result<(), Error> {
        let told = self.tell_owner(MailKind::PasswordChanged, Some(user.id), &user.email, &Client::default());
        let changes = self.new_password(user, new, keep).await?;
        self.apply(changes.with(told).recorded(event)).await?;
        self.live().end_all(user.id, keep);
        Ok(())
    }
}
