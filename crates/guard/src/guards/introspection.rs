//! Bearer tokens about which their issuer is asked (RFC 7662).
//!
//! An answer is believed for as long as the application says, never past the token's end. Invariant: a token is good if the
//! issuer says `true`, and for nothing else; who cannot ask lets nobody in.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::bearer_token::{bearer, challenge, is_token};
use super::token_facts::{TokenFacts, seconds};
use crate::challenge::{Challenge, is_printable};
use crate::client::{Fetch, HttpClient, is_private_enough};
use crate::guard::{Guard, Identity, Outcome, Reason, Why};
use crate::provider::{Answers, ClientAuth, Credentials, object, user_of};
use crate::request::GuardRequest;
use crate::scope::ScopeSet;
use crate::secret::{KeyDigest, Secret};
use crate::soon::Soon;
use crate::user::TokenSet;

/// Tokens about which an answer is remembered.
const KEPT_MAX: usize = 10_000;
/// Seconds for which a no is remembered, at most.
const NO_FOR: i64 = 5;
/// Questions that are on their way to the issuer at once, at most.
const ASKING_MAX: usize = 256;
/// Seconds after which to come back when the issuer cannot be asked.
const RETRY_AFTER: u32 = 5;

/// Asks an issuer about each token.
///
/// One question about a token is on its way at a time, whoever sends it. The user's `id` is the subject, or `client:` and the
/// client's name if there is none; `provider` is the issuer; the answer's members are in [`UserInfo::raw`](crate::UserInfo),
/// the registered ones in [`User::data`](crate::User::data) as [`TokenFacts`].
///
/// ```
/// use std::time::Duration;
/// use doorward_guard::guards::Introspection;
/// use doorward_guard::{Guards, any};
///
/// let guard = Introspection::new("https://auth.example/introspect", "reports", "s3cret")
///     .audience("reports")
///     .cached_for(Duration::from_secs(5));
/// let guards = Guards::builder().guard("token", guard).rule(any(), "/*", "token").build()?;
/// # Ok::<(), doorward_guard::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Introspection(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    realm: String,
    endpoint: String,
    credentials: Credentials,
    audience: Option<String>,
    issuer: Option<String>,
    cached_for: i64,
    fetch: Arc<dyn Fetch>,
    answers: Arc<Answers<Outcome>>,
    asking: Arc<Semaphore>,
}

impl std::fmt::Debug for Introspection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Introspection").field("endpoint", &self.0.endpoint).finish_non_exhaustive()
    }
}

impl Introspection {
    /// Asks at `endpoint`, as the client `id` with `secret`. Answers are believed for 10 s unless told.
    pub fn new(endpoint: impl Into<String>, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self(Arc::new(Inner {
            realm: "api".to_owned(),
            endpoint: endpoint.into(),
            credentials: Credentials { id: id.into(), secret: secret.into(), auth: ClientAuth::Basic },
            audience: None,
            issuer: None,
            cached_for: 10,
            fetch: Arc::new(HttpClient::new()),
            answers: Arc::new(Answers::new(KEPT_MAX)),
            asking: Arc::new(Semaphore::new(ASKING_MAX)),
        }))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        change(inner);
        // Another guard now: what this one was told is not for the other.
        inner.answers = Arc::new(Answers::new(KEPT_MAX));
        self
    }

    /// What callers are told the token is for; `api` unless told.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.change(|inner| inner.realm = realm.into())
    }

    /// A token has to be for `audience`.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.change(|inner| inner.audience = Some(audience.into()))
    }

    /// A token has to be of `issuer`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.change(|inner| inner.issuer = Some(issuer.into()))
    }

    /// How long an answer is believed: a token that is revoked may live for so long. Zero asks at every request.
    #[must_use]
    pub fn cached_for(self, life: Duration) -> Self {
        self.change(|inner| inner.cached_for = i64::try_from(life.as_secs()).unwrap_or(i64::MAX))
    }

    /// Where the secret goes; into the `Authorization` header unless told.
    #[must_use]
    pub fn auth(self, auth: ClientAuth) -> Self {
        self.change(|inner| inner.credentials.auth = auth)
    }

    /// Calls the issuer with this client.
    #[must_use]
    pub fn fetch(self, fetch: impl Fetch) -> Self {
        self.change(|inner| inner.fetch = Arc::new(fetch))
    }
}

impl Inner {
    /// What the issuer says of `token`, and until when that holds.
    async fn look(&self, token: &str, now: i64) -> (Outcome, i64) {
        let Ok(_permit) = self.asking.try_acquire() else {
            return (Outcome::unavailable(RETRY_AFTER, "too many questions are on their way"), now);
        };
        match self.ask(token).await {
            Ok(members) => self.judged(token, members, now),
            Err(what) => (Outcome::unavailable(RETRY_AFTER, what), now),
        }
    }

    async fn ask(&self, token: &str) -> Result<Map<String, Value>, String> {
        let fields = [("token", token), ("token_type_hint", "access_token")];
        let request = self.credentials.form(&self.endpoint, self.credentials.auth, &fields);
        let request = request.map_err(|fault| fault.to_string())?;
        object(&self.fetch.fetch(request).await.map_err(|fault| fault.to_string())?)
    }

    /// What an answer proves, and until when.
    fn judged(&self, token: &str, members: Map<String, Value>, now: i64) -> (Outcome, i64) {
        if let Some(fault) = self.fault(&members, now) {
            return (Outcome::invalid(fault), now.saturating_add(self.cached_for.min(NO_FOR)));
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let scopes = text("scope").map(ScopeSet::parse).unwrap_or_default();
        let provider = text("iss").or(self.issuer.as_deref()).unwrap_or(&self.endpoint).to_owned();
        let id = match (text("sub"), text("client_id")) {
            (Some(subject), _) => subject.to_owned(),
            // Clients and people have names of their own: one must not pass for the other.
            (None, Some(client)) => format!("client:{client}"),
            (None, None) => format!("token-{}", &KeyDigest::of(token).to_hex()[..16]),
        };
        let user_name = text("username").map(str::to_owned);
        let facts = TokenFacts::new(&provider, &id, &members);
        let until = now.saturating_add(self.cached_for).min(facts.expires_at);
        let mut user = user_of(&provider, &id, members).with_scopes(scopes.clone());
        user.name.user = user_name.or(user.name.user);
        user.token = Some(TokenSet::bearer(token, scopes));
        (Outcome::Pass(Identity::new(user).with_data::<TokenFacts>(facts)), until)
    }

    fn fault(&self, members: &Map<String, Value>, now: i64) -> Option<&'static str> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let has = |name: &str, wanted: &str| match members.get(name) {
            Some(Value::String(one)) => one == wanted,
            Some(Value::Array(many)) => many.iter().any(|one| one == wanted),
            _ => false,
        };
        if members.get("active") != Some(&Value::Bool(true)) {
            return Some("the issuer says that the token is not active");
        }
        if members.get("exp").is_some_and(|exp| seconds(exp).is_none_or(|exp| now >= exp)) {
            return Some("the token is over");
        }
        if members.get("nbf").is_some_and(|nbf| seconds(nbf).is_none_or(|nbf| nbf > now)) {
            return Some("the token is not valid yet");
        }
        if members.contains_key("cnf") {
            return Some("the token is bound to a key, which a bearer does not prove");
        }
        // A refresh token is active, too, and no key to an API.
        if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer"))
            || text("token_use").is_some_and(|kind| kind.contains("refresh"))
        {
            return Some("the token is no bearer token");
        }
        if self.audience.as_ref().is_some_and(|audience| !has("aud", audience)) {
            return Some("the token is for another audience");
        }
        if self.issuer.as_ref().is_some_and(|issuer| text("iss") != Some(issuer)) {
            return Some("the token is of another issuer");
        }
        None
    }
}

impl Guard for Introspection {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let token = match bearer(request) {
            Ok(Some(token)) => token,
            Ok(None) => return Outcome::Missing.into(),
            Err(outcome) => return outcome.into(),
        };
        if !is_token(token) {
            return Outcome::invalid("not the characters of a token").into();
        }
        let (key, now) = (KeyDigest::of(token), request.now());
        if let Some(known) = self.0.answers.fresh(&key, now) {
            return known.into();
        }
        let (inner, token) = (self.0.clone(), Secret::from(token));
        Soon::later(async move { inner.answers.get(key, now, || inner.look(token.reveal(), now)).await })
    }

    fn challenge(&self, why: Why, needed: &ScopeSet) -> Option<Challenge> {
        Some(challenge(&self.0.realm, why, needed))
    }

    fn fault(&self) -> Option<Reason> {
        if !is_printable(&self.0.realm) {
            return Some("the realm is empty or has control characters".into());
        }
        let is_bad = !is_private_enough(&self.0.endpoint);
        is_bad.then(|| Reason::from(format!("the endpoint \"{}\" is not https", self.0.endpoint)))
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<Value> {
        Some(serde_json::json!({ "type": "http", "scheme": "bearer" }))
    }
}
