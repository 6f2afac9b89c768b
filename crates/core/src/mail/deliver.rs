//! One mail at a time out of the queue.
//!
//! Whoever delivers takes a mail for a while, gets what has to be in it, sends it, and says how it went. A taken mail that
//! nobody speaks of again (the process died) is due once more after that while: a mail may arrive twice, and is never lost.
//! Its token is the same each time, so the first to arrive is as good as the second.
//!
//! Invariant: a mail is in one sender's hands at a time, and leaves with a ticket that is good from that moment on, or not at
//! all.

use crate::account::LoginName;
use crate::audit::Deed;
use crate::change::{Changes, MailChange, TicketChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::mail::{Mail, MailKind, MailState};
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;
use crate::ticket::Purpose;
use crate::time::Ttl;

/// How long whoever took a mail may be busy with it.
const HELD: Ttl = Ttl::from_seconds(30);
/// The wait after the first failure; it doubles with each,
const FIRST_WAIT: Ttl = Ttl::from_seconds(5);
/// up to this one.
const LONGEST_WAIT: Ttl = Ttl::from_minutes(60);
/// With these waits the last attempt is two days after the first.
const MOST_ATTEMPTS: u32 = 57;
/// The longest part of a server's complaint that is kept, in characters.
const ERROR_MAX: usize = 300;

/// A mail that has to be written and sent now.
#[derive(Debug)]
pub struct Outgoing {
    /// The mail.
    pub mail: Mail,
    /// What the recipient proves the address with; `None` in a mail that only tells.
    pub proof: Option<Proof>,
}

/// What a mail proves its recipient's address with.
#[derive(Debug)]
pub struct Proof {
    /// For the link.
    pub token: Secret<String>,
    /// How long the link is good.
    pub ttl: Ttl,
    /// To be typed; only where there is room for it.
    pub code: Option<Secret<String>>,
    /// How long the code is good.
    pub code_ttl: Ttl,
}

impl Core {
    /// Up to `limit` mails that are due, longest due first.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn due_mails(&self, limit: u32) -> Result<Vec<Mail>, Error> {
        Ok(self.ports().store.due_mails(self.now(), limit).await?)
    }

    /// Takes `mail` and says what has to be in it; `None` when there is nothing to send: somebody else has it, nobody has the
    /// address, or its ticket is worth nothing any more.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn take_mail(&self, mut mail: Mail) -> Result<Option<Outgoing>, Error> {
        let take = MailChange::Take { mail: mail.id, due_at: mail.due_at, until: self.now() + HELD };
        if self.is_stale(take).await? {
            return Ok(None);
        }
        mail.attempts += 1;
        let Some(purpose) = mail.kind.purpose() else {
            return Ok(Some(Outgoing { mail, proof: None }));
        };
        if !self.has_owner(&mut mail, purpose).await? {
            return Ok(None);
        }
        let (now, settings) = (self.now(), &self.settings().tickets);
        let ttl = settings.ttl(purpose);
        // The time of a ticket begins when it is handed over: a mail server that was away does not use it up.
        let renew = TicketChange::Renew {
            ticket: mail.id,
            expires_at: now + ttl,
            code_expires_at: now + settings.code_ttl,
        };
        if self.is_stale(renew).await? {
            self.is_stale(MailChange::Drop { mail: mail.id }).await?;
            return Ok(None);
        }
        let proof = Proof {
            token: self.ticket_key().token(purpose, mail.id),
            ttl,
            code: purpose.has_code().then(|| self.ticket_key().code(purpose, mail.id)),
            code_ttl: settings.code_ttl,
        };
        Ok(Some(Outgoing { mail, proof: Some(proof) }))
    }

    /// Notes that a mail server has taken `mail`.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`]: it will be sent once more.
    pub async fn mail_was_sent(&self, mail: &Mail) -> Result<(), Error> {
        let end =
            MailChange::End { mail: mail.id, state: MailState::Sent, error: String::new(), at: self.now() };
        self.is_stale(end).await.map(drop)
    }

    /// Notes that `mail` could not be sent, and why. Says whether it is tried again: not when the failure `is_final`, nor after
    /// two days.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`]: it is tried again all the same.
    pub async fn mail_was_not_sent(&self, mail: &Mail, why: &str, is_final: bool) -> Result<bool, Error> {
        let at = self.now();
        let error = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR_MAX).collect();
        let is_over = is_final || mail.attempts >= MOST_ATTEMPTS;
        let change = if is_over {
            MailChange::End { mail: mail.id, state: MailState::Failed, error, at }
        } else {
            MailChange::Postpone { mail: mail.id, due_at: at + self.wait_after(mail.attempts), error }
        };
        self.is_stale(change).await?;
        Ok(!is_over)
    }

    /// The wait after so many attempts: doubled each time, and a quarter more or less, so that those that failed together do
    /// not come together again.
    fn wait_after(&self, attempts: u32) -> Ttl {
        let doubled = FIRST_WAIT.as_millis() << attempts.saturating_sub(1).min(20);
        let wait = doubled.min(LONGEST_WAIT.as_millis());
        let [random] = self.entropy().bytes::<1>();
        Ttl::from_millis(wait * 3 / 4 + wait / 2 * i64::from(random) / 255)
    }

    /// Whether there is an account the mail is about. A mail that somebody asked for by naming an address finds its account
    /// here, and gets its ticket; where there is none, it is forgotten.
    async fn has_owner(&self, mail: &mut Mail, purpose: Purpose) -> Result<bool, Error> {
        if mail.user_id.is_some() {
            return Ok(true);
        }
        let name = LoginName::Email(mail.to.key().to_owned());
        let found = self.ports().store.user_by_name(&name).await?;
        let user =
            found.filter(|user| user.is_active && !(mail.kind == MailKind::VerifyEmail && user.is_verified));
        let Some(user) = user else {
            self.is_stale(MailChange::Drop { mail: mail.id }).await?;
            return Ok(false);
        };
        // The account's own spelling: the one the owner wrote.
        mail.to = user.email.clone();
        mail.user_id = Some(user.id);
        let deed = match purpose {
            Purpose::ResetPassword => Deed::PasswordResetRequested,
            _ => Deed::VerificationRequested,
        };
        let client = Client { address: mail.origin.parse().ok(), ..Client::default() };
        let event = self.event(deed, &client).about(user.id);
        let ticket = self.new_ticket(mail, user.id, purpose);
        let own = Changes::from(MailChange::Own { mail: mail.id, user: user.id })
            .with(TicketChange::Add(Box::new(ticket)))
            .recorded(event);
        match self.apply(own).await {
            Ok(()) => Ok(true),
            // The account was deleted, or the mail discarded, at this moment: the next attempt will see.
            Err(ApplyError::Conflict(_)) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Whether a guarded change found its row changed or gone.
    async fn is_stale(&self, change: impl Into<Changes> + Send) -> Result<bool, Error> {
        match self.apply(change).await {
            Ok(()) => Ok(false),
            Err(ApplyError::Conflict(Conflict::Stale)) => Ok(true),
            Err(fault) => Err(fault.into()),
        }
    }
}
