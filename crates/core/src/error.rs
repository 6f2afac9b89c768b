//! Every way in which Doorward says no, in one closed list.
//!
//! A [`Code`] is part of the interface: its text never changes and each surface maps each code in one exhaustive match.
//! Does not know HTTP: the server's `http::problem` does.

use std::fmt;

use crate::port::{ApplyError, Conflict, HashError, Limited, NoAnswer, StoreError};
use crate::time::Ttl;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Why something was refused. The text form is stable and meant for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is, for tests and documents.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text of the code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The code with this text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    // The request
    /// The body is not JSON, or not of the documented shape.
    MalformedBody = "malformed_body";
    /// The query or path does not have the documented form.
    MalformedParameter = "malformed_parameter";
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large";
    /// The request took too long to arrive or to answer.
    TimedOut = "timed_out";
    /// The body's media type is not understood.
    UnsupportedMediaType = "unsupported_media_type";
    /// There is nothing at this path.
    NotFound = "not_found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed";
    /// A browser sent this request for another site.
    CrossSite = "cross_site";

    // Accounts
    /// The address is not a plain email address.
    InvalidEmail = "invalid_email";
    /// The user name has characters, a length or a mix of scripts that is not allowed.
    InvalidUsername = "invalid_username";
    /// A field is too long, or holds what it may not hold.
    InvalidField = "invalid_field";
    /// The address has an account.
    EmailTaken = "email_taken";
    /// The user name has an account.
    UsernameTaken = "username_taken";
    /// New accounts are not taken at present.
    RegistrationClosed = "registration_closed";
    /// Nobody else runs the server: the last superuser stays one.
    LastSuperuser = "last_superuser";
    /// There is a role of this name.
    RoleTaken = "role_taken";
    /// The account is disabled.
    AccountDisabled = "account_disabled";
    /// The address of the account has to be verified first.
    EmailUnverified = "email_unverified";
    /// A link or code from a mail is wrong, used, replaced by a newer one, or too old. Which one is not told.
    TicketInvalid = "ticket_invalid";

    // Passwords
    /// The password has fewer characters than required.
    PasswordTooShort = "password_too_short";
    /// The password is known to have leaked.
    PasswordBreached = "password_breached";
    /// The password has more characters than allowed.
    PasswordTooLong = "password_too_long";
    /// The password is among the best known.
    PasswordTooCommon = "password_too_common";
    /// The password repeats the account's own names.
    PasswordHoldsName = "password_holds_name";
    /// The password is too easy to guess.
    PasswordTooWeak = "password_too_weak";

    // Proof of identity
    /// No account has this name and password. Which of the two is wrong is not told.
    InvalidCredentials = "invalid_credentials";
    /// The current password, asked for again, is wrong.
    WrongPassword = "wrong_password";
    /// This needs the password, or a login of just now.
    FreshLoginRequired = "fresh_login_required";
    /// The request needs a credential and has none.
    AuthenticationRequired = "authentication_required";
    /// The token was not made here, was changed, or is of another kind.
    TokenInvalid = "token_invalid";
    /// The token's time is over.
    TokenExpired = "token_expired";
    /// The token's session has ended.
    TokenRevoked = "token_revoked";
    /// The refresh token was used before: its session has been ended, as it may have been stolen.
    TokenReused = "token_reused";
    /// The credential is good and does not allow this.
    Forbidden = "forbidden";
    /// A scope is not known here, or none of those asked for is held.
    InvalidScope = "invalid_scope";
    /// The caller has no such session.
    SessionNotFound = "session_not_found";

    // Documents
    /// The account keeps such a document already.
    DocumentExists = "document_exists";
    /// The document is of no kind that is read.
    DocumentTypeUnknown = "document_type_unknown";
    /// The account keeps as much as it may.
    QuotaReached = "quota_reached";
    /// The filter is not of the documented form.
    InvalidFilter = "invalid_filter";
    /// The operator has not set up what this needs.
    NotConfigured = "not_configured";

    // Limits and faults
    /// Too many attempts; more will be heard later.
    TooManyAttempts = "too_many_attempts";
    /// A fresh access token was given for this session a moment ago.
    RefreshRestricted = "refresh_restricted";
    /// A hook of the operator has refused.
    RefusedByHook = "refused_by_hook";
    /// The caller has to solve a captcha first.
    CaptchaRequired = "captcha_required";
    /// The captcha was not solved, or its solution is too old.
    CaptchaFailed = "captcha_failed";
    /// A service that has to be asked first does not answer.
    CheckUnavailable = "check_unavailable";
    /// More work waits than can be done in time.
    Overloaded = "overloaded";
    /// Somebody else changed the same thing at the same time; nothing was changed here.
    Conflict = "conflict";
    /// The database does not answer.
    StoreUnavailable = "store_unavailable";
    /// A fault of the server.
    Internal = "internal";
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A refusal: what to tell the caller, and what to tell the log.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: String,
    field: Option<&'static str>,
    retry_after: Option<Ttl>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A refusal for the reason `code`; `detail` is one sentence for the caller and holds nothing secret.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), field: None, retry_after: None, source: None }
    }

    /// Names the field of the request that is at fault.
    #[must_use]
    pub const fn about(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says when the same request may succeed.
    #[must_use]
    pub const fn retry_after(mut self, wait: Ttl) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Keeps the cause, for logs only.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The reason.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// One sentence for the caller.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The field of the request that is at fault, when there is one.
    pub const fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// How long to wait before trying again, when waiting helps.
    pub const fn wait(&self) -> Option<Ttl> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code, public_text(code))
    }
}

/// What is said of a code where no more is known.
const fn public_text(code: Code) -> &'static str {
    match code {
        Code::MalformedBody => "The body is not of the documented form.",
        Code::MalformedParameter => "A part of the path or query is not of the documented form.",
        Code::BodyTooLarge => "The body is larger than this server takes.",
        Code::TimedOut => "The request took too long.",
        Code::UnsupportedMediaType => "Send the body as application/json.",
        Code::NotFound => "There is nothing here.",
        Code::MethodNotAllowed => "This path does not answer to this method.",
        Code::CrossSite => "A browser sent this request in the name of another site.",
        Code::InvalidEmail => "This is not an email address that can be used here.",
        Code::InvalidUsername => "This user name cannot be used here.",
        Code::InvalidField => "A field holds what it may not hold.",
        Code::EmailTaken => "There is an account with this email address.",
        Code::UsernameTaken => "There is an account with this user name.",
        Code::RegistrationClosed => "New accounts are not taken at present.",
        Code::LastSuperuser => "Nobody else runs this server. Make another account a superuser first.",
        Code::RoleTaken => "There is a role of this name.",
        Code::AccountDisabled => "This account is disabled.",
        Code::EmailUnverified => "Verify your email address first: the link and the code are in your mail.",
        Code::TicketInvalid => "This link or code is wrong, was used, or is too old. Ask for a new one.",
        Code::PasswordTooShort => "The password is too short.",
        Code::PasswordTooLong => "The password is too long.",
        Code::PasswordTooCommon => "This password is one of the first that are guessed.",
        Code::PasswordBreached => "This password has leaked from some other service. Take another one.",
        Code::PasswordHoldsName => "The password must not repeat the account's email address or names.",
        Code::PasswordTooWeak => "This password is too easy to guess; make it longer or less regular.",
        Code::InvalidCredentials => "No account has this name and this password.",
        Code::WrongPassword => "The current password is not right.",
        Code::FreshLoginRequired => "Give the password with this, or sign in again first.",
        Code::AuthenticationRequired => "Sign in and send the access token as a bearer token.",
        Code::TokenInvalid => "This token is not valid here.",
        Code::TokenExpired => "This token has expired.",
        Code::TokenRevoked => "The session of this token has ended.",
        Code::TokenReused => "This refresh token was used before; its session has been ended. Sign in again.",
        Code::Forbidden => "This credential does not allow that.",
        Code::InvalidScope => "This is no scope that can be given here.",
        Code::SessionNotFound => "You have no such session.",
        Code::DocumentExists | Code::DocumentTypeUnknown | Code::QuotaReached => about_documents(code),
        Code::InvalidFilter | Code::NotConfigured => about_documents(code),
        Code::TooManyAttempts => "Too many attempts. Wait before the next one.",
        Code::RefreshRestricted => {
            "This session was given a fresh token a moment ago. Wait before the next one."
        }
        Code::RefusedByHook => "The operator's rules do not allow that.",
        Code::CaptchaRequired => "Solve a captcha and send its solution with the request.",
        Code::CaptchaFailed => "The captcha was not solved, or too long ago. Solve a new one.",
        Code::CheckUnavailable => "A service that has to be asked first does not answer. Try again shortly.",
        Code::Overloaded => "Too much is going on at once. Try again shortly.",
        Code::Conflict => {
            "This was changed by somebody else at the same time. Nothing was changed; try again."
        }
        Code::StoreUnavailable => {
            "The server cannot reach its database. Nothing was changed; try again shortly."
        }
        Code::Internal => "The server failed. The request id finds the reason in its log.",
    }
}

/// As [`public_text`], for documents.
const fn about_documents(code: Code) -> &'static str {
    match code {
        Code::DocumentExists => "You keep this document already.",
        Code::DocumentTypeUnknown => "This is no kind of document that is read here.",
        Code::QuotaReached => "You keep as much as you may.",
        Code::InvalidFilter => "The filter is not of the documented form.",
        _ => "This server is not set up for that.",
    }
}

impl From<StoreError> for Error {
    fn from(fault: StoreError) -> Self {
        match fault {
            StoreError::Unavailable(_) => {
                Self::from(Code::StoreUnavailable).retry_after(Ttl::from_seconds(1)).because(fault)
            }
            StoreError::Corrupt(_) => Self::from(Code::Internal).because(fault),
        }
    }
}

impl From<ApplyError> for Error {
    fn from(fault: ApplyError) -> Self {
        match fault {
            ApplyError::Conflict(Conflict::EmailTaken) => Self::from(Code::EmailTaken).about("email"),
            ApplyError::Conflict(Conflict::UsernameTaken) => {
                Self::from(Code::UsernameTaken).about("username")
            }
            ApplyError::Conflict(Conflict::RoleTaken) => Self::from(Code::RoleTaken).about("name"),
            ApplyError::Conflict(Conflict::LastSuperuser) => Self::from(Code::LastSuperuser),
            ApplyError::Conflict(Conflict::Stale) => Self::from(Code::Conflict),
            ApplyError::Store(fault) => fault.into(),
        }
    }
}

impl From<HashError> for Error {
    fn from(fault: HashError) -> Self {
        match fault {
            HashError::Busy { retry_after } => {
                Self::from(Code::Overloaded).retry_after(retry_after).because(fault)
            }
            HashError::Unreadable | HashError::Stopped => Self::from(Code::Internal).because(fault),
        }
    }
}

impl From<NoAnswer> for Error {
    fn from(fault: NoAnswer) -> Self {
        Self::from(Code::CheckUnavailable).retry_after(Ttl::from_seconds(5)).because(fault)
    }
}

impl From<Limited> for Error {
    fn from(limited: Limited) -> Self {
        Self::from(Code::TooManyAttempts).retry_after(limited.retry_after)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_codes_share_a_text() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();

        assert_eq!(texts.len(), Code::ALL.len());
    }

    #[test]
    fn the_cause_of_a_fault_is_kept_from_the_caller() {
        let error = Error::from(StoreError::Unavailable("disk /var/lib is full".into()));

        assert!(!error.to_string().contains("/var/lib"));
        assert!(std::error::Error::source(&error).is_some());
    }
}
