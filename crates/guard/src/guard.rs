//! What a guard is: something that looks at a request and says what it saw.
//!
//! A guard never writes an answer; [`decide`](crate::decide()) and the layer do, from what all guards have said.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::challenge::Challenge;
use crate::request::GuardRequest;
use crate::scope::ScopeSet;
use crate::soon::Soon;
use crate::user::UserInfo;

/// Checks the requests of one authentication scheme.
///
/// ```
/// use doorward_guard::{Guard, GuardRequest, Identity, Outcome, Soon, UserInfo};
///
/// /// Lets in what comes from this machine's own proxy.
/// struct FromProxy;
///
/// impl Guard for FromProxy {
///     fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
///         match request.header("x-proxy-user").found() {
///             Some(user) => Outcome::Pass(Identity::new(UserInfo::new("proxy", user))).into(),
///             None => Outcome::Missing.into(),
///         }
///     }
/// }
/// ```
pub trait Guard: Send + Sync + 'static {
    /// What the request proves. Asked once for each request whose flow names the guard.
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome>;

    /// How to ask for credentials (RFC 9110 §11.6.1); `None` for a guard that is no HTTP authentication scheme.
    fn challenge(&self, _why: Why, _needed: &ScopeSet) -> Option<Challenge> {
        None
    }

    /// Whether the guard looks for credentials in a form body; bodies are read only for guards that do.
    fn reads_form(&self) -> bool {
        false
    }

    /// Whether a session keeps what the guard has seen, so that the next request needs no credentials.
    fn is_remembered(&self) -> bool {
        false
    }

    /// How people log in, for guards that send browsers to a login page.
    #[cfg(feature = "session")]
    fn login(&self) -> Option<Arc<dyn crate::login::Login>> {
        None
    }

    /// What is wrong with the way the guard was set up, if anything; asked once, when guards are built.
    fn fault(&self) -> Option<Reason> {
        None
    }

    /// The security scheme of OpenAPI that describes the guard; `None` leaves it out of the document.
    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<serde_json::Value> {
        None
    }
}

/// What one guard says of one request.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The request proves who is asking.
    Pass(Identity),
    /// There is nothing for this guard in the request.
    Missing,
    /// There is something, and it is wrong.
    Invalid(Reason),
    /// The request contradicts itself; it ends with 400 whatever other guards say.
    BadRequest(Reason),
    /// Whoever would know cannot be asked now; `retry_after` is in seconds.
    Unavailable {
        /// When to try again.
        retry_after: u32,
        /// What is the matter.
        reason: Reason,
    },
}

impl Outcome {
    /// Something wrong was sent.
    pub fn invalid(reason: impl Into<Reason>) -> Self {
        Self::Invalid(reason.into())
    }

    /// The request contradicts itself.
    pub fn bad_request(reason: impl Into<Reason>) -> Self {
        Self::BadRequest(reason.into())
    }

    /// Ask again in so many seconds.
    pub fn unavailable(retry_after: u32, reason: impl Into<Reason>) -> Self {
        Self::Unavailable { retry_after, reason: reason.into() }
    }

    /// Why the guard did not let the request in, if it says so.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pass(_) | Self::Missing => None,
            Self::Invalid(reason) | Self::BadRequest(reason) | Self::Unavailable { reason, .. } => {
                Some(reason)
            }
        }
    }

    /// Whether the guard lets the request in.
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass(_))
    }
}

/// Why a guard refused. For logs and explanations; the caller never sees it.
///
/// ```
/// use doorward_guard::{Outcome, Reason};
///
/// let outcome = Outcome::invalid(Reason::from("the badge is blocked").with_cause(404_u16));
/// let reason = outcome.reason().expect("it was refused");
/// assert_eq!(reason.to_string(), "the badge is blocked");
/// assert_eq!(reason.cause::<u16>().as_deref(), Some(&404));
/// ```
#[derive(Clone)]
pub struct Reason {
    text: Cow<'static, str>,
    cause: Option<Arc<dyn Any + Send + Sync>>,
}

impl Reason {
    /// The same with a value of the guard's own, for the hook that writes the answer ([`Refusal`](crate::Refusal)).
    #[must_use]
    pub fn with_cause<T: Any + Send + Sync>(mut self, cause: impl Into<Arc<T>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What [`with_cause`](Self::with_cause) was given, if it is a `T`.
    pub fn cause<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.cause.clone()?.downcast().ok()
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), cause: None }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text: Cow::Owned(text), cause: None }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Reason").field(&self.text).finish()
    }
}

/// Why a challenge is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nothing was sent.
    Missing,
    /// What was sent is wrong.
    Invalid,
    /// The request contradicts itself.
    BadRequest,
    /// The caller is known and may not.
    InsufficientScope,
}

/// Who a guard says is asking; cheap to clone.
///
/// ```
/// use doorward_guard::{Identity, UserInfo};
///
/// struct Account { tenant: u32 }
///
/// // Handlers find the account with `User::data`.
/// let identity = Identity::new(UserInfo::new("local", "ada").with_scopes(["read"]))
///     .with_data::<Account>(Account { tenant: 7 });
/// assert!(identity.scopes().contains("read"));
/// ```
#[derive(Clone)]
pub struct Identity {
    user: Arc<UserInfo>,
    data: Option<Arc<dyn Any + Send + Sync>>,
    is_private: bool,
}

impl Identity {
    /// This user. Its `scopes` are those that the guard grants.
    pub fn new(user: impl Into<Arc<UserInfo>>) -> Self {
        Self { user: user.into(), data: None, is_private: false }
    }

    /// The same with a value of the guard's own, for [`User::data`](crate::User::data).
    #[must_use]
    pub fn with_data<T: Any + Send + Sync>(mut self, data: impl Into<Arc<T>>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// The same, seen where shared caches could see it too: the answer will say `Cache-Control: private`.
    #[must_use]
    pub const fn privately(mut self) -> Self {
        self.is_private = true;
        self
    }

    /// The user's record.
    pub fn user(&self) -> &Arc<UserInfo> {
        &self.user
    }

    /// What the guard grants.
    pub fn scopes(&self) -> &ScopeSet {
        &self.user.scopes
    }

    /// What was attached ([`with_data`](Self::with_data)), if it is a `T`: for a guard that stands around another one.
    pub fn attached<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.data()?.clone().downcast().ok()
    }

    pub(crate) const fn data(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.data.as_ref()
    }

    pub(crate) const fn is_private(&self) -> bool {
        self.is_private
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Identity").field(&self.user).finish()
    }
}

/// What a `validate` hook answers: no, yes, or yes with these scopes.
///
/// ```
/// use doorward_guard::{ScopeSet, Verdict};
///
/// assert_eq!(Verdict::from(true), Verdict::Yes);
/// assert_eq!(Verdict::from(None), Verdict::No);
/// assert_eq!(Verdict::from(["read"]), Verdict::Scopes(ScopeSet::from(["read"])));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The credentials are wrong.
    No,
    /// They are right; scopes are what the guard knows of, mostly none.
    Yes,
    /// They are right and grant exactly these.
    Scopes(ScopeSet),
    /// Whoever would know cannot be asked now: the caller is told to come back (503), not that the credentials are wrong.
    Unknown,
}

impl Verdict {
    /// The scopes, `default` if it was a plain yes; `None` if it was no yes.
    pub fn scopes_or(self, default: ScopeSet) -> Option<ScopeSet> {
        match self {
            Self::No | Self::Unknown => None,
            Self::Yes => Some(default),
            Self::Scopes(scopes) => Some(scopes),
        }
    }
}

impl From<bool> for Verdict {
    fn from(is_right: bool) -> Self {
        if is_right { Self::Yes } else { Self::No }
    }
}

impl From<ScopeSet> for Verdict {
    fn from(scopes: ScopeSet) -> Self {
        Self::Scopes(scopes)
    }
}

impl<const N: usize> From<[&str; N]> for Verdict {
    fn from(scopes: [&str; N]) -> Self {
        Self::Scopes(scopes.into())
    }
}

/// An error is neither yes nor no.
impl<V: Into<Self>, E> From<Result<V, E>> for Verdict {
    fn from(found: Result<V, E>) -> Self {
        found.map_or(Self::Unknown, Into::into)
    }
}

/// Nothing is no: a lookup that finds nobody refuses.
impl From<Option<ScopeSet>> for Verdict {
    fn from(found: Option<ScopeSet>) -> Self {
        found.map_or(Self::No, Self::Scopes)
    }
}
