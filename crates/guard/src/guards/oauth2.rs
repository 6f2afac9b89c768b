//! Logins with an OAuth 2 provider: code, PKCE, `state` (RFC 6749, RFC 7636, RFC 9207, as RFC 9700 wants them).
//!
//! There is no password grant (RFC 9700 §2.4). Invariant: scopes are what the token's answer or the validator says, never what
//! was asked for.

use std::sync::Arc;

use http::Uri;
use serde_json::{Map, Value};

use super::login_settings::login_settings;
use crate::client::{Fetch, is_private_enough};
use crate::guard::{Guard, Outcome, Reason, Verdict};
use crate::login::{Attempt, CallbackUrl, CodeAnswer, Login, LoginFault, OnAuth};
use crate::provider::{Admission, CodeFlow, Refreshed, Registration};
use crate::request::GuardRequest;
use crate::secret::KeyDigest;
use crate::session::Entry;
use crate::soon::{Soon, Waiting};
use crate::user::{TokenSet, UserInfo, UserPatch};

/// Logs people in with an OAuth 2 provider.
///
/// ```
/// use doorward_guard::guards::{OAuth2, Registration};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/auth/callback");
/// let guard = OAuth2::new("https://idp.example/authorize", "https://idp.example/token", ours)
///     .scopes(["profile"])
///     .validate(|user| user.provider == "idp.example");
/// ```
#[derive(Clone)]
pub struct OAuth2 {
    flow: CodeFlow,
    authorize: String,
    token: String,
    issuer: Option<String>,
    service: String,
    record: Option<Record>,
    more: Option<More>,
    admission: Admission,
}

/// Where the user's record is, and how it is read.
#[derive(Clone)]
struct Record {
    endpoint: String,
    read: Arc<dyn Fn(Map<String, Value>) -> Option<UserInfo> + Send + Sync>,
}

/// Puts what was told into a user's record.
type Add = dyn Fn(UserInfo, &Value) -> UserInfo + Send + Sync;

/// What else is asked for with the token.
#[derive(Clone)]
struct More {
    scope: String,
    endpoint: String,
    add: Arc<Add>,
}

impl std::fmt::Debug for OAuth2 {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OAuth2")
            .field("authorize", &self.authorize)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl OAuth2 {
    /// A provider with these two endpoints.
    pub fn new(authorize: impl Into<String>, token: impl Into<String>, registration: Registration) -> Self {
        let (authorize, token) = (authorize.into(), token.into());
        let host =
            token.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        Self {
            flow: CodeFlow::new(registration, host.clone()),
            authorize,
            token,
            issuer: None,
            service: host,
            record: None,
            more: None,
            admission: Admission::default(),
        }
    }

    /// What the provider is called in records of users, and where people choose; its host unless told.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service = name.into();
        self.flow.label.clone_from(&self.service);
        self
    }

    /// The provider names itself in its answers (RFC 9207): one that names another is refused, and so is one that names
    /// nobody.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Asks for these scopes.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        scopes.into_iter().for_each(|scope| self.flow.ask_for(scope, ""));
        self
    }

    /// Asks for this scope, which is described so in OpenAPI documents.
    #[must_use]
    pub fn scope(mut self, name: impl Into<String>, meaning: impl Into<String>) -> Self {
        self.flow.ask_for(name, meaning);
        self
    }

    /// What the service writes between scopes; a space unless told.
    #[must_use]
    pub fn scopes_delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.flow.delimiter = delimiter.into();
        self
    }

    /// The user's record is the JSON object at `endpoint`, asked for with the token and read by `read`. Without it nothing is
    /// known of a user but that they have a token.
    #[must_use]
    pub fn user_at(
        mut self,
        endpoint: impl Into<String>,
        read: impl Fn(Map<String, Value>) -> Option<UserInfo> + Send + Sync + 'static,
    ) -> Self {
        self.record = Some(Record { endpoint: endpoint.into(), read: Arc::new(read) });
        self
    }

    /// Whoever has been granted `scope` is known better by what `endpoint` tells, which `add` puts into their record. What cannot
    /// be got is left out.
    #[must_use]
    pub fn more_at(
        mut self,
        scope: impl Into<String>,
        endpoint: impl Into<String>,
        add: impl Fn(UserInfo, &Value) -> UserInfo + Send + Sync + 'static,
    ) -> Self {
        self.more = Some(More { scope: scope.into(), endpoint: endpoint.into(), add: Arc::new(add) });
        self
    }

    login_settings!();

    /// A token to go on with at `now`: the same while it is known to live and `is_forced` is not said, else a fresh one;
    /// `None` if there is none to be had.
    pub async fn refresh(&self, token: &TokenSet, is_forced: bool, now: i64) -> Option<TokenSet> {
        if token.refresh_token.is_none() || (!is_forced && token.is_known_to_live(now)) {
            return (!is_forced && token.is_known_to_live(now)).then(|| token.clone());
        }
        let auth = self.flow.registration.credentials.auth;
        match self.flow.refresh(&self.token, auth, token, now).await {
            Ok(Refreshed::Token(token)) => Some(*token),
            Ok(Refreshed::Refused) | Err(_) => None,
        }
    }

    async fn logged_in(&self, answer: CodeAnswer, now: i64) -> Result<Entry, LoginFault> {
        if let Some(issuer) = &self.issuer
            && !answer.is_of(issuer, true)
        {
            return Err(LoginFault::Mismatch("the answer is not of this provider".into()));
        }
        let auth = self.flow.registration.credentials.auth;
        let token = self.flow.redeem(&self.token, auth, &answer, now).await?;
        let mut user = match &self.record {
            Some(record) => {
                let members = self.flow.ask_as(&record.endpoint, &token).await?;
                let raw = members.clone();
                let read = (record.read)(members).filter(|user| !user.id.is_empty());
                let user = read.ok_or_else(|| LoginFault::BadAnswer("the record names nobody".into()))?;
                self.with_more(UserInfo { provider: self.service.clone(), raw, ..user }, &token).await
            }
            None => UserInfo::new(&*self.service, holder(&token)),
        };
        user.scopes = token.scope.clone();
        user.token = Some(token);
        self.admission.admit(user).await.map(Entry::new)
    }

    async fn with_more(&self, user: UserInfo, token: &TokenSet) -> UserInfo {
        let Some(more) = self.more.as_ref().filter(|more| token.scope.contains(&more.scope)) else {
            return user;
        };
        match self.flow.ask_value_as(&more.endpoint, token).await {
            Ok(told) => (more.add)(user, &told),
            Err(fault) => {
                tracing::warn!(endpoint = more.endpoint, %fault, "A provider does not tell more of a user");
                user
            }
        }
    }

    async fn renewed(&self, entry: Entry, now: i64) -> Result<Option<Entry>, LoginFault> {
        let Some(old) = entry.token() else { return Ok(None) };
        let auth = self.flow.registration.credentials.auth;
        match self.flow.refresh(&self.token, auth, old, now).await? {
            Refreshed::Token(token) => Ok(Some(entry.refreshed(*token))),
            Refreshed::Refused => Ok(None),
        }
    }
}

/// A name for whoever holds a token of which nothing else is known.
fn holder(token: &TokenSet) -> String {
    format!("token-{}", &KeyDigest::of(token.access_token.reveal()).to_hex()[..16])
}

impl Guard for OAuth2 {
    fn check(&self, _request: &GuardRequest<'_>) -> Soon<Outcome> {
        // The session vouches for who has logged in; a request by itself proves nothing.
        Outcome::Missing.into()
    }

    fn is_remembered(&self) -> bool {
        true
    }

    fn login(&self) -> Option<Arc<dyn Login>> {
        Some(Arc::new(self.clone()))
    }

    fn fault(&self) -> Option<Reason> {
        let record = self.record.as_ref().map(|at| &at.endpoint);
        let more = self.more.as_ref().map(|at| &at.endpoint);
        let endpoints = [Some(&self.authorize), Some(&self.token), record, more];
        if let Some(bad) = endpoints.into_iter().flatten().find(|endpoint| !is_private_enough(endpoint)) {
            return Some(Reason::from(format!("the endpoint \"{bad}\" is not https")));
        }
        self.flow.fault()
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<Value> {
        let scopes: Map<String, Value> =
            self.flow.scopes.iter().map(|(name, meaning)| (name.clone(), meaning.as_str().into())).collect();
        Some(serde_json::json!({ "type": "oauth2", "flows": { "authorizationCode": {
            "authorizationUrl": self.authorize,
            "tokenUrl": self.token,
            "refreshUrl": self.token,
            "scopes": scopes,
        } } }))
    }
}

impl Login for OAuth2 {
    fn callback(&self) -> &CallbackUrl {
        &self.flow.registration.callback
    }

    fn on_auth(&self) -> &OnAuth {
        &self.flow.on_auth
    }

    fn label(&self) -> &str {
        &self.flow.label
    }

    fn begin(&self, attempt: &Attempt, _now: i64) -> Soon<Result<String, LoginFault>> {
        Soon::Now(self.flow.authorize_url(&self.authorize, attempt, &[]))
    }

    fn finish(&self, answer: CodeAnswer, now: i64) -> Waiting<Result<Entry, LoginFault>> {
        let guard = self.clone();
        Box::pin(async move { guard.logged_in(answer, now).await })
    }

    fn renew(&self, entry: Entry, now: i64) -> Waiting<Result<Option<Entry>, LoginFault>> {
        let guard = self.clone();
        Box::pin(async move { guard.renewed(entry, now).await })
    }
}
