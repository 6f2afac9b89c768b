//! Bearer tokens that are signed by an issuer (RFC 7519, RFC 9068) and checked with the keys that it publishes.
//!
//! A token that was checked is remembered for five minutes at most, never past its end or past a change of the keys, and
//! revocations are asked each time. Invariant: the key decides about the algorithm, not the token.

use std::sync::Arc;
use std::time::Duration;

use doorward_jose::{Expect, JwkSet, KeySet};
use serde_json::{Map, Value};

use super::bearer_token::{bearer, challenge, is_token};
use super::seen_tokens::{Seen, SeenTokens};
use super::token_facts::{Revocations, Standing, TokenFacts, scopes_of};
use crate::challenge::{Challenge, is_printable};
use crate::client::{Fetch, HttpClient, is_private_enough};
use crate::guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
use crate::provider::{Discovery, Keys, KeysFault, user_of};
use crate::request::GuardRequest;
#[cfg(feature = "revocation")]
use crate::revocation::NewsBuilder;
use crate::scope::ScopeSet;
use crate::soon::Soon;
use crate::user::{TokenSet, UserInfo, UserPatch};

/// Seconds by which the issuer's clock may differ unless told.
const LEEWAY: i64 = 60;
/// The most seconds by which it may.
const LEEWAY_MAX: i64 = 300;
/// The room for tokens that are remembered, in bytes.
const SEEN_MAX: u64 = 32 * 1024 * 1024;
/// Seconds for which one is remembered.
const SEEN_FOR: i64 = 300;
/// The longest piece of news, in bytes.
#[cfg(feature = "revocation")]
const NEWS_MAX: usize = 128 * 1024;
/// Seconds after which to come back when the keys cannot be had.
const RETRY_AFTER: u32 = 5;

type Validate = Arc<dyn Fn(&UserInfo) -> Verdict + Send + Sync>;
type Enrich = Arc<dyn Fn(&UserInfo) -> UserPatch + Send + Sync>;

/// Asks for a token that an issuer has signed: another service of the company, an identity provider, Doorward.
///
/// Keys are for EdDSA, ES256 or RS256. Issuer and audience are compared letter by letter, `exp` and `iat` are required, and a
/// token has to call itself an access token (`at+jwt`) unless [`any_type`](Self::any_type) is chosen: otherwise an `id_token`
/// could open an API. Keys are fetched once an hour, or as often as the issuer says, and when a token names a key that is not
/// known, once a minute. While the issuer is down, the old keys serve for a day; without keys nobody is let in.
///
/// The user's `id` is the subject, `provider` the issuer, `scopes` those of `scope` or `scp`. The claims are in
/// [`UserInfo::raw`], the registered ones in [`User::data`](crate::User::data) as [`TokenFacts`].
///
/// ```
/// use doorward_guard::guards::Jwt;
/// use doorward_guard::{Guards, any};
///
/// // The keys are those that the issuer's document names.
/// let people = Jwt::issuer("https://auth.example", "reports").realm("reports");
/// // The keys are at this address.
/// let robots = Jwt::keys_at("https://ci.example/keys", "https://ci.example", "reports").any_type();
/// let guards = Guards::builder()
///     .guard("people", people)
///     .guard("robots", robots)
///     .rule(any(), "/reports/*", "people || robots")
///     .scopes(["reports:read"])
///     .build()?;
/// # Ok::<(), doorward_guard::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Jwt(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    realm: String,
    issuer: String,
    audience: String,
    source: Source,
    leeway: i64,
    is_any_type: bool,
    /// Made of issuer, audience and the two above.
    expect: Expect,
    fetch: Arc<dyn Fetch>,
    revocations: Option<Arc<dyn Revocations>>,
    validate: Option<Validate>,
    enrich: Option<Enrich>,
    seen: Arc<SeenTokens>,
}

#[derive(Clone)]
enum Source {
    Given(Arc<KeySet>),
    At(String, Keys),
    Discovered(Discovery, Keys),
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
        Self(Arc::new(Inner {
            realm: "api".to_owned(),
            expect: expect(&issuer, &audience, LEEWAY, false),
            issuer,
            audience,
            source,
            leeway: LEEWAY,
            is_any_type: false,
            fetch: Arc::new(HttpClient::new()),
            revocations: None,
            validate: None,
            enrich: None,
            seen: Arc::new(SeenTokens::new(SEEN_MAX)),
        }))
    }

    /// Tokens of `issuer` for `audience`; the keys are where the issuer's document says (OpenID Connect Discovery, or
    /// RFC 8414).
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

    /// Tokens of `issuer` for `audience`; these are the keys, and they never change.
    pub fn keys(keys: &JwkSet, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let source = Source::Given(Arc::new(KeySet::published(keys)));
        Self::new(issuer.into(), audience.into(), source)
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        change(inner);
        inner.expect = expect(&inner.issuer, &inner.audience, inner.leeway, inner.is_any_type);
        // Another guard now: what this one has let in is not for the other.
        inner.seen = Arc::new(SeenTokens::new(SEEN_MAX));
        self
    }

    /// What callers are told the token is for; `api` unless told.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.change(|inner| inner.realm = realm.into())
    }

    /// Takes tokens that call themselves plain `JWT` or nothing at all: many issuers do not say `at+jwt` (RFC 9068 §2.1). Make
    /// sure that the audience is one that only access tokens have.
    #[must_use]
    pub fn any_type(self) -> Self {
        self.change(|inner| inner.is_any_type = true)
    }

    /// By how much the clocks of the issuer and of this machine may differ; one minute unless told, five at most.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        let seconds = i64::try_from(leeway.as_secs()).unwrap_or(LEEWAY_MAX).min(LEEWAY_MAX);
        self.change(|inner| inner.leeway = seconds)
    }

    /// Asks `revocations` about every token at every request.
    #[must_use]
    pub fn revocations(self, revocations: impl Revocations) -> Self {
        self.change(|inner| inner.revocations = Some(Arc::new(revocations)))
    }

    /// News of revocations from `address` of the same issuer, believed for the same keys: hand on what comes of them with
    /// [`revocations`](Self::revocations). See [`RevocationNews`](crate::RevocationNews).
    #[cfg(feature = "revocation")]
    pub fn revocation_news(&self, address: impl Into<String>) -> NewsBuilder {
        NewsBuilder::new(self.clone(), address.into())
    }

    /// The claims of what is signed like a token of this issuer for this audience, but of the type `typ`.
    #[cfg(feature = "revocation")]
    pub(crate) async fn verify_as(
        &self,
        typ: &str,
        text: &str,
        now: i64,
    ) -> Result<Map<String, Value>, KeysFault> {
        let expect = Expect::new(typ, &self.0.issuer, &self.0.audience).with_leeway(self.0.leeway);
        self.0.verify(text, (&expect.with_max_bytes(NEWS_MAX), now)).await
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

    /// Tells more of a user, mostly from claims of the issuer's own, which are in [`UserInfo::raw`].
    ///
    /// ```
    /// use doorward_guard::UserPatch;
    /// use doorward_guard::guards::Jwt;
    ///
    /// let guard = Jwt::issuer("https://auth.example", "reports").user_info(|user| {
    ///     let tenant = user.raw.get("tenant").cloned().unwrap_or_default();
    ///     UserPatch { extra: [("tenant".to_owned(), tenant)].into_iter().collect(), ..UserPatch::default() }
    /// });
    /// ```
    #[must_use]
    pub fn user_info(self, tell: impl Fn(&UserInfo) -> UserPatch + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.enrich = Some(Arc::new(tell)))
    }

    /// Calls the issuer with this client.
    #[must_use]
    pub fn fetch(self, fetch: impl Fetch) -> Self {
        self.change(|inner| inner.fetch = Arc::new(fetch))
    }
}

fn expect(issuer: &str, audience: &str, leeway: i64, is_any_type: bool) -> Expect {
    let expect = Expect::new("at+jwt", issuer, audience).without_kid().with_leeway(leeway);
    if is_any_type { expect.or_type("JWT").or_no_type() } else { expect }
}

impl Inner {
    fn edition(&self) -> u64 {
        match &self.source {
            Source::Given(_) => 0,
            Source::At(_, keys) | Source::Discovered(_, keys) => keys.edition(),
        }
    }

    fn known(&self, token: &str, now: i64) -> Option<Outcome> {
        let seen = self.seen.get(token, now, self.edition())?;
        let standing = self.revocations.as_ref().map_or(Standing::Good, |known| seen.standing(&**known, now));
        Some(Self::unless_revoked(standing, || seen.identity.clone()))
    }

    fn unless_revoked(standing: Standing, identity: impl FnOnce() -> Identity) -> Outcome {
        match standing {
            Standing::Good => Outcome::Pass(identity()),
            Standing::Revoked => Outcome::invalid("the token was revoked"),
            Standing::Unknown => {
                Outcome::unavailable(RETRY_AFTER, "nobody can tell whether the token was revoked")
            }
        }
    }

    /// What the token proves, if the keys are at hand.
    fn check_now(&self, token: &str, now: i64) -> Option<Outcome> {
        let edition = self.edition();
        let verified = match &self.source {
            Source::Given(keys) => {
                keys.verify::<Map<String, Value>>(token, &self.expect, now).map(|verified| verified.claims)
            }
            Source::At(_, keys) | Source::Discovered(_, keys) => keys.verify_now(token, &self.expect, now)?,
        };
        Some(self.outcome(token, verified.map_err(KeysFault::Refused), (now, edition)))
    }

    /// What the token proves, with the keys fetched first.
    async fn check_later(&self, token: &str, now: i64) -> Outcome {
        match self.verify(token, (&self.expect, now)).await {
            // Not remembered: the keys may have changed while they were waited for. The next request checks once more.
            Ok(claims) => self.judged(token, claims, None, now),
            refused => self.outcome(token, refused, (now, self.edition())),
        }
    }

    /// The claims of what the issuer has signed, with the keys fetched if need be.
    async fn verify(&self, token: &str, how: (&Expect, i64)) -> Result<Map<String, Value>, KeysFault> {
        let fetch = &*self.fetch;
        match &self.source {
            Source::Given(keys) => {
                let verified = keys.verify::<Map<String, Value>>(token, how.0, how.1);
                verified.map(|verified| verified.claims).map_err(KeysFault::Refused)
            }
            Source::At(address, keys) => keys.verify(fetch, address, token, how).await,
            Source::Discovered(discovery, keys) => {
                let metadata = discovery.get(fetch, how.1).await.map_err(KeysFault::Unreachable)?;
                keys.verify(fetch, &metadata.jwks_uri, token, how).await
            }
        }
    }

    fn outcome(
        &self,
        token: &str,
        verified: Result<Map<String, Value>, KeysFault>,
        (now, edition): (i64, u64),
    ) -> Outcome {
        match verified {
            Ok(claims) => self.judged(token, claims, Some(edition), now),
            Err(KeysFault::Refused(refusal)) => Outcome::invalid(refusal.to_string()),
            Err(KeysFault::Unreachable(fault)) => Outcome::unavailable(RETRY_AFTER, fault.to_string()),
        }
    }

    /// What a token proves whose signature and registered claims are right; remembered for keys of `edition`.
    fn judged(&self, token: &str, claims: Map<String, Value>, edition: Option<u64>, now: i64) -> Outcome {
        if claims.contains_key("cnf") {
            return Outcome::invalid("the token is bound to a key, which a bearer does not prove");
        }
        let Some(subject) = claims.get("sub").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            return Outcome::invalid("the token names nobody");
        };
        let (subject, scopes) = (subject.to_owned(), scopes_of(&claims));
        let facts = Arc::new(TokenFacts::new(&self.issuer, &subject, &claims));
        let mut user = user_of(&self.issuer, &subject, claims).with_scopes(scopes.clone());
        user.token = Some(TokenSet::bearer(token, scopes));
        match self.validate.as_ref().map_or(Verdict::Yes, |validate| validate(&user)) {
            Verdict::Yes => {}
            Verdict::Scopes(scopes) => user.scopes = scopes,
            Verdict::No => return Outcome::invalid("the validator said no"),
            Verdict::Unknown => return Outcome::unavailable(RETRY_AFTER, "the validator could not tell"),
        }
        if let Some(enrich) = &self.enrich {
            let patch = enrich(&user);
            user = user.patched(patch);
        }
        let identity = Identity::new(user).with_data::<TokenFacts>(facts.clone());
        if let Some(edition) = edition {
            let until = facts.expires_at.saturating_add(self.leeway).min(now.saturating_add(SEEN_FOR));
            let seen = Seen::new(identity.clone(), facts.clone(), (until, edition));
            self.seen.keep(token, Arc::new(seen));
        }
        let standing = self.revocations.as_ref().map_or(Standing::Good, |known| known.standing(&facts, now));
        Self::unless_revoked(standing, || identity)
    }
}

impl Guard for Jwt {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let token = match bearer(request) {
            Ok(Some(token)) => token,
            Ok(None) => return Outcome::Missing.into(),
            Err(outcome) => return outcome.into(),
        };
        let now = request.now();
        if let Some(known) = self.0.known(token, now) {
            return known.into();
        }
        if !is_token(token) {
            return Outcome::invalid("not the characters of a token").into();
        }
        if let Some(outcome) = self.0.check_now(token, now) {
            return outcome.into();
        }
        let (inner, token) = (self.0.clone(), token.to_owned());
        Soon::later(async move { inner.check_later(&token, now).await })
    }

    fn challenge(&self, why: Why, needed: &ScopeSet) -> Option<Challenge> {
        Some(challenge(&self.0.realm, why, needed))
    }

    fn fault(&self) -> Option<Reason> {
        if !is_printable(&self.0.realm) {
            return Some("the realm is empty or has control characters".into());
        }
        if self.0.issuer.is_empty() || self.0.audience.is_empty() {
            return Some("the issuer or the audience is empty".into());
        }
        if let Some(fault) = self.0.revocations.as_ref().and_then(|known| known.fault()) {
            return Some(Reason::from(fault));
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
