//! What a session holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::user::{TokenSet, UserInfo};

/// Who is logged in, by the names of the guards that they have logged in with.
///
/// It serialises whole, tokens too: a [`SessionStore`](super::SessionStore) must be as well kept as the tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// A random name, other than the one in the cookie: safe to log.
    pub id: String,
    /// When the last login was, in seconds since 1970.
    pub created_at: i64,
    /// When it was used last, to within a tenth of the idle life.
    pub seen_at: i64,
    /// The logins.
    pub entries: BTreeMap<Box<str>, Entry>,
}

impl Session {
    /// The same without what providers have said of the users in their own words.
    pub(super) fn without_id_tokens(&self) -> Self {
        let mut session = self.clone();
        for entry in session.entries.values_mut() {
            if let Some(token) = entry.token().filter(|token| token.id_token.is_some()) {
                *entry = entry.with_token(TokenSet { id_token: None, ..token.clone() });
            }
        }
        session
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session")
            .field("id", &self.id)
            .field("guards", &self.entries.keys())
            .finish_non_exhaustive()
    }
}

/// One login.
#[derive(Clone, Debug)]
pub struct Entry {
    user: Arc<UserInfo>,
}

impl Entry {
    /// The login of `user`, whose `token` is kept with it.
    pub fn new(user: impl Into<Arc<UserInfo>>) -> Self {
        Self { user: user.into() }
    }

    /// Who is logged in.
    pub fn user(&self) -> &Arc<UserInfo> {
        &self.user
    }

    /// What the provider has given.
    pub fn token(&self) -> Option<&TokenSet> {
        self.user.token.as_ref()
    }

    /// The same login with another token.
    #[must_use]
    pub fn with_token(&self, token: TokenSet) -> Self {
        Self::new(UserInfo { token: Some(token), ..(*self.user).clone() })
    }

    /// The same login with a fresh token. Scopes that came with the old token are now those of the fresh one.
    #[cfg(feature = "oauth2")]
    pub(crate) fn refreshed(&self, token: TokenSet) -> Self {
        let mut user = (*self.user).clone();
        if self.token().is_some_and(|old| old.scope == user.scopes) {
            user.scopes = token.scope.clone();
        }
        user.token = Some(token);
        Self::new(user)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    user: &'a UserInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a TokenSet>,
}

#[derive(Deserialize)]
struct Read {
    user: UserInfo,
    #[serde(default)]
    token: Option<TokenSet>,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { user: &self.user, token: self.user.token.as_ref() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { mut user, token } = Read::deserialize(deserializer)?;
        user.token = token;
        Ok(Self::new(user))
    }
}
