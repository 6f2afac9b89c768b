//! A login under way: what the provider has to give back, and what the browser wanted.
//!
//! It lies in a sealed cookie of its own for ten minutes. Invariant: it opens only for the guard that began it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, REFERER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::address::CallbackUrl;
use crate::request::{Sent, cookie as read_cookie};
use crate::secret::Secret;
use crate::session::{Cookie, SameSite, Sessions, StoreError, random_text};

/// How many seconds a login may take.
const LIFE: i64 = 600;
/// Seconds by which clocks of machines that share a key may differ.
const SKEW: i64 = 60;
/// Attempts that one browser keeps; of more, the oldest are taken away.
const KEPT_MAX: usize = 4;
/// The longest address that is kept, in bytes.
const ADDRESS_MAX: usize = 1_024;
/// The longest body that fits into the cookie, in bytes.
pub(crate) const BODY_MAX: usize = 1_024;

/// The secrets of one attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    state: Secret,
    nonce: Secret,
    verifier: Secret,
}

impl Attempt {
    /// A new one, of 256 random bits each.
    pub(crate) fn new() -> Self {
        let random = || Secret::from(random_text());
        Self { state: random(), nonce: random(), verifier: random() }
    }

    /// One whose parts were made elsewhere.
    pub(crate) const fn of(state: Secret, nonce: Secret, verifier: Secret) -> Self {
        Self { state, nonce, verifier }
    }

    /// What the provider has to give back with its answer (RFC 6749 §4.1.1).
    pub fn state(&self) -> &str {
        self.state.reveal()
    }

    /// What the provider has to write into its `id_token` (OpenID Connect Core §3.1.2.1).
    pub fn nonce(&self) -> &str {
        self.nonce.reveal()
    }

    /// What proves to the provider that the one who redeems the code has asked for it (RFC 7636 §4.1).
    pub fn verifier(&self) -> &str {
        self.verifier.reveal()
    }

    /// The S256 challenge of the verifier (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.reveal()))
    }
}

/// Whether an attempt of the time `at` is not over at `now`.
pub(crate) const fn is_live(at: i64, now: i64) -> bool {
    now < at.saturating_add(LIFE) && at <= now.saturating_add(SKEW)
}

/// What the browser had asked for when it was sent away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wanted {
    #[serde(rename = "m")]
    pub(crate) method: String,
    /// Path and query.
    #[serde(rename = "t")]
    pub(crate) target: String,
    /// The own page that it came from.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<KeptBody>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptBody {
    #[serde(rename = "k")]
    pub(crate) kind: Option<String>,
    /// The bytes, in base64url.
    #[serde(rename = "t")]
    text: String,
}

impl std::fmt::Debug for KeptBody {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("KeptBody(…)")
    }
}

impl KeptBody {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(&self.text).unwrap_or_default()
    }
}

impl Wanted {
    /// What a request wants; the body is kept only if the application's own page sent it, since it will be acted on.
    pub(crate) fn of(parts: &Parts, body: Option<&[u8]>, callback: &CallbackUrl) -> Self {
        let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let whole = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let target = [whole, parts.uri.path(), "/"].into_iter().find(|target| target.len() <= ADDRESS_MAX);
        let from = header(REFERER).filter(|from| from.len() <= ADDRESS_MAX);
        let is_kept = |bytes: &&[u8]| bytes.len() <= BODY_MAX && is_from_own_page(&parts.headers, callback);
        let body = body.filter(is_kept).map(|bytes| KeptBody {
            kind: header(CONTENT_TYPE).map(str::to_owned),
            text: URL_SAFE_NO_PAD.encode(bytes),
        });
        Self {
            method: parts.method.to_string(),
            target: target.unwrap_or("/").to_owned(),
            from: from.and_then(|from| callback.own_page(from)),
            body,
        }
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET.as_str() || self.method == Method::HEAD.as_str()
    }
}

/// Whether a page of the application itself has caused the request, by what browsers say of it.
pub(crate) fn is_from_own_page(headers: &HeaderMap, callback: &CallbackUrl) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == callback.origin(),
        (None, None) => false,
    }
}

/// All of it, as it is sealed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sealed {
    #[serde(flatten)]
    pub(crate) attempt: Attempt,
    pub(crate) at: i64,
    pub(crate) wanted: Wanted,
}

/// The name of the cookie for `state`.
fn cookie_name(sessions: &Sessions, state: &str) -> String {
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(state)[..9]);
    format!("{}{digest}", prefix(sessions))
}

fn prefix(sessions: &Sessions) -> String {
    format!("{}-login-", sessions.cookie_name())
}

impl Sealed {
    /// The `Set-Cookie` line that keeps it in the browser; `context` names the guard.
    pub(crate) fn cookie(
        &self,
        sessions: &Sessions,
        context: &str,
        same_site: SameSite,
    ) -> Result<HeaderValue, StoreError> {
        let value = sessions.key().seal("login", context, self)?;
        let name = cookie_name(sessions, self.attempt.state());
        Ok(Cookie::new(&name, &value).lives(LIFE).same_site(same_site).header())
    }

    /// The attempt of this browser that `state` belongs to, if it was begun with `context` and is not over.
    pub(crate) fn find(
        sessions: &Sessions,
        context: &str,
        state: &str,
        headers: &HeaderMap,
        now: i64,
    ) -> Option<Self> {
        let Sent::Once(value) = read_cookie(headers, &cookie_name(sessions, state)) else { return None };
        let sealed: Self = sessions.key().open("login", context, value)?;
        (is_live(sealed.at, now) && sealed.attempt.state == Secret::from(state)).then_some(sealed)
    }
}

/// The line that takes the cookie of `state` away.
pub(crate) fn removed(sessions: &Sessions, state: &str, same_site: SameSite) -> HeaderValue {
    Cookie::new(&cookie_name(sessions, state), "").same_site(same_site).removed()
}

/// The lines that take the oldest attempts away when a browser has too many; browsers send the oldest cookies first.
pub(crate) fn surplus(sessions: &Sessions, headers: &HeaderMap) -> Vec<HeaderValue> {
    let names = names(sessions, headers);
    let count = names.len().saturating_sub(KEPT_MAX - 1);
    names.iter().take(count).map(|name| Cookie::new(name, "").removed()).collect()
}

/// The names of the cookies of attempts in a request.
fn names(sessions: &Sessions, headers: &HeaderMap) -> Vec<String> {
    let prefix = prefix(sessions);
    let pairs = headers.get_all(http::header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| Some(pair.split_once('=')?.0.trim()))
        .filter(|name| name.starts_with(&prefix) && name[prefix.len()..].bytes().all(is_base64url))
        .map(str::to_owned)
        .collect()
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The cookies of a request as the next one will have them: `pair` instead of the session so far, and no attempts.
pub(crate) fn cookies_after(
    sessions: &Sessions,
    headers: &HeaderMap,
    pair: Option<&str>,
) -> Option<HeaderValue> {
    let prefix = prefix(sessions);
    let is_kept = |pair: &&str| {
        let name = pair.split_once('=').map_or("", |(name, _)| name.trim());
        name != sessions.cookie_name() && !name.starts_with(&prefix)
    };
    let lines = headers.get_all(http::header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let kept = lines.flat_map(|line| line.split(';')).map(str::trim).filter(is_kept);
    let line = kept.chain(pair).collect::<Vec<_>>().join("; ");
    if line.is_empty() { None } else { HeaderValue::try_from(line).ok() }
}
