//! How guards log people in: the way to a provider and back.
//!
//! The desk ([`LoginDesk`]) sends browsers away, takes them back and writes the session; a [`Login`] knows one provider.
//! An attempt is kept by the browser alone, sealed, so strangers cannot fill the memory; [`LoginLink`] serves those who have no
//! browser of their own in between.
//!
//! Invariant: an answer logs in nobody but the browser whose attempt it answers, with the guard that began it, once.

mod address;
mod answer;
mod attempt;
mod callback;
mod desk;
mod link;
mod log_out;
mod on_auth;
mod page;
mod renew;
mod used;

pub use address::CallbackUrl;
pub use attempt::Attempt;
pub use callback::CodeAnswer;
pub(crate) use desk::{DeskRoute, Handled, LoginDesk};
pub use link::{LinkAnswer, LinkBegun, LoginLink};
pub use on_auth::{Handler, LoggedIn, OnAuth};

use crate::guard::Reason;
use crate::session::Entry;
use crate::soon::{Soon, Waiting};

/// Logs people in with one provider.
pub trait Login: Send + Sync + 'static {
    /// Where the provider sends browsers back to.
    fn callback(&self) -> &CallbackUrl;

    /// What the browser gets when it comes back logged in.
    fn on_auth(&self) -> &OnAuth;

    /// What the provider is called where people choose among several.
    fn label(&self) -> &str;

    /// Whether the provider answers by a form that its page posts here, rather than by a redirect.
    fn is_answered_by_form(&self) -> bool {
        false
    }

    /// Where to send the browser for this attempt.
    fn begin(&self, attempt: &Attempt, now: i64) -> Soon<Result<String, LoginFault>>;

    /// The login that the provider's answer proves.
    fn finish(&self, answer: CodeAnswer, now: i64) -> Waiting<Result<Entry, LoginFault>>;

    /// The same login with a fresh token; `None` if the provider does not vouch for it any more.
    fn renew(&self, entry: Entry, now: i64) -> Waiting<Result<Option<Entry>, LoginFault>>;
}

/// Why a login did not work. For logs: what the browser gets tells less.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoginFault {
    /// The answer does not belong to the attempt: 400.
    #[error("the answer does not belong to this login: {0}")]
    Mismatch(Reason),
    /// The provider vouches for the user, and the application does not want them: 403.
    #[error("the user is not admitted: {0}")]
    Denied(Reason),
    /// The provider says what it must not say: 502.
    #[error("the provider's answer cannot be used: {0}")]
    BadAnswer(Reason),
    /// The provider cannot be asked at present: 503.
    #[error("the provider cannot be asked: {0}")]
    Unreachable(Reason),
}

/// Why logins cannot be set up in this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LoginSetupError {
    #[error("the guards \"{0}\" and \"{1}\" have one callback path, \"{2}\"")]
    SharedCallback(String, String, String),
    #[error("the path \"{0}\" of the logout is no path, or a callback's")]
    BadLogout(String),
    #[error(
        "the guard \"{0}\" sends browsers to \"{1}\" after a login, which is neither a path nor an address"
    )]
    BadTarget(String, String),
}
