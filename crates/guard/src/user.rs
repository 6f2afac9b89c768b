//! What a guard knows of the one who is asking.
//!
//! Invariant: what is printed or serialised holds no token.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scope::ScopeSet;
use crate::secret::Secret;

/// Members that no hook may add: what a user may do, and what they came with, have sources of their own.
const RESERVED: [&str; 3] = ["scopes", "token", "raw"];

/// The record of a user. Absent parts are left out when it is serialised, and so is the token.
///
/// ```
/// use doorward_guard::UserInfo;
///
/// let user = UserInfo::new("local", "ada").with_name(|name| name.given = Some("Ada".into()));
/// assert_eq!(
///     serde_json::to_value(&user)?,
///     serde_json::json!({ "provider": "local", "id": "ada", "name": { "given": "Ada" }, "scopes": [] }),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UserInfo {
    /// Who vouches for the user: `local`, or the name of an identity provider.
    pub provider: String,
    /// The user's name at the provider: unique there, and never used again for somebody else.
    pub id: String,
    /// What the user is called.
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    pub name: Name,
    /// Addresses of mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
    /// Addresses of pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// What the user may do.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// The token that the user came with, or that a provider gave. Never serialised.
    #[serde(skip)]
    pub token: Option<TokenSet>,
    /// The provider's own record, as it came. Not serialised: applications choose what of it they show.
    #[serde(skip)]
    pub raw: Map<String, Value>,
    /// Further members that a hook has added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The parts of a user's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The middle name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The name to log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

impl Name {
    /// Whether no part is known.
    pub const fn is_empty(&self) -> bool {
        self.given.is_none()
            && self.middle.is_none()
            && self.family.is_none()
            && self.display.is_none()
            && self.user.is_none()
    }
}

/// An address of mail, with its kind (`work`, `home`) where that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Email {
    /// The address alone.
    Plain(String),
    /// The address and what it is for.
    OfKind {
        /// What it is for.
        kind: String,
        /// The address.
        value: String,
    },
}

impl Email {
    /// The address.
    pub fn address(&self) -> &str {
        match self {
            Self::Plain(address) | Self::OfKind { value: address, .. } => address,
        }
    }
}

impl UserInfo {
    /// The user `id` of `provider`, of whom nothing else is known.
    pub fn new(provider: impl Into<String>, id: impl Into<String>) -> Self {
        Self { provider: provider.into(), id: id.into(), ..Self::default() }
    }

    /// The same user with another name.
    #[must_use]
    pub fn with_name(mut self, change: impl FnOnce(&mut Name)) -> Self {
        change(&mut self.name);
        self
    }

    /// The same user with one more address of mail.
    #[must_use]
    pub fn with_email(mut self, address: impl Into<String>) -> Self {
        self.emails.push(Email::Plain(address.into()));
        self
    }

    /// The same user with these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl Into<ScopeSet>) -> Self {
        self.scopes = scopes.into();
        self
    }

    /// This record with what `patch` knows better. Scopes stay: they are granted by validators alone.
    ///
    /// ```
    /// # use doorward_guard::{UserInfo, UserPatch};
    /// let known = UserInfo::new("local", "ada").with_scopes(["read"]);
    /// let patch = UserPatch { id: Some("42".into()), ..UserPatch::default() };
    /// let merged = known.patched(patch);
    /// assert_eq!((&*merged.provider, &*merged.id), ("local", "42"));
    /// ```
    #[must_use]
    pub fn patched(mut self, patch: UserPatch) -> Self {
        let name = patch.name.unwrap_or_default();
        let parts = [
            (&mut self.name.given, name.given),
            (&mut self.name.middle, name.middle),
            (&mut self.name.family, name.family),
            (&mut self.name.display, name.display),
            (&mut self.name.user, name.user),
        ];
        for (known, better) in parts {
            if better.is_some() {
                *known = better;
            }
        }
        self.provider = patch.provider.unwrap_or(self.provider);
        self.id = patch.id.unwrap_or(self.id);
        self.emails = patch.emails.unwrap_or(self.emails);
        self.photos = patch.photos.unwrap_or(self.photos);
        self.extra.extend(patch.extra.into_iter().filter(|(name, _)| !RESERVED.contains(&&**name)));
        self
    }
}

/// What a `user_info` hook knows better than the guard. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct UserPatch {
    /// Who vouches for the user.
    pub provider: Option<String>,
    /// The user's name at the provider.
    pub id: Option<String>,
    /// Parts of the user's name.
    pub name: Option<Name>,
    /// All addresses of mail.
    pub emails: Option<Vec<Email>>,
    /// All pictures.
    pub photos: Option<Vec<String>>,
    /// Further members.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a token endpoint has given (RFC 6749 §5.1), or the one token of a bearer request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSet {
    /// What other services ask for.
    pub access_token: Secret,
    /// `bearer`.
    pub token_type: String,
    /// What the next access token is asked for with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// What an OpenID provider says of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
    /// What the token is good for.
    #[serde(default)]
    pub scope: ScopeSet,
    /// When it was given, in seconds since 1970.
    #[serde(default)]
    pub issued_at: i64,
    /// How many seconds it lives from then, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

impl TokenSet {
    /// A bearer token of which nothing else is known.
    pub fn bearer(token: &str, scope: ScopeSet) -> Self {
        Self {
            access_token: token.into(),
            token_type: "bearer".to_owned(),
            refresh_token: None,
            id_token: None,
            scope,
            issued_at: 0,
            expires_in: None,
        }
    }

    /// Whether it is known to live at `now`, seconds since 1970.
    pub fn is_known_to_live(&self, now: i64) -> bool {
        self.expires_in.is_some_and(|life| now < self.issued_at.saturating_add(life))
    }

    /// Whether it is known to be dead at `now`, seconds since 1970.
    pub fn is_known_to_be_over(&self, now: i64) -> bool {
        self.expires_in.is_some_and(|life| now >= self.issued_at.saturating_add(life))
    }
}
