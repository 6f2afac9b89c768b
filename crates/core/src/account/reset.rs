//! A new password by mail, for those who have lost the old one.
//!
//! Invariant: whoever had a session, or a ticket of any purpose, has none after a reset; second factors stay as they are.

use crate::audit::Deed;
use crate::change::{AccountChange, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::mail::MailKind;
use crate::secret::Secret;
use crate::ticket::{Presented, Purpose};

impl Core {
    /// Has a mail sent to `email` with a link that sets a new password, if it is the address of an account.
    ///
    /// # Errors
    /// [`Code::InvalidEmail`], [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`], and those of
    /// captchas where one is asked for: all of them whether there is an account or not.
    pub async fn ask_password_reset(
        &self,
        email: &str,
        captcha: Option<&str>,
        client: &Client,
    ) -> Result<(), Error> {
        let is_asked = self.settings().captcha.on_reset;
        self.ask_captcha(is_asked, captcha, client).await?;
        self.ask(MailKind::ResetPassword, email, client).await
    }

    /// Sets a new password for the account that the ticket with this token is for: of a reset, or of an invitation. The
    /// address counts as verified by it; the owner is told by mail.
    ///
    /// # Errors
    /// [`Code::TicketInvalid`], the codes of the password policy, [`Code::TooManyAttempts`], [`Code::Overloaded`],
    /// [`Code::StoreUnavailable`]. The ticket is spent by success alone.
    pub async fn finish_password_reset(
        &self,
        token: Secret<String>,
        new: &Secret<String>,
        client: &Client,
    ) -> Result<(), Error> {
        let purposes = [Purpose::ResetPassword, Purpose::Invitation];
        let ticket = self.presented_ticket(&purposes, &Presented::Token(token), client).await?;
        let user = self.ports().store.user(ticket.user_id).await?.filter(|user| user.is_active);
        let user = user.filter(|user| user.email.key() == ticket.email.key()).ok_or(Code::TicketInvalid)?;
        let set = self.new_password(&user, new, None).await?;
        let event = self.event(Deed::PasswordResetByMail, client).by_owner(user.id);
        let verify = AccountChange::VerifyEmail {
            user: user.id,
            email_key: user.email.key().to_owned(),
            at: self.now(),
        };
        self.spend(&ticket, set.with(verify).recorded(event).and(self.told(&user, client))).await?;
        self.live().end_all(user.id, None);
        Ok(())
    }

    fn told(&self, user: &crate::account::User, client: &Client) -> Changes {
        self.tell_owner(MailKind::PasswordChanged, Some(user.id), &user.email, client).into()
    }
}
