//! Mails into the queue, and the queue as the people who run the server see it.

use crate::account::{EmailAddress, Page};
use crate::audit::Deed;
use crate::change::{Changes, MailChange, TicketChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{MailId, UserId};
use crate::mail::{Backlog, Mail, MailKind, MailState};
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::ticket::Ticket;

/// Mail as the people who run the server look for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct MailQueue {
    /// Only mail that stands so.
    pub state: Option<MailState>,
    /// Only mail that was queued before this one.
    pub before: Option<MailId>,
    /// How many at most.
    pub limit: u32,
}

impl Core {
    /// A mail that only tells the owner of `user` something; `to` may be an address the account has no more.
    pub(crate) fn tell_owner(
        &self,
        kind: MailKind,
        user: Option<UserId>,
        to: &EmailAddress,
        client: &Client,
    ) -> MailChange {
        MailChange::Queue(Box::new(self.new_mail(kind, user, to, client)))
    }

    /// A mail with a ticket for the account of `user`, and the ticket: the newest of its purpose, and so the only one.
    pub(crate) fn send_ticket(
        &self,
        kind: MailKind,
        user: UserId,
        to: &EmailAddress,
        client: &Client,
    ) -> Changes {
        let mail = self.new_mail(kind, Some(user), to, client);
        let ticket = kind.purpose().map(|purpose| self.new_ticket(&mail, user, purpose));
        let add = ticket.map(|ticket| TicketChange::Add(Box::new(ticket)));
        add.into_iter().fold(Changes::new(), Changes::with).with(MailChange::Queue(Box::new(mail)))
    }

    pub(crate) fn new_ticket(&self, mail: &Mail, user: UserId, purpose: crate::ticket::Purpose) -> Ticket {
        let now = self.now();
        let settings = &self.settings().tickets;
        Ticket {
            id: mail.id,
            user_id: user,
            purpose,
            email: mail.to.clone(),
            tries: 0,
            created_at: now,
            expires_at: now + settings.ttl(purpose),
            code_expires_at: now + settings.code_ttl,
            spent_at: None,
        }
    }

    pub(crate) fn new_mail(
        &self,
        kind: MailKind,
        user_id: Option<UserId>,
        to: &EmailAddress,
        client: &Client,
    ) -> Mail {
        let now = self.now();
        Mail {
            id: MailId::new(now, self.entropy()),
            kind,
            user_id,
            to: to.clone(),
            origin: client.address_text(),
            state: MailState::Waiting,
            attempts: 0,
            last_error: String::new(),
            created_at: now,
            due_at: now,
            done_at: None,
        }
    }

    /// Mail of the queue, youngest first; sent mail is among it for some days.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn mails(&self, which: MailQueue) -> Result<Page<Mail, MailId>, Error> {
        let items = self.ports().store.mails(which).await?;
        let is_full = items.len() >= which.limit as usize;
        let next = items.last().filter(|_| is_full).map(|mail| mail.id);
        Ok(Page { items, next })
    }

    /// How much waits to be sent.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn mail_backlog(&self) -> Result<Backlog, Error> {
        Ok(self.ports().store.backlog().await?)
    }

    /// Lets a mail that waits or failed be tried at once. `who` is `None` for the command line.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such mail, or it was sent; [`Code::StoreUnavailable`].
    pub async fn retry_mail(
        &self,
        mail: MailId,
        who: Option<&Principal>,
        client: &Client,
    ) -> Result<(), Error> {
        let change = MailChange::Retry { mail, at: self.now() };
        self.manage_mail(change, Deed::MailRetried, who, client).await
    }

    /// Takes a mail out of the queue, with the ticket in it. `who` is `None` for the command line.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such mail; [`Code::StoreUnavailable`].
    pub async fn discard_mail(
        &self,
        mail: MailId,
        who: Option<&Principal>,
        client: &Client,
    ) -> Result<(), Error> {
        self.manage_mail(MailChange::Drop { mail }, Deed::MailDiscarded, who, client).await
    }

    async fn manage_mail(
        &self,
        change: MailChange,
        deed: Deed,
        who: Option<&Principal>,
        client: &Client,
    ) -> Result<(), Error> {
        let mut event = self.event(deed, client);
        event.actor = who.map(|who| who.user_id);
        match self.apply(Changes::from(change).recorded(event)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                Err(Error::new(Code::NotFound, "There is no such mail, or it has been sent."))
            }
            other => Ok(other?),
        }
    }
}
