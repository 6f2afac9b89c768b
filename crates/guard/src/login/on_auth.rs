//! What a browser gets when it comes back logged in.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use super::attempt::{BODY_MAX, Wanted};
use crate::user::UserInfo;

/// What happens after a login.
///
/// ```
/// use doorward_guard::OnAuth;
///
/// let to_the_start = OnAuth::RedirectTo("/home".to_owned());
/// let greeting = OnAuth::own(|login| {
///     http::Response::new(format!("Welcome, {}", login.user().id).into())
/// });
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum OnAuth {
    /// The request that had led to the login is answered, as if the browser had sent it again. Only what changes nothing:
    /// after another request, the browser is sent back.
    #[default]
    Replay,
    /// The same, and requests that change something are sent again with their body, if that has at most so many bytes (and at
    /// most 1 KiB: it goes through the browser) and came from a page of the application itself.
    ReplayWithBody(usize),
    /// The browser goes back to the page of the application that it came from, or else to the one that it wanted.
    RedirectBack,
    /// The browser goes to this path or address.
    RedirectTo(String),
    /// The application answers itself.
    Own(Arc<Handler>),
}

/// Writes the application's own answer to a login.
pub type Handler = dyn Fn(&LoggedIn<'_>) -> Response<Bytes> + Send + Sync;

impl OnAuth {
    /// `handler` answers.
    pub fn own(handler: impl Fn(&LoggedIn<'_>) -> Response<Bytes> + Send + Sync + 'static) -> Self {
        Self::Own(Arc::new(handler))
    }

    /// How many bytes of a body are kept.
    pub(crate) fn body_max(&self) -> usize {
        match self {
            Self::ReplayWithBody(max) => (*max).min(BODY_MAX),
            _ => 0,
        }
    }
}

impl fmt::Debug for OnAuth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replay => out.write_str("Replay"),
            Self::ReplayWithBody(max) => write!(out, "ReplayWithBody({max})"),
            Self::RedirectBack => out.write_str("RedirectBack"),
            Self::RedirectTo(target) => write!(out, "RedirectTo({target:?})"),
            Self::Own(_) => out.write_str("Own(…)"),
        }
    }
}

/// A login that has just happened.
#[derive(Debug, Clone, Copy)]
pub struct LoggedIn<'a> {
    pub(crate) user: &'a UserInfo,
    pub(crate) wanted: &'a Wanted,
}

impl LoggedIn<'_> {
    /// Who is logged in now.
    pub const fn user(&self) -> &UserInfo {
        self.user
    }

    /// The method of the request that had led to the login.
    pub fn method(&self) -> &str {
        &self.wanted.method
    }

    /// Its path and query.
    pub fn target(&self) -> &str {
        &self.wanted.target
    }

    /// The application's own page from which it came.
    pub fn from(&self) -> Option<&str> {
        self.wanted.from.as_deref()
    }
}
