//! What is asked of others than the database: whether a caller is human, whether a password has leaked.
//!
//! Each of them may fail to answer; what that means is said where they are set up, and reaches the rules as an answer or as
//! [`NoAnswer`].

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::client::Client;
use crate::hook::Hooks;
use crate::port::{AuthProvider, PasskeyVerifier, SessionMirror};
use crate::secret::Secret;

/// Whoever was asked did not answer, and may not be passed over. The text is for logs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Tells people from programs by what they solved in the browser.
#[async_trait]
pub trait Captcha: Send + Sync + fmt::Debug {
    /// Whether `token` is a solution, fresh and for this site.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn is_solved(&self, token: &str, client: &Client) -> Result<bool, NoAnswer>;
}

/// Knows passwords that have leaked somewhere.
#[async_trait]
pub trait BreachedPasswords: Send + Sync + fmt::Debug {
    /// Whether `plain` is one of them.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn is_breached(&self, plain: &Secret<String>) -> Result<bool, NoAnswer>;
}

/// Those who are asked, as far as they were set up.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Where solutions of captchas are checked.
    pub captcha: Option<Arc<dyn Captcha>>,
    /// Where leaked passwords are looked up, in this order.
    pub breached: Vec<Arc<dyn BreachedPasswords>>,
    /// Others who are asked before something happens.
    pub hooks: Option<Arc<dyn Hooks>>,
    /// What those are called who are told of the audit log.
    pub listeners: Vec<String>,
    /// Where services look sessions up that hear of no ends.
    pub mirror: Option<Arc<dyn SessionMirror>>,
    /// Whether addresses of applications may be called that are not on the public network, or go by without TLS.
    pub reaches_private: bool,
    /// Other ways to prove who somebody is than the password.
    pub providers: Vec<Arc<dyn AuthProvider>>,
    /// Who verifies passkeys, where people can have them.
    pub passkeys: Option<Arc<dyn PasskeyVerifier>>,
}
