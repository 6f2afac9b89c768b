//! Tickets and mail of the store in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake_store::FakeStore;
use crate::change::{MailChange, TicketChange};
use crate::id::{MailId, UserId};
use crate::mail::{Backlog, Mail, MailQueue, MailState};
use crate::port::{Conflict, MailStore, StoreError};
use crate::ticket::{CODE_TRIES, Purpose, Ticket};
use crate::time::Timestamp;

/// The tables of mail, as maps.
#[derive(Debug, Default, Clone)]
pub(super) struct Post {
    tickets: BTreeMap<MailId, Ticket>,
    mails: BTreeMap<MailId, Mail>,
}

impl Post {
    pub(super) fn apply_ticket(&mut self, change: TicketChange) -> Result<(), Conflict> {
        match change {
            TicketChange::Add(ticket) => {
                let is_same = |old: &Ticket| (old.user_id, old.purpose) == (ticket.user_id, ticket.purpose);
                self.tickets.retain(|_, old| old.spent_at.is_some() || !is_same(old));
                self.tickets.insert(ticket.id, *ticket);
            }
            TicketChange::Renew { ticket, expires_at, code_expires_at } => {
                let ticket = self.unspent(ticket)?;
                (ticket.expires_at, ticket.code_expires_at) = (expires_at, code_expires_at);
            }
            TicketChange::TryCode { ticket, at } => {
                let ticket = self.unspent(ticket)?;
                if ticket.tries >= CODE_TRIES || ticket.code_expires_at <= at {
                    return Err(Conflict::Stale);
                }
                ticket.tries += 1;
            }
            TicketChange::Spend { ticket, at } => {
                let ticket = self.unspent(ticket)?;
                (ticket.expires_at > at).then_some(()).ok_or(Conflict::Stale)?;
                ticket.spent_at = Some(at);
            }
            TicketChange::Void { user } => {
                self.tickets.retain(|_, ticket| ticket.spent_at.is_some() || ticket.user_id != user);
            }
        }
        Ok(())
    }

    pub(super) fn apply_mail(&mut self, change: MailChange) -> Result<(), Conflict> {
        match change {
            MailChange::Queue(mail) => drop(self.mails.insert(mail.id, *mail)),
            MailChange::Take { mail, due_at, until } => {
                let mail = self.waiting(mail)?;
                (mail.due_at == due_at).then_some(()).ok_or(Conflict::Stale)?;
                (mail.due_at, mail.attempts) = (until, mail.attempts + 1);
            }
            MailChange::Own { mail, user } => {
                let mail = self.waiting(mail)?;
                mail.user_id.is_none().then_some(()).ok_or(Conflict::Stale)?;
                mail.user_id = Some(user);
            }
            MailChange::End { mail, state, error, at } => {
                let mail = self.mails.get_mut(&mail).ok_or(Conflict::Stale)?;
                (mail.state, mail.last_error, mail.done_at) = (state, error, Some(at));
            }
            MailChange::Postpone { mail, due_at, error } => {
                let mail = self.waiting(mail)?;
                (mail.due_at, mail.last_error) = (due_at, error);
            }
            MailChange::Retry { mail, at } => {
                let mail = self.mails.get_mut(&mail).filter(|mail| mail.state != MailState::Sent);
                let mail = mail.ok_or(Conflict::Stale)?;
                (mail.state, mail.due_at, mail.attempts, mail.done_at) = (MailState::Waiting, at, 0, None);
            }
            MailChange::Drop { mail } => {
                self.tickets.retain(|id, ticket| *id != mail || ticket.spent_at.is_some());
                self.mails.remove(&mail).map(drop).ok_or(Conflict::Stale)?;
            }
            MailChange::Forget { before } => {
                self.mails.retain(|_, mail| mail.done_at.is_none_or(|done| done >= before));
                self.tickets.retain(|_, ticket| ticket.expires_at >= before);
            }
        }
        Ok(())
    }

    pub(super) fn forget_user(&mut self, user: UserId) {
        self.tickets.retain(|_, ticket| ticket.user_id != user);
        self.mails.retain(|_, mail| mail.user_id != Some(user));
    }

    fn unspent(&mut self, id: MailId) -> Result<&mut Ticket, Conflict> {
        self.tickets.get_mut(&id).filter(|ticket| ticket.spent_at.is_none()).ok_or(Conflict::Stale)
    }

    fn waiting(&mut self, id: MailId) -> Result<&mut Mail, Conflict> {
        self.mails.get_mut(&id).filter(|mail| mail.state == MailState::Waiting).ok_or(Conflict::Stale)
    }
}

#[async_trait]
impl MailStore for FakeStore {
    async fn ticket(&self, id: MailId) -> Result<Option<Ticket>, StoreError> {
        Ok(self.0.lock().post.tickets.get(&id).cloned())
    }

    async fn ticket_of(&self, user: UserId, purpose: Purpose) -> Result<Option<Ticket>, StoreError> {
        let rows = self.0.lock();
        let is_it = |ticket: &&Ticket| {
            (ticket.user_id, ticket.purpose) == (user, purpose) && ticket.spent_at.is_none()
        };
        Ok(rows.post.tickets.values().find(is_it).cloned())
    }

    async fn due_mails(&self, now: Timestamp, limit: u32) -> Result<Vec<Mail>, StoreError> {
        let rows = self.0.lock();
        let is_due = |mail: &&Mail| mail.state == MailState::Waiting && mail.due_at <= now;
        let mut due: Vec<Mail> = rows.post.mails.values().filter(is_due).cloned().collect();
        due.sort_by_key(|mail| mail.due_at);
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn mails(&self, which: MailQueue) -> Result<Vec<Mail>, StoreError> {
        let rows = self.0.lock();
        let is_meant = |mail: &&Mail| {
            which.before.is_none_or(|before| mail.id < before)
                && which.state.is_none_or(|state| mail.state == state)
        };
        Ok(rows.post.mails.values().rev().filter(is_meant).take(which.limit as usize).cloned().collect())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let rows = self.0.lock();
        let waiting: Vec<_> =
            rows.post.mails.values().filter(|mail| mail.state == MailState::Waiting).collect();
        let oldest_at = waiting.iter().map(|mail| mail.created_at).min();
        Ok(Backlog { waiting: waiting.len() as u64, oldest_at })
    }
}
