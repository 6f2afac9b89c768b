//! A provider: its users, keys and faults, and what it was asked.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use doorward_jose::{Algorithm, KeyError};
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use url::form_urlencoded;

use super::fault::{Endpoint, Fault};
use super::keys::ProviderKey;
use crate::clock::{Clock, SystemClock};

/// An OAuth 2 and OpenID provider in the process; its clones are the same provider.
///
/// ```
/// use doorward_guard::guards::{Oidc, Registration};
/// use doorward_guard::testkit::{Provider, ProviderUser};
///
/// let provider = Provider::new("https://idp.example").user(ProviderUser::new("ada").claim("email", "ada@x.example"));
/// let ours = Registration::new("app", "s3cret", "https://app.example/auth/callback");
/// let guard = Oidc::new("https://idp.example", ours).fetch(provider.clone());
/// ```
#[derive(Clone)]
pub struct Provider {
    pub(super) issuer: Arc<str>,
    pub(super) state: Arc<Mutex<State>>,
    /// Tells those who wait when the provider behaves again.
    behaves: Arc<watch::Sender<()>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A user of a provider.
#[derive(Debug, Clone)]
pub struct ProviderUser {
    pub(super) claims: Map<String, Value>,
}

impl ProviderUser {
    /// The user whose `sub` is this.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { claims: Map::from_iter([("sub".to_owned(), Value::from(subject.into()))]) }
    }

    /// The same user with one more claim.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    pub(super) fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A request that a provider got.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which of its endpoints was asked.
    pub endpoint: Endpoint,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The fields of the query and of a form.
    pub fields: Vec<(String, String)>,
}

impl Asked {
    /// The field `name`, if it came.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

pub(super) struct State {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) user: ProviderUser,
    pub(super) keys: Vec<ProviderKey>,
    pub(super) foreign: Option<ProviderKey>,
    pub(super) user_info: Option<Map<String, Value>>,
    pub(super) faults: Vec<Fault>,
    pub(super) asked: Vec<Asked>,
    pub(super) grants: HashMap<String, Grant>,
    pub(super) token_life: i64,
    pub(super) count: u64,
}

/// What a code, an access token or a refresh token stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scope: String,
    pub(super) user: ProviderUser,
    pub(super) until: i64,
}

impl Provider {
    /// The provider `issuer` with the user `ada`. It signs with ES256.
    pub fn new(issuer: impl Into<String>) -> Self {
        let state = State {
            clock: Arc::new(SystemClock),
            user: ProviderUser::new("ada"),
            keys: Vec::new(),
            foreign: None,
            user_info: None,
            faults: Vec::new(),
            asked: Vec::new(),
            grants: HashMap::new(),
            token_life: 3_600,
            count: 0,
        };
        let issuer = issuer.into().trim_end_matches('/').into();
        Self { issuer, state: Arc::new(Mutex::new(state)), behaves: Arc::default() }
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        self.state.lock().clock = Arc::new(clock);
        self
    }

    /// Logs `user` in from now on.
    #[must_use]
    pub fn user(self, user: ProviderUser) -> Self {
        self.log_in(user);
        self
    }

    /// Signs with the first of `keys`, and publishes all of them.
    #[must_use]
    pub fn keys(self, keys: impl IntoIterator<Item = ProviderKey>) -> Self {
        self.state.lock().keys = keys.into_iter().collect();
        self
    }

    /// Access tokens live so many seconds; an hour unless told.
    #[must_use]
    pub fn token_life(self, seconds: i64) -> Self {
        self.state.lock().token_life = seconds;
        self
    }

    /// The userinfo endpoint tells these claims in place of those of the user.
    #[must_use]
    pub fn user_info(self, claims: Map<String, Value>) -> Self {
        self.state.lock().user_info = Some(claims);
        self
    }

    /// Whoever comes now is `user`.
    pub fn log_in(&self, user: ProviderUser) {
        self.state.lock().user = user;
    }

    /// Does this wrong from now on.
    pub fn misbehave(&self, fault: Fault) {
        self.state.lock().faults.push(fault);
    }

    /// Does everything right from now on.
    pub fn behave(&self) {
        self.state.lock().faults.clear();
        self.behaves.send_replace(());
    }

    /// Signs with `key` from now on; the keys so far stay published.
    pub fn rotate(&self, key: ProviderKey) {
        self.state.lock().keys.insert(0, key);
    }

    /// Signs with `key` from now on and publishes only it.
    pub fn replace_keys(&self, key: ProviderKey) {
        self.state.lock().keys = vec![key];
    }

    /// How often an endpoint was asked.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.state.lock().asked.iter().filter(|asked| asked.endpoint == endpoint).count()
    }

    /// What an endpoint was asked, in order.
    pub fn asked(&self, endpoint: Endpoint) -> Vec<Asked> {
        self.state.lock().asked.iter().filter(|asked| asked.endpoint == endpoint).cloned().collect()
    }

    /// Does what a browser does with the address that it is sent to: where the provider sends it back. `None` if the provider
    /// shows an error instead.
    pub fn visit(&self, address: &str) -> Option<String> {
        let query = address.split_once('?').map(|(_, query)| query)?;
        let fields = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let asked =
            Asked { endpoint: Endpoint::Authorize, method: Method::GET, headers: HeaderMap::new(), fields };
        let answer = super::endpoints::answer(self, &asked).ok()?;
        Some(answer.headers().get(http::header::LOCATION)?.to_str().ok()?.to_owned())
    }

    /// The answer to a browser that comes to ask for a login, a client that asks for tokens, and so on, by the path.
    pub(super) async fn respond(
        &self,
        path: &str,
        asked: impl FnOnce(Endpoint) -> Asked,
    ) -> Result<http::Response<Bytes>, String> {
        let endpoint = match path.strip_prefix(super::endpoints::base_path(&self.issuer)).unwrap_or(path) {
            "/.well-known/openid-configuration" => Endpoint::Discovery,
            "/keys" => Endpoint::Keys,
            "/authorize" => Endpoint::Authorize,
            "/token" => Endpoint::Token,
            "/userinfo" => Endpoint::UserInfo,
            "/introspect" => Endpoint::Introspect,
            _ => return Ok(super::endpoints::json(404, &json!({ "error": "not_found" }))),
        };
        self.take_time(endpoint).await;
        super::endpoints::answer(self, &asked(endpoint))
    }

    /// Waits for as long as `endpoint` is slow.
    async fn take_time(&self, endpoint: Endpoint) {
        // Before the first look: whatever changes after it is told.
        let mut changes = self.behaves.subscribe();
        while self.state.lock().faults.contains(&Fault::Slow(endpoint)) && changes.changed().await.is_ok() {}
    }
}

impl State {
    pub(super) fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}-{}", self.count)
    }

    /// The key to sign with; made when it is first needed.
    pub(super) fn key(&mut self) -> Result<ProviderKey, KeyError> {
        if let Some(key) = self.keys.first() {
            return Ok(key.clone());
        }
        let key = ProviderKey::generate("k1", Algorithm::Es256)?;
        self.keys.push(key.clone());
        Ok(key)
    }

    pub(super) fn foreign(&mut self, algorithm: Algorithm) -> Result<ProviderKey, KeyError> {
        if let Some(key) = self.foreign.as_ref().filter(|key| key.algorithm() == algorithm) {
            return Ok(key.clone());
        }
        let key = ProviderKey::generate("k1", algorithm)?;
        self.foreign = Some(key.clone());
        Ok(key)
    }
}
