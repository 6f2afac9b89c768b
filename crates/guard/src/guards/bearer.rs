//! Opaque tokens (RFC 6750).
//!
//! Each request is looked at anew: a token that was revoked is refused at once.

use std::sync::Arc;

use http::header::CACHE_CONTROL;

use super::bearer_token::{bearer, challenge, is_token};
use super::hooks::Hooks;
use crate::challenge::{Challenge, is_printable};
use crate::guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
use crate::request::{GuardRequest, Sent, field};
use crate::scope::ScopeSet;
use crate::secret::{ByDigest, KeyDigest, Secret};
use crate::soon::Soon;
use crate::user::{TokenSet, UserInfo, UserPatch};

const FIELD: &str = "access_token";

/// Asks for a token that somebody else has given out.
///
/// ```
/// use doorward_guard::guards::Bearer;
/// use doorward_guard::{KeyDigest, UserInfo};
///
/// let robot = UserInfo::new("local", "robot").with_scopes(["reports:read"]);
/// let guard = Bearer::digests([(KeyDigest::of("b7f0…"), robot)]).realm("reports");
/// ```
pub struct Bearer {
    realm: String,
    check: Check,
    reads_form: bool,
    reads_query: bool,
}

enum Check {
    Digests(ByDigest<Arc<UserInfo>>),
    Hooks(Hooks<Secret>),
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Bearer").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl Bearer {
    fn with(check: Check) -> Self {
        Self { realm: "api".to_owned(), check, reads_form: false, reads_query: false }
    }

    /// `validate` knows which tokens are good.
    pub fn new<V: Into<Verdict>>(validate: impl Fn(Secret) -> V + Send + Sync + 'static) -> Self {
        Self::with(Check::Hooks(Hooks::new(validate)))
    }

    /// `validate` knows which tokens are good, and takes its time.
    pub fn new_async<V, F>(validate: impl Fn(Secret) -> F + Send + Sync + 'static) -> Self
    where
        V: Into<Verdict>,
        F: Future<Output = V> + Send + 'static,
    {
        Self::with(Check::Hooks(Hooks::new_async(validate)))
    }

    /// These tokens, each for its user. The record's scopes are what the token grants.
    pub fn digests(tokens: impl IntoIterator<Item = (KeyDigest, UserInfo)>) -> Self {
        let shared = |(digest, user)| (digest, Arc::new(user));
        Self::with(Check::Digests(tokens.into_iter().map(shared).collect()))
    }

    /// What callers are told the token is for; `api` unless told.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Takes the token from the field `access_token` of a form as well (RFC 6750 §2.2). Off unless told.
    #[must_use]
    pub const fn in_form(mut self) -> Self {
        self.reads_form = true;
        self
    }

    /// Takes the token from the query as well (RFC 6750 §2.3), of requests that say `Cache-Control: no-store`. Off unless
    /// told: addresses end up in logs and histories.
    #[must_use]
    pub const fn in_query(mut self) -> Self {
        self.reads_query = true;
        self
    }

    /// Tells more of a caller whom the validator has let in.
    #[must_use]
    pub fn user_info(mut self, tell: impl Fn(&UserInfo) -> UserPatch + Send + Sync + 'static) -> Self {
        if let Check::Hooks(hooks) = &mut self.check {
            hooks.set_user_info(tell);
        }
        self
    }

    fn find<'r>(&self, request: &'r GuardRequest<'_>) -> Result<Found<'r>, Outcome> {
        let mut found = Found::Nothing;
        if let Some(sent) = bearer(request)? {
            found = Found::Header(sent);
        }
        if self.reads_form
            && let Some(form) = request.form()
        {
            found = found.and(field(form, FIELD), false)?;
        }
        let may_be_in_query = self.reads_query
            && request.headers().get(CACHE_CONTROL).is_some_and(|value| {
                value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("no-store"))
            });
        if may_be_in_query {
            found = found.and(request.query(FIELD), true)?;
        }
        Ok(found)
    }
}

/// Where the token was.
enum Found<'r> {
    Nothing,
    Header(&'r str),
    Elsewhere { token: String, is_in_query: bool },
}

impl Found<'_> {
    fn and(self, sent: Sent<String>, is_in_query: bool) -> Result<Self, Outcome> {
        match (self, sent) {
            (found, Sent::Nothing) => Ok(found),
            (Self::Nothing, Sent::Once(token)) => {
                Ok(Self::Elsewhere { token: token.trim().to_owned(), is_in_query })
            }
            // RFC 6750 §2: one method in each request.
            _ => Err(Outcome::bad_request("the token was sent more than once")),
        }
    }
}

impl Guard for Bearer {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let found = match self.find(request) {
            Ok(found) => found,
            Err(outcome) => return outcome.into(),
        };
        let (token, is_in_query) = match &found {
            Found::Nothing => return Outcome::Missing.into(),
            Found::Header(token) => (*token, false),
            Found::Elsewhere { token, is_in_query } => (&**token, *is_in_query),
        };
        if !is_token(token) {
            return Outcome::invalid("not the characters of a token").into();
        }
        let outcome = match &self.check {
            Check::Digests(tokens) => match tokens.get(&KeyDigest::of(token)) {
                Some(user) => Outcome::Pass(Identity::new(user.clone())).into(),
                None => Outcome::invalid("unknown token").into(),
            },
            Check::Hooks(hooks) => {
                let token = Secret::from(token);
                hooks.check(token.clone(), move |scopes| holder(&token, scopes))
            }
        };
        if is_in_query { privately(outcome) } else { outcome }
    }

    fn challenge(&self, why: Why, needed: &ScopeSet) -> Option<Challenge> {
        Some(challenge(&self.realm, why, needed))
    }

    fn reads_form(&self) -> bool {
        self.reads_form
    }

    fn fault(&self) -> Option<Reason> {
        (!is_printable(&self.realm)).then(|| "the realm is empty or has control characters".into())
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "type": "http", "scheme": "bearer" }))
    }
}

/// The record of whoever holds `token`: named after its digest, for nothing else is known of them.
fn holder(token: &Secret, scopes: ScopeSet) -> UserInfo {
    let name = KeyDigest::of(token.reveal()).to_hex().split_off(48);
    let mut user = UserInfo::new("local", format!("token-{name}")).with_scopes(scopes.clone());
    user.token = Some(TokenSet::bearer(token.reveal(), scopes));
    user
}

fn privately(outcome: Soon<Outcome>) -> Soon<Outcome> {
    let mark = |outcome| match outcome {
        Outcome::Pass(identity) => Outcome::Pass(identity.privately()),
        other => other,
    };
    match outcome {
        Soon::Now(outcome) => mark(outcome).into(),
        Soon::Later(outcome) => Soon::later(async move { mark(outcome.await) }),
    }
}
