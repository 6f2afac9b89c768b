//! What an application and a provider have agreed upon.

use super::credentials::{ClientAuth, Credentials};
use crate::guard::Reason;
use crate::login::CallbackUrl;
use crate::secret::Secret;

/// An application as it is registered with a provider: its name there, its secret, and where browsers come back to.
///
/// ```
/// use doorward_guard::guards::{ClientAuth, Registration};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/auth/callback").auth(ClientAuth::Basic);
/// let without_secret = Registration::public("app-2", "https://app.example/auth/other");
/// ```
#[derive(Debug, Clone)]
pub struct Registration {
    pub(crate) credentials: Credentials,
    pub(crate) auth_is_chosen: bool,
    pub(crate) callback: CallbackUrl,
    pub(crate) fault: Option<Reason>,
}

impl Registration {
    /// The client `id` with `secret`, to which browsers come back at `redirect_url`.
    pub fn new(id: impl Into<String>, secret: impl Into<Secret>, redirect_url: &str) -> Self {
        Self::with(Credentials { id: id.into(), secret: secret.into(), auth: ClientAuth::Post }, redirect_url)
    }

    /// The client `id`, which has no secret.
    pub fn public(id: impl Into<String>, redirect_url: &str) -> Self {
        let credentials = Credentials { id: id.into(), secret: Secret::default(), auth: ClientAuth::None };
        Self { auth_is_chosen: true, ..Self::with(credentials, redirect_url) }
    }

    fn with(credentials: Credentials, redirect_url: &str) -> Self {
        let (callback, fault) = match CallbackUrl::parse(redirect_url) {
            Ok(callback) => (callback, None),
            Err(fault) => (CallbackUrl::unreadable(redirect_url), Some(fault)),
        };
        Self { credentials, auth_is_chosen: false, callback, fault }
    }

    /// Where the secret goes; into the form unless told, or as the provider says where it says so itself.
    #[must_use]
    pub const fn auth(mut self, auth: ClientAuth) -> Self {
        self.credentials.auth = auth;
        self.auth_is_chosen = true;
        self
    }

    /// The application is mounted at `root`, which it does not see in its paths.
    #[must_use]
    pub fn under(mut self, root: &str) -> Self {
        match self.callback.clone().under(root) {
            Ok(callback) => self.callback = callback,
            Err(fault) => self.fault = Some(fault),
        }
        self
    }

    /// The path under which the application sees browsers come back, where a proxy rewrites it.
    #[must_use]
    pub fn callback_path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        if !path.starts_with('/') {
            self.fault =
                Some(Reason::from(format!("the callback path \"{path}\" does not begin with a slash")));
        }
        self.callback = self.callback.seen_at(path);
        self
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<Reason> {
        if self.credentials.id.is_empty() {
            return Some("the client has no name".into());
        }
        if self.credentials.auth != ClientAuth::None && self.credentials.secret.is_empty() {
            return Some("the client has an empty secret".into());
        }
        self.fault.clone()
    }
}
