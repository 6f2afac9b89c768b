//! What a token says of itself, and who may say that it is no longer good.

#[cfg(feature = "jwt")]
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::scope::ScopeSet;

/// The registered claims of a token that was checked: handlers find them with
/// [`User::data`](crate::User::data), revocations judge by them.
///
/// ```
/// use doorward_guard::User;
/// use doorward_guard::guards::TokenFacts;
///
/// fn session_of(user: &User) -> Option<String> {
///     user.data::<TokenFacts>()?.session.clone()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// Who gave it (`iss`).
    pub issuer: String,
    /// Whom it is about (`sub`).
    pub subject: String,
    /// Its own name (`jti`).
    pub id: Option<String>,
    /// The session in which it was given (`sid`).
    pub session: Option<String>,
    /// The application that it was given to (`client_id`, or `azp`).
    pub client: Option<String>,
    /// What it allows, as it says itself (`scope`, or `scp`).
    pub scopes: ScopeSet,
    /// When it was given (`iat`), in seconds since 1970; 0 if it does not say.
    pub issued_at: i64,
    /// When it ends (`exp`), in seconds since 1970; the end of time if it does not say.
    pub expires_at: i64,
}

impl TokenFacts {
    pub(crate) fn new(issuer: &str, subject: &str, claims: &Map<String, Value>) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            id: text("jti"),
            session: text("sid"),
            scopes: scopes_of(claims),
            client: text("client_id").or_else(|| text("azp")),
            issued_at: claims.get("iat").and_then(seconds).unwrap_or(0),
            expires_at: claims.get("exp").and_then(seconds).unwrap_or(i64::MAX),
        }
    }
}

/// A date of a token (RFC 7519 §2), rounded down.
#[expect(clippy::cast_possible_truncation, reason = "what is out of range becomes the nearest date")]
pub(crate) fn seconds(date: &Value) -> Option<i64> {
    date.as_i64().or_else(|| date.as_f64().map(|date| date as i64))
}

/// The scopes of a token: `scope` as RFC 9068 §2.2.3 has it, or `scp`, as a text or a list.
pub(super) fn scopes_of(claims: &Map<String, Value>) -> ScopeSet {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(text)) => ScopeSet::parse(text),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => ScopeSet::EMPTY,
    }
}

/// Knows which tokens must not be believed any more, although they are signed well and not over.
///
/// Asked about every token at every request, also about one that was seen before unless [`edition`](Self::edition) says that nothing has
/// changed: what it learns acts on the next request. It
/// answers from memory; whoever hears news of revocations feeds it.
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::{Arc, RwLock};
/// use doorward_guard::guards::{Jwt, Revocations, TokenFacts};
///
/// #[derive(Default)]
/// struct EndedSessions(RwLock<HashSet<String>>);
///
/// impl Revocations for EndedSessions {
///     fn is_revoked(&self, token: &TokenFacts) -> bool {
///         // What cannot be known is refused.
///         let Ok(ended) = self.0.read() else { return true };
///         token.session.as_ref().is_some_and(|session| ended.contains(session))
///     }
/// }
///
/// let ended = Arc::new(EndedSessions::default());
/// let guard = Jwt::issuer("https://auth.example", "reports").revocations(ended.clone());
/// ```
#[cfg(feature = "jwt")]
pub trait Revocations: Send + Sync + 'static {
    /// Whether this token must not be believed.
    fn is_revoked(&self, token: &TokenFacts) -> bool;

    /// What is known of this token at `now`, seconds since 1970: for those who cannot always tell.
    fn standing(&self, token: &TokenFacts, now: i64) -> Standing {
        let _ = now;
        if self.is_revoked(token) { Standing::Revoked } else { Standing::Good }
    }

    /// A number that changes whenever more is known to be revoked. While it stays, a token that was good is good, and
    /// [`standing_of_good`](Self::standing_of_good) is asked in place of [`standing`](Self::standing). `None`: each token is asked
    /// about at each request.
    fn edition(&self) -> Option<u64> {
        None
    }

    /// What is known at `now` of any token that was good in this [`edition`](Self::edition).
    fn standing_of_good(&self, now: i64) -> Standing {
        let _ = now;
        Standing::Good
    }

    /// Why it could never tell.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// What is known of a token whose signature is right.
#[cfg(feature = "jwt")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was not revoked.
    Good,
    /// It must not be believed any more.
    Revoked,
    /// Nobody can tell now.
    Unknown,
}

#[cfg(feature = "jwt")]
impl<R: Revocations + ?Sized> Revocations for Arc<R> {
    fn is_revoked(&self, token: &TokenFacts) -> bool {
        (**self).is_revoked(token)
    }

    fn standing(&self, token: &TokenFacts, now: i64) -> Standing {
        (**self).standing(token, now)
    }

    fn edition(&self) -> Option<u64> {
        (**self).edition()
    }

    fn standing_of_good(&self, now: i64) -> Standing {
        (**self).standing_of_good(now)
    }

    fn fault(&self) -> Option<String> {
        (**self).fault()
    }
}
