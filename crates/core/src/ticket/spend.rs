//! A ticket presented: by the token of its link, or by its code and the address it went to.
//!
//! Does not say what follows from a ticket: whoever asks spends it in the write set of the deed.
//!
//! Invariant: whatever is wrong with it, a ticket gets one answer; and a code costs a try before it is looked at, so that
//! parallel guesses have no more tries than others.

use crate::account::EmailAddress;
use crate::account::LoginName;
use crate::audit::Deed;
use crate::change::{Changes, TicketChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Meter;
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;
use crate::ticket::{Purpose, Ticket};

/// What somebody presents to prove an address.
#[derive(Debug, Clone)]
pub enum Presented {
    /// The token of the link.
    Token(Secret<String>),
    /// The code, and the address it was sent to.
    Code {
        /// The address, in any spelling.
        email: String,
        /// The code.
        code: Secret<String>,
    },
}

impl Core {
    /// The good ticket of one of `purposes` that is presented; it is not spent by this.
    ///
    /// # Errors
    /// [`Code::TicketInvalid`]: wrong, used, replaced or too old; which one is not told. [`Code::TooManyAttempts`],
    /// [`Code::StoreUnavailable`].
    pub(crate) async fn presented_ticket(
        &self,
        purposes: &[Purpose],
        presented: &Presented,
        client: &Client,
    ) -> Result<Ticket, Error> {
        match presented {
            Presented::Token(token) => match self.ticket_of_token(purposes, token).await? {
                Some(ticket) => Ok(ticket),
                None => Err(self.count_false_token(Code::TicketInvalid, client).await),
            },
            Presented::Code { email, code } => {
                self.pass(Meter::Code, client).await?;
                let ticket = self.newest_ticket(purposes, email).await?;
                self.try_code(ticket, code, client).await
            }
        }
    }

    /// The good ticket of one of `purposes` that has this token.
    async fn ticket_of_token(
        &self,
        purposes: &[Purpose],
        token: &Secret<String>,
    ) -> Result<Option<Ticket>, Error> {
        let read = |purpose: &Purpose| self.ticket_key().read(*purpose, token.expose());
        let Some(id) = purposes.iter().find_map(read) else { return Ok(None) };
        let ticket = self.ports().store.ticket(id).await?;
        Ok(ticket.filter(|ticket| ticket.is_good(self.now())))
    }

    /// The newest unspent ticket of one of `purposes` that went to `email`.
    async fn newest_ticket(&self, purposes: &[Purpose], email: &str) -> Result<Option<Ticket>, Error> {
        let Ok(address) = EmailAddress::parse(email) else { return Ok(None) };
        let name = LoginName::Email(address.key().to_owned());
        let Some(user) = self.ports().store.user_by_name(&name).await? else { return Ok(None) };
        for purpose in purposes.iter().filter(|purpose| purpose.has_code()) {
            let found = self.ports().store.ticket_of(user.id, *purpose).await?;
            if let Some(ticket) = found.filter(|ticket| ticket.email.key() == address.key()) {
                return Ok(Some(ticket));
            }
        }
        Ok(None)
    }

    /// Counts a try, durably, and then looks at the code. Where there is no ticket, the same is written but for the count.
    pub(crate) async fn try_code(
        &self,
        ticket: Option<Ticket>,
        code: &Secret<String>,
        client: &Client,
    ) -> Result<Ticket, Error> {
        let now = self.now();
        let ticket = ticket.filter(|ticket| ticket.is_good(now));
        let count = ticket.as_ref().map(|ticket| TicketChange::TryCode { ticket: ticket.id, at: now });
        let is_right = ticket
            .as_ref()
            .is_some_and(|ticket| self.ticket_key().is_code(ticket.purpose, ticket.id, code.expose()));
        let mut changes = count.into_iter().fold(Changes::new(), Changes::with);
        if !is_right {
            let mut event = self.event(Deed::CodeTried, client).refused(Code::TicketInvalid);
            event.subject = ticket.as_ref().map(|ticket| ticket.user_id);
            changes = changes.recorded(event);
        }
        match self.apply(changes).await {
            Ok(()) => {}
            Err(ApplyError::Conflict(Conflict::Stale)) => return Err(Code::TicketInvalid.into()),
            Err(fault) => return Err(fault.into()),
        }
        Ok(ticket.filter(|_| is_right).ok_or(Code::TicketInvalid)?)
    }

    /// Does `deed` and spends `ticket` for it, in one write set.
    ///
    /// # Errors
    /// [`Code::TicketInvalid`] when somebody else spent it, or a newer one took its place; what `deed` can fail with.
    pub(crate) async fn spend(&self, ticket: &Ticket, deed: Changes) -> Result<(), Error> {
        let spend = Changes::from(TicketChange::Spend { ticket: ticket.id, at: self.now() });
        match self.apply(spend.and(deed)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Err(Code::TicketInvalid.into()),
            other => Ok(other?),
        }
    }
}
