//! Another address for an account.
//!
//! Invariant: an account never has an address as verified that was not proved, and the owner of the old one learns of the new.

use crate::account::EmailAddress;
use crate::audit::Deed;
use crate::change::{AccountChange, Changes, TicketChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Meter;
use crate::mail::MailKind;
use crate::principal::Principal;
use crate::secret::Secret;
use crate::ticket::{Presented, Purpose};

impl Core {
    /// Has a mail sent to `email` whose link makes it the address of the caller's account. Whether another account has it is
    /// not told here.
    ///
    /// # Errors
    /// - [`Code::InvalidEmail`], [`Code::InvalidField`]: no address, or the one there is.
    /// - As [`Core::prove_again`]; [`Code::StoreUnavailable`].
    pub async fn change_email(
        &self,
        who: &Principal,
        email: &str,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<(), Error> {
        let email = EmailAddress::parse(email)?;
        let user = self.current_user(who).await?;
        self.prove_again(who, &user, password, client).await?;
        if email.key() == user.email.key() && email.as_str() == user.email.as_str() {
            let same = Error::new(Code::InvalidField, "This is the address of the account already.");
            return Err(same.about("email"));
        }
        self.pass(Meter::OwnMail(MailKind::ChangeEmail, user.id), client).await?;
        let event = self.event(Deed::EmailChangeRequested, client).by_owner(user.id);
        let mail = self.send_ticket(MailKind::ChangeEmail, user.id, &email, client);
        Ok(self.apply(mail.recorded(event)).await?)
    }

    /// Gives the account the address that the ticket with this token was sent to; tells the old one.
    ///
    /// # Errors
    /// [`Code::TicketInvalid`]; [`Code::EmailTaken`] when another account has the address; [`Code::TooManyAttempts`],
    /// [`Code::StoreUnavailable`].
    pub async fn finish_email_change(&self, token: Secret<String>, client: &Client) -> Result<(), Error> {
        let presented = Presented::Token(token);
        let ticket = self.presented_ticket(&[Purpose::ChangeEmail], &presented, client).await?;
        let user = self.ports().store.user(ticket.user_id).await?.filter(|user| user.is_active);
        let user = user.ok_or(Code::TicketInvalid)?;
        let set = AccountChange::SetEmail { user: user.id, email: ticket.email.clone(), at: self.now() };
        let event = self.event(Deed::EmailChanged, client).by_owner(user.id);
        let changes = Changes::from(set)
            .with(TicketChange::Void { user: user.id })
            .with(self.tell_owner(MailKind::EmailChanged, Some(user.id), &user.email, client))
            .recorded(event);
        self.spend(&ticket, changes).await
    }
}
