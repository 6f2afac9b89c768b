//! What happened, to whom, by whom, from where.
//!
//! An event is written in the same write set as the deed it tells of. It holds no password, token or body.

use std::fmt;

use crate::client::Client;
use crate::id::{EventId, UserId};
use crate::time::Timestamp;

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A kind of deed that is worth a line in the audit log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Deed { $($(#[$doc])* $name,)* }

        impl Deed {
            /// Every deed there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text of the deed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The deed with this text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|deed| deed.as_str() == text)
            }
        }
    };
}

deeds! {
    /// An account was made.
    AccountRegistered = "account_registered";
    /// The first administrator was made at the first start.
    FirstAdminCreated = "first_admin_created";
    /// An administrator's account was made on the command line.
    AdminCreated = "admin_created";
    /// Somebody proved to be the owner and a session began.
    LoginSucceeded = "login_succeeded";
    /// A name was right and the password was not, or the account is disabled.
    LoginFailed = "login_failed";
    /// The owner ended a session.
    SessionEnded = "session_ended";
    /// The owner ended all sessions.
    AllSessionsEnded = "all_sessions_ended";
    /// A used refresh token came again and its session was ended.
    RefreshReused = "refresh_reused";
    /// The owner set a new password.
    PasswordChanged = "password_changed";
    /// A new password was set on the command line.
    PasswordReset = "password_reset";
    /// An account was enabled.
    AccountEnabled = "account_enabled";
    /// An account was disabled.
    AccountDisabled = "account_disabled";
    /// A new signing key took over.
    SigningKeyRotated = "signing_key_rotated";
}

impl fmt::Display for Deed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Names the line.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// Whose account it concerns.
    pub subject: Option<UserId>,
    /// The address it came from, as text; empty for the command line and the server itself.
    pub address: String,
    /// The request it was part of; finds the log lines. Empty outside a request.
    pub request_id: String,
    /// A word or two more, such as the reason of a refusal. Nothing secret.
    pub detail: String,
}

impl AuditEvent {
    /// An event without subject or detail.
    pub fn new(id: EventId, at: Timestamp, deed: Deed, client: &Client) -> Self {
        Self {
            id,
            at,
            deed,
            subject: None,
            address: client.address_text(),
            request_id: client.request_id.clone(),
            detail: String::new(),
        }
    }

    /// Names the account it concerns.
    #[must_use]
    pub const fn about(mut self, user: UserId) -> Self {
        self.subject = Some(user);
        self
    }

    /// Adds a word or two.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}
