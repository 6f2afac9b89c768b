//! Mail to the owners of accounts, and its way out of the house.
//!
//! A mail is queued in the write set of the deed it tells of, and sent later by whoever calls [`deliver`]: no request waits for
//! a mail server, and none is lost with it. The queue holds no secret: a token or code is made when the mail is written.
//!
//! Does not render and does not speak SMTP: the server's `mail` does.
//!
//! Invariant: a mail has one recipient, an address that was read as one, and leads to nowhere but the configured addresses.

mod deliver;
mod queue;

pub use deliver::{Outgoing, Proof};
pub use queue::MailQueue;

use std::fmt;

use crate::account::EmailAddress;
use crate::id::{MailId, UserId};
use crate::ticket::Purpose;
use crate::time::Timestamp;

macro_rules! texts {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type { $($(#[$doc])* $name,)* }

        impl $type {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The one with this text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    };
}

texts! {
    /// What a mail is about.
    MailKind {
        /// Prove that the address of an account is yours.
        VerifyEmail = "verify_email",
        /// Choose a new password.
        ResetPassword = "reset_password",
        /// Prove that an account's new address is yours.
        ChangeEmail = "change_email",
        /// An account waits for you: choose its password.
        Invitation = "invitation",
        /// Your password was changed.
        PasswordChanged = "password_changed",
        /// Your account has another address now; told to the old one.
        EmailChanged = "email_changed",
        /// A code is asked for after your password from now on.
        SecondFactorAdded = "second_factor_added",
        /// Your password alone opens your account again.
        SecondFactorRemoved = "second_factor_removed",
        /// Somebody came in by one of your recovery codes.
        RecoveryCodeUsed = "recovery_code_used",
        /// Your account has another passkey.
        PasskeyAdded = "passkey_added",
        /// Your account has a passkey less.
        PasskeyRemoved = "passkey_removed",
        /// Your account was deleted.
        AccountDeleted = "account_deleted",
    }
}

texts! {
    /// Where a mail stands.
    MailState {
        /// It will be sent, or tried again.
        Waiting = "waiting",
        /// The mail server has taken it.
        Sent = "sent",
        /// It is not tried any more.
        Failed = "failed",
    }
}

impl MailKind {
    /// What the ticket in the mail is good for; `None` for a mail that only tells.
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::VerifyEmail => Some(Purpose::VerifyEmail),
            Self::ResetPassword => Some(Purpose::ResetPassword),
            Self::ChangeEmail => Some(Purpose::ChangeEmail),
            Self::Invitation => Some(Purpose::Invitation),
            Self::PasswordChanged | Self::EmailChanged | Self::AccountDeleted => None,
            Self::SecondFactorAdded | Self::SecondFactorRemoved | Self::RecoveryCodeUsed => None,
            Self::PasskeyAdded | Self::PasskeyRemoved => None,
        }
    }
}

/// A mail in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names the mail, and the ticket in it.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// Whose account it is about; `None` while that is not known, and for an account that is gone.
    pub user_id: Option<UserId>,
    /// The one recipient.
    pub to: EmailAddress,
    /// The address of the caller who caused it, as text; empty when there is none.
    pub origin: String,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time; empty when nothing did.
    pub last_error: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Not tried before this moment.
    pub due_at: Timestamp,
    /// When it was sent or given up.
    pub done_at: Option<Timestamp>,
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Mails that wait to be sent, or to be tried again.
    pub waiting: u64,
    /// When the oldest of them was queued.
    pub oldest_at: Option<Timestamp>,
}
