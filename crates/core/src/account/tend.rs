//! The life of an account in the hands of those who run the server: invited, changed, verified, given a new password, deleted.
//!
//! Does not choose passwords for others: an invitation and a reset are mailed, and their owner chooses.
//!
//! Invariant: nobody acts on an account that may do what they may not.

use crate::account::{EmailAddress, Profile, ProfilePatch, User, Username, Writer};
use crate::audit::Deed;
use crate::change::{AccountChange, Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::UserId;
use crate::mail::MailKind;
use crate::password::PasswordHash;
use crate::principal::Principal;
use crate::session::EndReason;

/// Who is invited.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address, in any spelling.
    pub email: String,
    /// The user name, in any spelling.
    pub username: Option<String>,
    /// The name to show.
    pub name: Option<String>,
}

impl Core {
    /// Makes an account and mails its owner a link to choose a password.
    ///
    /// # Errors
    /// [`crate::Code::InvalidEmail`], [`crate::Code::InvalidUsername`], [`crate::Code::InvalidField`]; [`crate::Code::EmailTaken`],
    /// [`crate::Code::UsernameTaken`]; [`crate::Code::Overloaded`], [`crate::Code::StoreUnavailable`].
    pub async fn invite(
        &self,
        who: &Principal,
        invitation: Invitation,
        client: &Client,
    ) -> Result<User, Error> {
        let email = EmailAddress::parse(&invitation.email)?;
        let username = invitation.username.as_deref().map(Username::parse).transpose()?;
        let profile = Profile { name: invitation.name, ..Profile::default() };
        let user = User { username, ..self.passwordless_user(email, false, profile)? };
        let event = self.event_by(Deed::AccountInvited, who, client).about(user.id);
        let mail = self.send_ticket(MailKind::Invitation, user.id, &user.email, client);
        let add = Changes::from(Change::AddUser(Box::new(user.clone())));
        self.apply(add.and(mail).recorded(event)).await?;
        Ok(user)
    }

    /// Changes what an account tells, also what its owner may not write.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`]; [`crate::Code::Forbidden`] when the account may do what the caller may not; as [`Core::change_profile`].
    pub async fn change_profile_of(
        &self,
        who: &Principal,
        user: UserId,
        patch: ProfilePatch,
        client: &Client,
    ) -> Result<User, Error> {
        let user = self.account_in_reach(who, user).await?;
        self.patch_profile(user.id, patch, (Writer::Admin, who), client).await
    }

    /// Counts the address of an account as proved, by the word of the caller.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`]; [`crate::Code::Forbidden`] when the account may do what the caller may not; [`crate::Code::Conflict`] when it got
    /// another address at the same moment; [`crate::Code::StoreUnavailable`].
    pub async fn verify_email_of(
        &self,
        who: &Principal,
        user: UserId,
        client: &Client,
    ) -> Result<User, Error> {
        let (user, at) = (self.account_in_reach(who, user).await?, self.now());
        let email_key = user.email.key().to_owned();
        let event = self.event_by(Deed::EmailVerified, who, client).about(user.id);
        let verify = AccountChange::VerifyEmail { user: user.id, email_key, at };
        self.apply(Changes::from(verify).recorded(event)).await?;
        Ok(User { is_verified: true, updated_at: at, ..user })
    }

    /// Ends all sessions of an account and its password, and mails its owner a link to choose a new one.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`]; [`crate::Code::Forbidden`] when the account may do what the caller may not; [`crate::Code::Conflict`]
    /// when its owner changes the password in the same moment; [`crate::Code::StoreUnavailable`].
    pub async fn mail_password_reset_to(
        &self,
        who: &Principal,
        user: UserId,
        client: &Client,
    ) -> Result<(), Error> {
        let (user, at) = (self.account_in_reach(who, user).await?, self.now());
        let event = self.event_by(Deed::PasswordResetRequested, who, client).about(user.id);
        let reason = EndReason::PasswordChanged;
        let end = Change::EndSessionsOf { user: user.id, keep: None, reason, at };
        let (hash, from_version) = (PasswordHash::none(), user.password_version);
        let void = Change::SetPassword { user: user.id, hash, from_version, at };
        // The mail tells from where it was asked for; where an administrator sits is not the owner's business.
        let mail = self.send_ticket(MailKind::ResetPassword, user.id, &user.email, &Client::default());
        self.apply(Changes::from(void).with(end).and(mail).recorded(event)).await?;
        self.live().end_all(user.id, None);
        Ok(())
    }

    /// Deletes an account and tells its owner by mail.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`]; [`crate::Code::Forbidden`] when the account may do what the caller may not; [`crate::Code::LastSuperuser`];
    /// [`crate::Code::StoreUnavailable`].
    pub async fn delete_account_of(
        &self,
        who: &Principal,
        user: UserId,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let event = self.event_by(Deed::AccountDeleted, who, client).about(user.id);
        self.delete(&user, event).await
    }
}
