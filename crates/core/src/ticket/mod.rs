//! Tickets: proof that somebody reads the mail of an address.
//!
//! A ticket travels in one mail and says what it is good for. It works once, for a while, and only as long as it is the newest
//! of its purpose. It has a long token for a link and, for some purposes, a short code to be typed.
//!
//! Invariant: neither token nor code is kept anywhere. Both are made from the ticket's id and a key outside the database, so a
//! copy of the database opens nothing.

mod secret;
mod spend;

pub(crate) use secret::TicketKey;
pub use spend::Presented;

use std::fmt;

use crate::account::EmailAddress;
use crate::id::{MailId, UserId};
use crate::time::Timestamp;

/// Wrong codes after which a ticket's code is worth nothing.
pub const CODE_TRIES: u32 = 5;

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The address of an account is proved.
    VerifyEmail,
    /// A new password is set.
    ResetPassword,
    /// An account gets another address.
    ChangeEmail,
    /// An account that was made for somebody gets its first password.
    Invitation,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: &'static [Self] =
        &[Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmail, Self::Invitation];

    /// The stable text of the purpose.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::Invitation => "invitation",
        }
    }

    /// The purpose with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|purpose| purpose.as_str() == text)
    }

    /// Whether its tickets have a code beside the token: not where a guess would give an account away.
    pub const fn has_code(self) -> bool {
        matches!(self, Self::VerifyEmail)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The mail it travels in.
    pub id: MailId,
    /// Whose account it is for.
    pub user_id: UserId,
    /// What it is good for.
    pub purpose: Purpose,
    /// The address it proves.
    pub email: EmailAddress,
    /// How many codes were tried.
    pub tries: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its token ends.
    pub expires_at: Timestamp,
    /// When its code ends.
    pub code_expires_at: Timestamp,
    /// When it was used.
    pub spent_at: Option<Timestamp>,
}

impl Ticket {
    /// Whether its token is good at `now`.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.spent_at.is_none() && now < self.expires_at
    }
}
