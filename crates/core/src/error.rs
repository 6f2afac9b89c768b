//! Every way in which Doorward says no, in one closed list.
//!
//! A [`Code`] is part of the interface: its text never changes and each surface maps each code in one exhaustive match.
//! Does not know HTTP: the server's `http::problem` does.

mod text;

use std::fmt;

use crate::port::{ApplyError, Conflict, HashError, Limited, NoAnswer, StoreError};
use crate::secret::Secret;
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
    /// The password is right, and the account has a second factor: a code has to be shown with the ticket that comes with this.
    SecondFactorRequired = "second_factor_required";
    /// The code of the second factor is wrong, or was used.
    SecondFactorInvalid = "second_factor_invalid";
    /// A code of the second factor, asked for again, is wrong, or was used.
    WrongCode = "wrong_code";
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
    /// The answer of a device is not what was asked for, or the question is too old.
    PasskeyInvalid = "passkey_invalid";
    /// Nothing else would let the owner of the account in.
    LastWayIn = "last_way_in";
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

    // Applications that people sign in to (OAuth 2.1)
    /// The application is not known, or did not prove that it is the one.
    InvalidClient = "invalid_client";
    /// The code or refresh token is wrong, used, too old, or another application's. Which one is not told.
    InvalidGrant = "invalid_grant";
    /// Tokens are not given for that.
    UnsupportedGrant = "unsupported_grant_type";
    /// The application may not have tokens in this way.
    UnauthorizedClient = "unauthorized_client";
    /// Nothing but a code is given through the browser.
    UnsupportedResponse = "unsupported_response_type";
    /// Requests are not taken in the form of an object.
    UnsupportedRequest = "request_not_supported";
    /// Nobody is signed in, and nobody was to be asked.
    LoginRequired = "login_required";
    /// The owner has not agreed yet, and was not to be asked.
    ConsentRequired = "consent_required";
    /// The owner does not agree.
    AccessDenied = "access_denied";

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
    ticket: Option<Secret<String>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A refusal for the reason `code`; `detail` is one sentence for the caller and holds nothing secret.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), field: None, retry_after: None, ticket: None, source: None }
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

    /// Gives the caller what to come again with.
    #[must_use]
    pub fn with_ticket(mut self, ticket: Secret<String>) -> Self {
        self.ticket = Some(ticket);
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

    /// What to come again with, when there is something.
    pub const fn ticket(&self) -> Option<&Secret<String>> {
        self.ticket.as_ref()
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
        Self::new(code, text::of(code))
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
            ApplyError::Conflict(Conflict::LastWayIn) => Self::from(Code::LastWayIn),
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
