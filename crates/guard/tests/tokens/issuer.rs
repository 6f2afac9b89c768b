//! An issuer that runs in the process, a clock that is turned, and questions to a guard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use doorward_guard::guards::{JwkSet, Jwt};
use doorward_guard::{Clock, Fetch, FetchError, Guard, GuardRequest, Outcome, Waiting};
use doorward_jose::{Algorithm, SigningKey};
use http::{Request, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://idp.example";
pub(crate) const KEYS: &str = "https://idp.example/keys";
pub(crate) const AUDIENCE: &str = "reports";
/// When everything begins.
pub(crate) const START: i64 = 1_000_000;

/// A clock that stands still until it is turned.
#[derive(Clone)]
pub(crate) struct TurnedClock(Arc<AtomicI64>);

impl TurnedClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    pub(crate) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Signs tokens, publishes keys and a document, and says which tokens are active.
pub(crate) struct Issuer {
    keys: Mutex<Vec<Arc<SigningKey>>>,
    requests: Mutex<Vec<Request<Bytes>>>,
    is_down: AtomicBool,
    /// What it publishes in place of its document, at the address that ends so.
    document: Mutex<(&'static str, Value)>,
    /// What it says of every token.
    pub(crate) introspected: Mutex<Value>,
}

impl Issuer {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(Algorithm::EdDsa)
    }

    pub(crate) fn with(algorithm: Algorithm) -> Arc<Self> {
        let document = json!({ "issuer": ISSUER, "jwks_uri": KEYS });
        Arc::new(Self {
            keys: Mutex::new(vec![Arc::new(SigningKey::generate(algorithm).unwrap())]),
            requests: Mutex::default(),
            is_down: AtomicBool::new(false),
            document: Mutex::new(("/.well-known/openid-configuration", document)),
            introspected: Mutex::new(json!({ "active": false })),
        })
    }

    /// The guard for this issuer's tokens.
    pub(crate) fn guard(self: &Arc<Self>) -> Jwt {
        Jwt::keys_at(KEYS, ISSUER, AUDIENCE).fetch(self.clone())
    }

    /// The key that signs.
    pub(crate) fn key(&self) -> Arc<SigningKey> {
        self.keys.lock().last().unwrap().clone()
    }

    /// Signs with a new key from now on, and publishes it alone.
    pub(crate) fn rotate(&self) {
        *self.keys.lock() = vec![Arc::new(SigningKey::generate(Algorithm::EdDsa).unwrap())];
    }

    /// Publishes a further key, and signs with it.
    pub(crate) fn add_key(&self, algorithm: Algorithm) {
        self.keys.lock().push(Arc::new(SigningKey::generate(algorithm).unwrap()));
    }

    pub(crate) fn go_down(&self) {
        self.is_down.store(true, Ordering::Relaxed);
    }

    pub(crate) fn come_back(&self) {
        self.is_down.store(false, Ordering::Relaxed);
    }

    pub(crate) fn publish(&self, place: &'static str, document: Value) {
        *self.document.lock() = (place, document);
    }

    pub(crate) fn set(&self) -> JwkSet {
        JwkSet::new(self.keys.lock().iter().filter_map(|key| key.public_jwk()))
    }

    /// A good token with some claims changed; `null` takes one away.
    pub(crate) fn token(&self, changes: &Value) -> String {
        self.key().sign("at+jwt", &changed(changes)).unwrap()
    }

    /// How often something at an address that ends so was asked for.
    pub(crate) fn asked(&self, end: &str) -> usize {
        self.requests.lock().iter().filter(|request| request.uri().path().ends_with(end)).count()
    }

    pub(crate) fn last_request(&self) -> Request<Bytes> {
        self.requests.lock().last().unwrap().clone()
    }

    fn answer(&self, path: &str) -> Response<Bytes> {
        let (place, document) = self.document.lock().clone();
        let body = match path {
            "/keys" => serde_json::to_value(self.set()).unwrap(),
            "/introspect" => self.introspected.lock().clone(),
            path if path == place => document,
            _ => return Response::builder().status(404).body(Bytes::new()).unwrap(),
        };
        let answer = Response::builder().header("content-type", "application/json");
        answer.header("cache-control", "max-age=600").body(body.to_string().into()).unwrap()
    }
}

impl Fetch for Issuer {
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        let answer = self.answer(request.uri().path());
        self.requests.lock().push(request);
        let is_down = self.is_down.load(Ordering::Relaxed);
        Box::pin(async move {
            // Long enough for others to come meanwhile.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if is_down { Err(FetchError::new("idp.example cannot be reached")) } else { Ok(answer) }
        })
    }
}

/// The claims of a good token with some changed; `null` takes one away.
pub(crate) fn changed(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": START, "exp": START + 600,
        "jti": "t-1", "sid": "s-1", "client_id": "app", "scope": "read write",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// A token put together by hand: any header, any claims, any signature.
pub(crate) fn by_hand(header: &str, claims: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", text(header.as_bytes()), text(claims.as_bytes()));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", text(&signature))
}

/// What `guard` says of a request with `token`.
pub(crate) async fn ask(guard: &impl Guard, clock: &TurnedClock, token: &str) -> Outcome {
    let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(()).unwrap();
    let (parts, ()) = request.into_parts();
    let said = guard.check(&GuardRequest::new(&parts, None, clock));
    said.wait().await
}

/// Whether `guard` lets `token` in.
pub(crate) async fn is_let_in(guard: &impl Guard, clock: &TurnedClock, token: &str) -> bool {
    ask(guard, clock, token).await.is_pass()
}

/// Why `guard` refuses `token` as wrong.
pub(crate) async fn refusal(guard: &impl Guard, clock: &TurnedClock, token: &str) -> String {
    match ask(guard, clock, token).await {
        Outcome::Invalid(reason) => reason.to_string(),
        other => format!("not refused: {other:?}"),
    }
}

/// Whether `guard` says that it cannot tell.
pub(crate) async fn is_unknown(guard: &impl Guard, clock: &TurnedClock, token: &str) -> bool {
    matches!(ask(guard, clock, token).await, Outcome::Unavailable { .. })
}
