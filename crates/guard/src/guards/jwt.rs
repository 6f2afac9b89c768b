//! Bearer tokens that are signed by an issuer (RFC 7519, RFC 9068) and checked with the keys that it publishes.
//!
//! A token that was checked is remembered for five minutes at most, never past its end, and revocations are asked each time.
//! Invariant: the key decides about the algorithm, not the token.

use std::sync::Arc;

use doorward_jose::{Expect, JwkSet, KeySet, Refusal};
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::bearer_token::{bearer, challenge, is_token};
use crate::challenge::{Challenge, is_printable};
use crate::client::{Fetch, HttpClient, is_private_enough};
use crate::guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
use crate::provider::{Discovery, Keys, KeysFault};
use crate::request::GuardRequest;
use crate::scope::ScopeSet;
use crate::soon::Soon;
use crate::user::{TokenSet, UserInfo};

/// Seconds by which the issuer's clock may differ.
const LEEWAY: i64 = 60;
/// Tokens that are remembered.
const SEEN_MAX: usize = 10_000;
/// Seconds for which one is remembered.
const SEEN_FOR: i64 = 300;
/// Seconds after which to come back when the keys cannot be had.
const RETRY_AFTER: u32 = 5;

/// Knows which tokens must not be believed any more, although they are signed well and not over.
pub trait Revocations: Send + Sync + 'static {
    /// Whether the token with these claims was revoked. Asked at every request, so it has to be quick.
    fn is_revoked(&self, claims: &Map<String, Value>) -> bool;
}

type Validate = Arc<dyn Fn(&UserInfo) -> Verdict + Send + Sync>;

/// Asks for a token that an issuer has signed.
///
/// ```
/// use doorward_guard::guards::Jwt;
///
/// // The keys are those that the issuer's document names.
/// let guard = Jwt::issuer("https://auth.example", "reports");
/// // The keys are at this address, and tokens have to call themselves access tokens.
/// let guard = Jwt::keys_at("https://auth.example/keys", "https://auth.example", "reports").rfc9068();
/// ```
#[derive(Clone)]
pub struct Jwt(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    realm: String,
    issuer: String,
    audience: String,
    source: Source,
    expect: Expect,
    fetch: Arc<dyn Fetch>,
    revocations: Option<Arc<dyn Revocations>>,
    validate: Option<Validate>,
    seen: Arc<Cache<Box<str>, Arc<Seen>>>,
}

#[derive(Clone)]
enum Source {
    Given(Arc<KeySet>),
    At(String, Keys),
    Discovered(Discovery, Keys),
}

/// A token that was checked.
struct Seen {
    identity: Identity,
    until: i64,
}

impl std::fmt::Debug for Jwt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Jwt")
            .field("issuer", &self.0.issuer)
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}

impl Jwt {
    fn new(issuer: String, audience: String, source: Source) -> Self {
        let expect = Expect::new("at+jwt", &issuer, &audience)
            .or_type("JWT")
            .or_no_type()
            .without_kid()
            .with_leeway(LEEWAY);
        Self(Arc::new(Inner {
            realm: "api".to_owned(),
            issuer,
            audience,
            source,
            expect,
            fetch: Arc::new(HttpClient::new()),
            revocations: None,
            validate: None,
            seen: Arc::new(Cache::new(SEEN_MAX)),
        }))
    }

    /// Tokens of `issuer` for `audience`; the keys are where the issuer's document says.
    pub fn issuer(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let issuer = issuer.into();
        let source = Source::Discovered(Discovery::new(issuer.clone()), Keys::default());
        Self::new(issuer, audience.into(), source)
    }

    /// Tokens of `issuer` for `audience`; the keys are at `address`.
    pub fn keys_at(
        address: impl Into<String>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Self {
        Self::new(issuer.into(), audience.into(), Source::At(address.into(), Keys::default()))
    }

    /// Tokens of `issuer` for `audience`; these are the keys.
    pub fn keys(keys: &JwkSet, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let source = Source::Given(Arc::new(KeySet::published(keys)));
        Self::new(issuer.into(), audience.into(), source)
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What callers are told the token is for; `api` unless told.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.change(|inner| inner.realm = realm.into())
    }

    /// A token has to say that it is an access token (`at+jwt`, RFC 9068 §2.1) and to name its key.
    #[must_use]
    pub fn rfc9068(self) -> Self {
        self.change(|inner| {
            inner.expect = Expect::new("at+jwt", &inner.issuer, &inner.audience).with_leeway(LEEWAY);
        })
    }

    /// Asks `revocations` about every token at every request.
    #[must_use]
    pub fn revocations(self, revocations: impl Revocations) -> Self {
        self.change(|inner| inner.revocations = Some(Arc::new(revocations)))
    }

    /// Says whether the holder of a token may come in, and with which scopes: those of the token unless told. Asked when a
    /// token is first seen, and again every five minutes.
    #[must_use]
    pub fn validate<V: Into<Verdict>>(
        self,
        validate: impl Fn(&UserInfo) -> V + Send + Sync + 'static,
    ) -> Self {
        self.change(|inner| inner.validate = Some(Arc::new(move |user| validate(user).into())))
    }

    /// Calls the issuer with this client.
    #[must_use]
    pub fn fetch(self, fetch: impl Fetch) -> Self {
        self.change(|inner| inner.fetch = Arc::new(fetch))
    }
}

impl Inner {
    fn known(&self, token: &str, now: i64) -> Option<Outcome> {
        let seen = self.seen.get(token).filter(|seen| now < seen.until)?;
        Some(self.unless_revoked(seen.identity.clone()))
    }

    fn unless_revoked(&self, identity: Identity) -> Outcome {
        let is_revoked =
            self.revocations.as_ref().is_some_and(|known| known.is_revoked(&identity.user().raw));
        if is_revoked { Outcome::invalid("the token was revoked") } else { Outcome::Pass(identity) }
    }

    /// The claims, if the keys are at hand.
    fn verified(&self, token: &str, now: i64) -> Option<Result<Map<String, Value>, Refusal>> {
        match &self.source {
            Source::Given(keys) => Some(
                keys.verify::<Map<String, Value>>(token, &self.expect, now).map(|verified| verified.claims),
            ),
            Source::At(_, keys) | Source::Discovered(_, keys) => keys.verify_now(token, &self.expect, now),
        }
    }

    async fn fetched(&self, token: &str, now: i64) -> Result<Map<String, Value>, KeysFault> {
        let (fetch, how) = (&*self.fetch, (&self.expect, now));
        match &self.source {
            Source::Given(keys) => {
                let verified = keys.verify::<Map<String, Value>>(token, &self.expect, now);
                verified.map(|verified| verified.claims).map_err(KeysFault::Refused)
            }
            Source::At(address, keys) => keys.verify(fetch, address, token, how).await,
            Source::Discovered(discovery, keys) => {
                let metadata = discovery.get(fetch, now).await.map_err(KeysFault::Unreachable)?;
                keys.verify(fetch, &metadata.jwks_uri, token, how).await
            }
        }
    }

    /// What a token proves whose signature and registered claims are right.
    fn judged(&self, token: &str, claims: Map<String, Value>, now: i64) -> Outcome {
        if claims.contains_key("cnf") {
            return Outcome::invalid("the token is bound to a key, which a bearer does not prove");
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let Some(subject) = text("sub").or_else(|| text("client_id")).filter(|name| !name.is_empty()) else {
            return Outcome::invalid("the token names nobody");
        };
        let until =
            claims.get("exp").and_then(Value::as_f64).map_or(now, |exp| exp as i64).saturating_add(LEEWAY);
        let scopes = scopes_of(&claims);
        let mut user = UserInfo::new(&*self.issuer, subject).with_scopes(scopes.clone());
        user.token = Some(TokenSet::bearer(token, scopes));
        user.raw = claims;
        if let Some(validate) = &self.validate {
            match validate(&user) {
                Verdict::Yes => {}
                Verdict::Scopes(scopes) => user.scopes = scopes,
                Verdict::No => return Outcome::invalid("the validator said no"),
                Verdict::Unknown => {
                    return Outcome::unavailable(RETRY_AFTER, "the validator could not tell");
                }
            }
        }
        let identity = Identity::new(user);
        let until = until.min(now.saturating_add(SEEN_FOR));
        self.seen.insert(token.into(), Arc::new(Seen { identity: identity.clone(), until }));
        self.unless_revoked(identity)
    }

    fn outcome(&self, token: &str, verified: Result<Map<String, Value>, KeysFault>, now: i64) -> Outcome {
        match verified {
            Ok(claims) => self.judged(token, claims, now),
            Err(KeysFault::Refused(refusal)) => Outcome::invalid(refusal.to_string()),
            Err(KeysFault::Unreachable(fault)) => Outcome::unavailable(RETRY_AFTER, fault.to_string()),
        }
    }
}

/// The scopes of a token: `scope` as RFC 9068 §2.2.3 has it, or `scp`, as a text or a list.
fn scopes_of(claims: &Map<String, Value>) -> ScopeSet {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(text)) => ScopeSet::parse(text),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => ScopeSet::EMPTY,
    }
}

impl Guard for Jwt {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let token = match bearer(request) {
            Ok(Some(token)) => token,
            Ok(None) => return Outcome::Missing.into(),
            Err(outcome) => return outcome.into(),
        };
        if !is_token(token) {
            return Outcome::invalid("not the characters of a token").into();
        }
        let now = request.now();
        if let Some(known) = self.0.known(token, now) {
            return known.into();
        }
        match self.0.verified(token, now) {
            Some(verified) => self.0.outcome(token, verified.map_err(KeysFault::Refused), now).into(),
            None => {
                let (inner, token) = (self.0.clone(), token.to_owned());
                Soon::later(async move {
                    let verified = inner.fetched(&token, now).await;
                    inner.outcome(&token, verified, now)
                })
            }
        }
    }

    fn challenge(&self, why: Why, needed: &ScopeSet) -> Option<Challenge> {
        Some(challenge(&self.0.realm, why, needed))
    }

    fn fault(&self) -> Option<Reason> {
        if !is_printable(&self.0.realm) {
            return Some("the realm is empty or has control characters".into());
        }
        match &self.0.source {
            Source::Given(keys) if keys.is_empty() => Some("none of the keys can be used".into()),
            Source::At(address, _) if !is_private_enough(address) => {
                Some(Reason::from(format!("the keys' address \"{address}\" is not https")))
            }
            Source::Discovered(discovery, _) if !is_private_enough(&discovery.issuer) => {
                Some(Reason::from(format!("the issuer \"{}\" is not https", discovery.issuer)))
            }
            _ => None,
        }
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<Value> {
        Some(serde_json::json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }))
    }
}
