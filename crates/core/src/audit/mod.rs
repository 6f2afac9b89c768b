//! What happened, to whom, by whom, from where.
//!
//! An event is written in the same write set as the deed it tells of. It holds no password, token or body. Each line is
//! linked to the one before it: see [`chain`].

pub mod chain;
pub mod checkpoint;
mod log;
mod verify;

use std::fmt;

pub use log::{AuditFilter, AuditPage, PAGE_MAX, WantedOutcome, Whose};
pub use verify::{Broken, Fault, Verified};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::client::Client;
use crate::error::Code;
use crate::id::{EventId, UserId};
use crate::port::Entropy;
use crate::time::Timestamp;

/// Random bytes that hide what a digest was made of.
const SALT_BYTES: usize = 16;

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
    /// Somebody asked for a link to set a new password, and the address has this account.
    PasswordResetRequested = "password_reset_requested";
    /// A new password was set with a link from a mail.
    PasswordResetByMail = "password_reset_by_mail";
    /// Somebody asked for a link to verify an address, and the address has this account.
    VerificationRequested = "verification_requested";
    /// The owner proved that the address is theirs.
    EmailVerified = "email_verified";
    /// A code was tried, and was wrong.
    CodeTried = "code_tried";
    /// The password was right, and a code of the second factor was asked for.
    SecondFactorAsked = "second_factor_asked";
    /// The owner set up a second factor.
    SecondFactorAdded = "second_factor_added";
    /// A second factor was taken away.
    SecondFactorRemoved = "second_factor_removed";
    /// The owner got new recovery codes.
    RecoveryCodesRenewed = "recovery_codes_renewed";
    /// A recovery code was used in the place of the second factor.
    RecoveryCodeUsed = "recovery_code_used";
    /// The owner asked for another address, which has to be proved.
    EmailChangeRequested = "email_change_requested";
    /// An account got another address.
    EmailChanged = "email_changed";
    /// The owner changed what the account tells.
    ProfileChanged = "profile_changed";
    /// The owner took a copy of all data.
    DataExported = "data_exported";
    /// An account was deleted.
    AccountDeleted = "account_deleted";
    /// A mail was told to be tried at once.
    MailRetried = "mail_retried";
    /// Webhooks that could not be told are tried at once.
    WebhooksRetried = "webhooks_retried";
    /// A mail was taken out of the queue.
    MailDiscarded = "mail_discarded";
    /// An account was made for somebody, who was mailed a link to it.
    AccountInvited = "account_invited";
    /// An account was enabled.
    AccountEnabled = "account_enabled";
    /// An account was disabled.
    AccountDisabled = "account_disabled";
    /// What bounds an account was changed.
    LimitsChanged = "limits_changed";
    /// A setting was changed while the server runs.
    SettingChanged = "setting_changed";
    /// All sessions of all accounts were ended.
    EverybodySignedOut = "everybody_signed_out";
    /// Accounts were read from a file.
    AccountsImported = "accounts_imported";
    /// Accounts were written to a file.
    AccountsExported = "accounts_exported";
    /// A role was made.
    RoleCreated = "role_created";
    /// What a role is for or allows was changed.
    RoleChanged = "role_changed";
    /// A role was deleted.
    RoleDeleted = "role_deleted";
    /// An account was given a role, or the mark of a superuser.
    RoleGiven = "role_given";
    /// A role, or the mark of a superuser, was taken from an account.
    RoleTaken = "role_taken_away";
    /// An API key was made.
    ApiKeyCreated = "api_key_created";
    /// An API key was revoked.
    ApiKeyRevoked = "api_key_revoked";
    /// The owner added a passkey.
    PasskeyAdded = "passkey_added";
    /// A passkey was given another name.
    PasskeyRenamed = "passkey_renamed";
    /// A passkey was removed.
    PasskeyRemoved = "passkey_removed";
    /// A passkey was right, and its counter had not grown: there may be two of it. Nobody was let in.
    PasskeyCounterBack = "passkey_counter_back";
    /// An application that people sign in to was added.
    ClientAdded = "client_added";
    /// An application was given a new secret.
    ClientSecretRenewed = "client_secret_renewed";
    /// An application was removed, and all that it was given ended.
    ClientRemoved = "client_removed";
    /// The owner let an application have what it asked for.
    ConsentGiven = "consent_given";
    /// The owner took back what an application was let have.
    ConsentWithdrawn = "consent_withdrawn";
    /// An application was given a session of its own, in the name of its owner.
    ClientSignedIn = "client_signed_in";
    /// A used code came again, and the session that was given for it was ended.
    CodeReused = "code_reused";
    /// An application could not be told for days that what it was given has ended.
    LogoutUntold = "logout_untold";
    /// A new signing key took over.
    SigningKeyRotated = "signing_key_rotated";
    /// What the log told of somebody beyond the id of the account was deleted from it.
    PersonalDataErased = "personal_data_erased";
    /// Somebody who may not was refused.
    AccessRefused = "access_refused";
    /// Somebody who runs the server had the documents of all accounts before them.
    DocumentsOverseen = "documents_overseen";
    /// An attempt beyond a limit was refused; one line stands for many.
    AttemptLimited = "attempt_limited";
}

impl fmt::Display for Deed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How a deed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, for this reason.
    Refused(Code),
}

impl Outcome {
    /// `done`, or the code of the refusal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(code) => code.as_str(),
        }
    }

    /// The outcome with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        if text == Self::Done.as_str() {
            return Some(Self::Done);
        }
        Code::from_text(text).map(Self::Refused)
    }
}

/// One line of the audit log, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Names the line.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it; `None` for the command line, the server itself and strangers.
    pub actor: Option<UserId>,
    /// Whose account it concerns.
    pub subject: Option<UserId>,
    /// The request it was part of; finds the log lines. Empty outside a request.
    pub request_id: String,
    /// What can be erased later without a trace in the chain; `None` once it was.
    pub personal: Option<Personal>,
}

/// What an event tells of a person beyond the id of an account. The chain holds a salted digest of it, so that the text can be
/// deleted and nobody can find it again by trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Random bytes, base64url.
    pub salt: String,
    /// The address it came from, as text; empty for the command line and the server itself.
    pub address: String,
    /// A word or two more, such as the session that was opened. Nothing secret.
    pub detail: String,
}

impl AuditEvent {
    /// An event that was done, by nobody in particular and about nobody in particular.
    pub fn new(now: Timestamp, deed: Deed, client: &Client, entropy: &dyn Entropy) -> Self {
        Self {
            id: EventId::new(now, entropy),
            at: now,
            deed,
            outcome: Outcome::Done,
            actor: None,
            subject: None,
            request_id: client.request_id.clone(),
            personal: Some(Personal {
                salt: URL_SAFE_NO_PAD.encode(entropy.bytes::<SALT_BYTES>()),
                address: client.address_text(),
                detail: String::new(),
            }),
        }
    }

    /// Names the account it concerns.
    #[must_use]
    pub const fn about(mut self, user: UserId) -> Self {
        self.subject = Some(user);
        self
    }

    /// Names who did it.
    #[must_use]
    pub const fn by(mut self, user: UserId) -> Self {
        self.actor = Some(user);
        self
    }

    /// Names the account it concerns, whose owner did it.
    #[must_use]
    pub const fn by_owner(self, user: UserId) -> Self {
        self.by(user).about(user)
    }

    /// Says that it was refused, and why.
    #[must_use]
    pub const fn refused(mut self, code: Code) -> Self {
        self.outcome = Outcome::Refused(code);
        self
    }

    /// Adds a word or two.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        if let Some(personal) = &mut self.personal {
            personal.detail = detail.into();
        }
        self
    }

    /// The address it came from; empty when there is none, or no more.
    pub fn address(&self) -> &str {
        self.personal.as_ref().map_or("", |personal| &personal.address)
    }

    /// The word or two more; empty when there are none, or no more.
    pub fn detail(&self) -> &str {
        self.personal.as_ref().map_or("", |personal| &personal.detail)
    }
}
