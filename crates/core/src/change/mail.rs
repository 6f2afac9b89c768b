//! Changes of mail and of the tickets in it.

use super::Change;
use crate::id::{MailId, UserId};
use crate::mail::{Mail, MailState};
use crate::ticket::Ticket;
use crate::time::Timestamp;

/// One thing that becomes true of tickets.
#[derive(Debug, Clone)]
pub enum TicketChange {
    /// A new ticket. It takes the place of the unspent one of the same account and purpose.
    Add(Box<Ticket>),
    /// The time of a ticket begins anew. Guarded: it is there and unspent.
    Renew {
        /// Which.
        ticket: MailId,
        /// When its token ends.
        expires_at: Timestamp,
        /// When its code ends.
        code_expires_at: Timestamp,
    },
    /// One more try at a ticket's code. Guarded: there is a try left, and the code's time is not over.
    TryCode {
        /// Which.
        ticket: MailId,
        /// When.
        at: Timestamp,
    },
    /// A ticket is used up. Guarded: it was good until now.
    Spend {
        /// Which.
        ticket: MailId,
        /// When.
        at: Timestamp,
    },
    /// Every unspent ticket of an account is worth nothing from now on.
    Void {
        /// Whose.
        user: UserId,
    },
}

/// One thing that becomes true of mail.
#[derive(Debug, Clone)]
pub enum MailChange {
    /// A mail to be sent.
    Queue(Box<Mail>),
    /// A mail in one sender's hands for a while. Guarded: it waits, and is due as the sender saw it.
    Take {
        /// Which.
        mail: MailId,
        /// When it was due.
        due_at: Timestamp,
        /// When it is due again unless its sender tells more.
        until: Timestamp,
    },
    /// The account that a mail is about was found. Guarded: it waits, and none was known.
    Own {
        /// Which.
        mail: MailId,
        /// Whose.
        user: UserId,
    },
    /// A mail was sent or given up. Guarded: it is there.
    End {
        /// Which.
        mail: MailId,
        /// How it ended.
        state: MailState,
        /// What went wrong; empty when nothing did.
        error: String,
        /// When.
        at: Timestamp,
    },
    /// A mail is tried again later. Guarded: it waits.
    Postpone {
        /// Which.
        mail: MailId,
        /// When.
        due_at: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// A mail is due at once, as if it had never been tried. Guarded: it was not sent.
    Retry {
        /// Which.
        mail: MailId,
        /// When.
        at: Timestamp,
    },
    /// A mail and the ticket in it are forgotten. Guarded: it is there.
    Drop {
        /// Which.
        mail: MailId,
    },
    /// Mails that were done with, and tickets that ended, before this moment are forgotten.
    Forget {
        /// The moment.
        before: Timestamp,
    },
}

impl From<TicketChange> for Change {
    fn from(change: TicketChange) -> Self {
        Self::Ticket(change)
    }
}

impl From<MailChange> for Change {
    fn from(change: MailChange) -> Self {
        Self::Mail(change)
    }
}
