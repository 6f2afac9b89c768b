//! Other ways to prove who somebody is than the password that Doorward keeps.
//!
//! A provider says what has to be asked, and judges the answer. It opens no session and writes nothing: what follows from a
//! proof is Doorward's own rule, the same for all.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use crate::client::Client;
use crate::id::UserId;
use crate::port::NoAnswer;
use crate::secret::Secret;

/// A way to prove who somebody is.
///
/// ```
/// # use doorward_core::port::{AuthProvider, AuthFault, Begin, LoginAnswer, LoginStart, ProvenIdentity};
/// #[derive(Debug)]
/// struct Badge;
///
/// #[async_trait::async_trait]
/// impl AuthProvider for Badge {
///     fn id(&self) -> &str {
///         "badge"
///     }
///
///     async fn begin(&self, _: &LoginStart) -> Result<Begin, AuthFault> {
///         Ok(Begin::Ask(vec!["number".into()]))
///     }
///
///     async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
///         match answer.field("number") {
///             Some("007") => Ok(ProvenIdentity::outside("007", "bond@example.com")),
///             _ => Err(AuthFault::Refused),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait AuthProvider: Send + Sync + fmt::Debug {
    /// The name it has in paths and in the database; letters, digits and `-`. Never changes, and is never another's.
    fn id(&self) -> &str;

    /// What has to be asked of whoever wants to come in.
    ///
    /// # Errors
    /// [`AuthFault`].
    async fn begin(&self, start: &LoginStart) -> Result<Begin, AuthFault>;

    /// Who it is, by what they answered. Has to cost the same whether or not there is somebody of that name.
    ///
    /// # Errors
    /// [`AuthFault`].
    async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault>;
}

/// Somebody wants to come in.
#[derive(Debug, Clone, Default)]
pub struct LoginStart {
    /// The name they gave, if any.
    pub identifier: Option<String>,
    /// Who is on the other end.
    pub client: Client,
    /// Where a browser is to come back to, should it be sent away.
    pub comes_back_to: ComesBackTo,
}

/// Who takes what a provider answers from the browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ComesBackTo {
    /// The application that has asked; it hands the answer over.
    #[default]
    Client,
    /// A page of this server.
    Page,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// These fields are asked for.
    Ask(Vec<String>),
    /// The browser is sent to this address.
    Redirect(String),
}

/// What somebody answered.
#[derive(Debug, Clone, Default)]
pub struct LoginAnswer {
    /// The answers by the names of their fields. Each may be a secret.
    pub fields: BTreeMap<String, Secret<String>>,
    /// Who is on the other end.
    pub client: Client,
    /// Where the browser has come back to, if it was sent away.
    pub came_back_to: ComesBackTo,
}

impl LoginAnswer {
    /// The answer in this field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.expose().as_str())
    }
}

/// Who somebody has proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProvenIdentity {
    /// The owner of this account.
    Account(UserId),
    /// Somebody whom the provider calls so. The account is the one that was made at their first login; an address never decides
    /// whose account it is.
    Outside {
        /// The provider's name for them: never changes, never another's.
        subject: String,
        /// The address of a new account.
        email: String,
        /// Whether the provider answers for it that the address is theirs.
        is_email_verified: bool,
        /// The name to show of a new account.
        name: Option<String>,
    },
}

impl ProvenIdentity {
    /// Somebody whom the provider calls `subject`, with an address that nobody answers for.
    pub fn outside(subject: impl Into<String>, email: impl Into<String>) -> Self {
        Self::Outside { subject: subject.into(), email: email.into(), is_email_verified: false, name: None }
    }
}

/// Why nobody was proved.
#[derive(Debug, thiserror::Error)]
pub enum AuthFault {
    /// The answer proves nothing.
    #[error("the answer proves nothing")]
    Refused,
    /// Whoever has to be asked does not answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// One of Doorward's own rules has refused.
    #[error("{0}")]
    Rule(#[from] Box<crate::error::Error>),
}
