//! Logins with an OpenID provider (OpenID Connect Core, Discovery).
//!
//! Invariant: a user is who the provider's signed word, given for this login and this client, says; what the userinfo endpoint
//! adds counts for the same subject alone and overrides nothing.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::login_settings::login_settings;
use crate::client::{Fetch, FetchError, is_private_enough};
use crate::guard::{Guard, Outcome, Reason, Verdict};
use crate::login::{Attempt, CallbackUrl, CodeAnswer, Login, LoginFault, OnAuth};
use crate::provider::{
    Admission, ClientAuth, CodeFlow, Discovery, IdClaims, IdExpect, Keys, KeysFault, Metadata, Refreshed,
    Registration, subject_of, user_of,
};
use crate::request::GuardRequest;
use crate::secret::Secret;
use crate::session::Entry;
use crate::soon::{Soon, Waiting};
use crate::user::{TokenSet, UserInfo, UserPatch};

/// Logs people in with an OpenID provider, whose endpoints and keys are those that it publishes.
///
/// ```
/// use doorward_guard::guards::{Oidc, Registration};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/auth/callback");
/// let guard = Oidc::new("https://idp.example", ours).scopes(["email"]).request_user_info();
/// ```
#[derive(Clone)]
pub struct Oidc {
    flow: CodeFlow,
    discovery: Discovery,
    keys: Keys,
    service: String,
    asks_user_info: bool,
    is_posted: bool,
    scopes_are_chosen: bool,
    admission: Admission,
    #[cfg(feature = "mock")]
    approves: Option<crate::testkit::Provider>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Oidc").field("issuer", &self.discovery.issuer).finish_non_exhaustive()
    }
}

impl Oidc {
    /// The provider `issuer`. Asks for the scopes `openid` and `profile` unless told.
    pub fn new(issuer: impl Into<String>, registration: Registration) -> Self {
        let issuer = issuer.into();
        let mut flow = CodeFlow::new(registration, issuer.clone());
        ["openid", "profile"].into_iter().for_each(|scope| flow.ask_for(scope, ""));
        Self {
            flow,
            discovery: Discovery::new(issuer.clone()),
            keys: Keys::default(),
            service: issuer,
            asks_user_info: false,
            is_posted: false,
            scopes_are_chosen: false,
            admission: Admission::default(),
            #[cfg(feature = "mock")]
            approves: None,
        }
    }

    /// What the provider is called in records of users, and where people choose; its issuer unless told.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service = name.into();
        self.flow.label.clone_from(&self.service);
        self
    }

    /// Asks for these scopes in place of `profile`; `openid` is always asked for.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        if !self.scopes_are_chosen {
            self.flow.scopes.truncate(1);
            self.scopes_are_chosen = true;
        }
        scopes.into_iter().for_each(|scope| self.flow.ask_for(scope, ""));
        self
    }

    /// The scopes that are asked for.
    pub fn requested_scopes(&self) -> impl Iterator<Item = &str> {
        self.flow.scopes.iter().map(|(name, _)| &**name)
    }

    /// Where the provider publishes its document.
    pub fn discovery_url(&self) -> String {
        crate::provider::discovery_url(&self.discovery.issuer)
    }

    /// Asks the userinfo endpoint for what the `id_token` lacks.
    #[must_use]
    pub const fn request_user_info(mut self) -> Self {
        self.asks_user_info = true;
        self
    }

    /// The provider answers by a form that its page posts here (`response_mode=form_post`).
    #[must_use]
    pub const fn answered_by_form(mut self) -> Self {
        self.is_posted = true;
        self
    }

    login_settings!();

    /// Goes to no page of the provider: it approves at once.
    #[cfg(feature = "mock")]
    pub(crate) fn approved_by(mut self, provider: crate::testkit::Provider) -> Self {
        self.approves = Some(provider.clone());
        self.fetch(provider)
    }

    async fn metadata(&self, now: i64) -> Result<Arc<Metadata>, LoginFault> {
        self.discovery.get(&*self.flow.fetch, now).await.map_err(|fault| unreachable(&fault))
    }

    /// How the client proves itself: as it was told, or as the provider says.
    fn auth(&self, metadata: &Metadata) -> ClientAuth {
        let registration = &self.flow.registration;
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        let knows = |method: &str| methods.is_some_and(|known| known.iter().any(|known| known == method));
        match registration.credentials.auth {
            ClientAuth::Post
                if !registration.auth_is_chosen && !knows("client_secret_post") && methods.is_some() =>
            {
                ClientAuth::Basic
            }
            auth => auth,
        }
    }

    fn authorize_url(&self, metadata: &Metadata, attempt: &Attempt) -> Result<String, LoginFault> {
        let endpoint = needed(metadata.authorization_endpoint.as_deref(), "authorization_endpoint")?;
        let mut extra = vec![("nonce", attempt.nonce())];
        if self.is_posted {
            extra.push(("response_mode", "form_post"));
        }
        let page = self.flow.authorize_url(endpoint, attempt, &extra)?;
        #[cfg(feature = "mock")]
        if let Some(provider) = &self.approves {
            let approved = provider.visit(&page);
            return approved.ok_or_else(|| LoginFault::BadAnswer("the mock does not approve".into()));
        }
        Ok(page)
    }

    async fn logged_in(&self, answer: CodeAnswer, now: i64) -> Result<Entry, LoginFault> {
        let metadata = self.metadata(now).await?;
        if !answer.is_of(&metadata.issuer, metadata.authorization_response_iss_parameter_supported) {
            return Err(LoginFault::Mismatch("the answer is not of this provider".into()));
        }
        let endpoint = needed(metadata.token_endpoint.as_deref(), "token_endpoint")?;
        let token = self.flow.redeem(endpoint, self.auth(&metadata), &answer, now).await?;
        let id_token = token.id_token.as_ref();
        let id_token = id_token.ok_or_else(|| LoginFault::BadAnswer("there is no id_token".into()))?;
        let claims = self.believed(&metadata, id_token, Some(answer.attempt.nonce()), now).await?;
        let mut all = claims.all;
        if self.asks_user_info
            && let Some(endpoint) = &metadata.userinfo_endpoint
        {
            add_user_info(&mut all, &claims.subject, self.flow.ask_as(endpoint, &token).await?);
        }
        let mut user = user_of(&self.service, &claims.subject, all);
        user.scopes = token.scope.clone();
        user.token = Some(token);
        self.admission.admit(user).await.map(Entry::new)
    }

    /// The claims of an `id_token`, if it has passed every check.
    async fn believed(
        &self,
        metadata: &Metadata,
        id_token: &Secret,
        nonce: Option<&str>,
        now: i64,
    ) -> Result<IdClaims, LoginFault> {
        let client_id = &self.flow.registration.credentials.id;
        let expect = IdExpect { issuer: &metadata.issuer, client_id, nonce };
        let (fetch, of_every_token) = (&*self.flow.fetch, expect.expect());
        let how = (&of_every_token, now);
        let verified = self.keys.verify(fetch, &metadata.jwks_uri, id_token.reveal(), how);
        let all = verified.await.map_err(|fault| match fault {
            KeysFault::Refused(refusal) => LoginFault::BadAnswer(format!("the id_token: {refusal}").into()),
            KeysFault::Unreachable(fault) => unreachable(&fault),
        })?;
        expect.check(all)
    }

    async fn renewed(&self, entry: Entry, now: i64) -> Result<Option<Entry>, LoginFault> {
        let Some(old) = entry.token() else { return Ok(None) };
        let metadata = self.metadata(now).await?;
        let endpoint = needed(metadata.token_endpoint.as_deref(), "token_endpoint")?;
        let token = match self.flow.refresh(endpoint, self.auth(&metadata), old, now).await? {
            Refreshed::Token(token) => *token,
            Refreshed::Refused => return Ok(None),
        };
        if token.id_token != old.id_token
            && let Some(id_token) = &token.id_token
        {
            // OpenID Connect Core §12.2: the same issuer, the same subject.
            let claims = self.believed(&metadata, id_token, None, now).await?;
            let known = old.id_token.as_ref().and_then(subject_of);
            if known.as_deref().unwrap_or(&entry.user().id) != claims.subject {
                return Err(LoginFault::BadAnswer("the fresh id_token is of another user".into()));
            }
        }
        Ok(Some(entry.refreshed(token)))
    }

    /// A token to go on with at `now`, as [`OAuth2::refresh`](super::OAuth2::refresh) has it.
    pub async fn refresh(&self, token: &TokenSet, is_forced: bool, now: i64) -> Option<TokenSet> {
        if token.refresh_token.is_none() || (!is_forced && token.is_known_to_live(now)) {
            return (!is_forced && token.is_known_to_live(now)).then(|| token.clone());
        }
        let user = UserInfo {
            id: token.id_token.as_ref().and_then(subject_of).unwrap_or_default(),
            token: Some(token.clone()),
            ..UserInfo::default()
        };
        self.renewed(Entry::new(user), now).await.ok()??.token().cloned()
    }
}

fn unreachable(fault: &FetchError) -> LoginFault {
    LoginFault::Unreachable(fault.to_string().into())
}

fn needed<'m>(endpoint: Option<&'m str>, name: &'static str) -> Result<&'m str, LoginFault> {
    endpoint.ok_or_else(|| LoginFault::BadAnswer(format!("the issuer's document lacks {name}").into()))
}

/// Adds what the `id_token` lacks, if it is said of the same subject (OpenID Connect Core §5.3.2).
fn add_user_info(claims: &mut Map<String, Value>, subject: &str, more: Map<String, Value>) {
    if more.get("sub").and_then(Value::as_str) != Some(subject) {
        tracing::warn!("The userinfo endpoint tells of another subject; nothing of it is used");
        return;
    }
    for (name, value) in more {
        claims.entry(name).or_insert(value);
    }
}

impl Guard for Oidc {
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
        if !is_private_enough(&self.discovery.issuer) {
            return Some(Reason::from(format!("the issuer \"{}\" is not https", self.discovery.issuer)));
        }
        self.flow.fault()
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<Value> {
        Some(serde_json::json!({ "type": "openIdConnect", "openIdConnectUrl": self.discovery_url() }))
    }
}

impl Login for Oidc {
    fn callback(&self) -> &CallbackUrl {
        &self.flow.registration.callback
    }

    fn on_auth(&self) -> &OnAuth {
        &self.flow.on_auth
    }

    fn label(&self) -> &str {
        &self.flow.label
    }

    fn is_answered_by_form(&self) -> bool {
        self.is_posted
    }

    fn begin(&self, attempt: &Attempt, now: i64) -> Soon<Result<String, LoginFault>> {
        if let Some(metadata) = self.discovery.fresh(now) {
            return Soon::Now(self.authorize_url(&metadata, attempt));
        }
        let (guard, attempt) = (self.clone(), attempt.clone());
        Soon::later(async move { guard.authorize_url(&*guard.metadata(now).await?, &attempt) })
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
