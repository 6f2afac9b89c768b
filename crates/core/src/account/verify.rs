//! Proof that the address of an account is its owner's.
//!
//! Invariant: asking for a mail says nothing of whether the address has an account. The request does not even look: whoever
//! writes the mail does, later (see [`crate::mail`]).

use crate::account::{EmailAddress, User};
use crate::audit::Deed;
use crate::change::{AccountChange, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Meter;
use crate::id::UserId;
use crate::mail::MailKind;
use crate::principal::Principal;
use crate::ticket::{Presented, Purpose};
use crate::time::Timestamp;

/// Mails that may wait before strangers cannot ask for more.
const MOST_WAITING: u64 = 10_000;

/// How an account's address stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The address.
    pub email: EmailAddress,
    /// Whether it has been proved.
    pub is_verified: bool,
    /// Whether it has to be before the next login.
    pub is_required: bool,
    /// Until when the mail that was sent last can be used; `None` when there is none.
    pub pending_until: Option<Timestamp>,
}

impl Core {
    /// How the address of the caller's account stands.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`], [`Code::StoreUnavailable`].
    pub async fn verification(&self, who: &Principal) -> Result<Verification, Error> {
        self.standing_of(self.current_user(who).await?).await
    }

    /// How the address of an account stands.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::StoreUnavailable`].
    pub async fn verification_of(&self, user: UserId) -> Result<Verification, Error> {
        self.standing_of(self.account(user).await?).await
    }

    async fn standing_of(&self, user: User) -> Result<Verification, Error> {
        let ticket = self.ports().store.ticket_of(user.id, Purpose::VerifyEmail).await?;
        let pending = ticket.filter(|ticket| !user.is_verified && ticket.is_good(self.now()));
        Ok(Verification {
            is_verified: user.is_verified,
            is_required: self.settings().requires_verified_email,
            pending_until: pending.map(|ticket| ticket.expires_at),
            email: user.email,
        })
    }

    /// Has a mail sent to `email` that verifies it, if it is the unverified address of an account.
    ///
    /// # Errors
    /// [`Code::InvalidEmail`], [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`], and those of
    /// captchas where one is asked for: all of them whether there is an account or not.
    pub async fn ask_verification(
        &self,
        email: &str,
        captcha: Option<&str>,
        client: &Client,
    ) -> Result<(), Error> {
        let is_asked = self.settings().captcha.on_verification;
        self.ask_captcha(is_asked, captcha, client).await?;
        self.ask(MailKind::VerifyEmail, email, client).await
    }

    /// Has a mail sent to the caller's own address that verifies it; `false` when it is verified already.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`], [`Code::TooManyAttempts`], [`Code::StoreUnavailable`].
    pub async fn ask_own_verification(&self, who: &Principal, client: &Client) -> Result<bool, Error> {
        let user = self.current_user(who).await?;
        if user.is_verified {
            return Ok(false);
        }
        self.pass(Meter::OwnMail(MailKind::VerifyEmail, user.id), client).await?;
        self.apply(self.send_ticket(MailKind::VerifyEmail, user.id, &user.email, client)).await?;
        Ok(true)
    }

    /// Queues a mail that a stranger asks for by naming an address.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]; [`Code::Overloaded`] when far too much waits already.
    pub(crate) async fn ask(&self, kind: MailKind, email: &str, client: &Client) -> Result<(), Error> {
        let to = EmailAddress::parse(email)?;
        self.pass(Meter::Mail, client).await?;
        self.pass(Meter::MailTo(kind, &to), client).await?;
        if self.mail_backlog().await?.waiting >= MOST_WAITING {
            return Err(Code::Overloaded.into());
        }
        Ok(self.apply(self.tell_owner(kind, None, &to, client)).await?)
    }

    /// Verifies the address that `presented` was sent to; returns the account.
    ///
    /// # Errors
    /// [`Code::TicketInvalid`], [`Code::TooManyAttempts`], [`Code::StoreUnavailable`].
    pub async fn verify_email(&self, presented: &Presented, client: &Client) -> Result<User, Error> {
        let ticket = self.presented_ticket(&[Purpose::VerifyEmail], presented, client).await?;
        let user = self.ports().store.user(ticket.user_id).await?.ok_or(Code::TicketInvalid)?;
        let at = self.now();
        let verify =
            AccountChange::VerifyEmail { user: user.id, email_key: ticket.email.key().to_owned(), at };
        let event = self.event(Deed::EmailVerified, client).by_owner(user.id);
        self.spend(&ticket, Changes::from(verify).recorded(event)).await?;
        Ok(User { is_verified: true, updated_at: at, ..user })
    }
}
