//! The keys that an issuer publishes, and tokens that are checked with them.
//!
//! Invariant: tokens cannot make the keys be fetched more often than once in a minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use doorward_jose::{Expect, JwkSet, KeySet, Refusal};
use http::Request;
use serde_json::{Map, Value};

use super::cached::{Cached, max_age};
use super::object;
use crate::client::{Fetch, FetchError};

/// Seconds between fetches that tokens with unknown keys cause.
const REFETCH_PAUSE: i64 = 60;

/// Why a token was not believed.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum KeysFault {
    /// It is wrong.
    #[error("{0}")]
    Refused(Refusal),
    /// The keys cannot be had.
    #[error("{0}")]
    Unreachable(FetchError),
}

/// The keys at one address.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<State>);

struct State {
    cached: Cached<KeySet, FetchError>,
    /// When a token with an unknown key made them be fetched last.
    forced_at: AtomicI64,
}

impl Default for State {
    fn default() -> Self {
        Self { cached: Cached::default(), forced_at: AtomicI64::new(i64::MIN) }
    }
}

impl Keys {
    /// The claims of `token`, if the keys are at hand; `None` if they have to be fetched first.
    pub(crate) fn verify_now(
        &self,
        token: &str,
        expect: &Expect,
        now: i64,
    ) -> Option<Result<Claims, Refusal>> {
        match self.0.cached.fresh(now)?.verify::<Claims>(token, expect, now) {
            Err(Refusal::UnknownKey) if self.may_force(now) => None,
            verified => Some(verified.map(|verified| verified.claims)),
        }
    }

    /// The claims of `token`, checked with the keys at `uri`.
    pub(crate) async fn verify(
        &self,
        fetch: &dyn Fetch,
        uri: &str,
        token: &str,
        (expect, now): (&Expect, i64),
    ) -> Result<Claims, KeysFault> {
        let load = || load(fetch, uri);
        let keys = self.0.cached.get(now, load).await.map_err(KeysFault::Unreachable)?;
        let verified = match keys.verify::<Claims>(token, expect, now) {
            Err(Refusal::UnknownKey) if self.force(now) => {
                let newer = self.0.cached.renewed(&keys, now, load).await.map_err(KeysFault::Unreachable)?;
                newer.verify::<Claims>(token, expect, now)
            }
            verified => verified,
        };
        verified.map(|verified| verified.claims).map_err(KeysFault::Refused)
    }

    fn may_force(&self, now: i64) -> bool {
        now >= self.0.forced_at.load(Ordering::Relaxed).saturating_add(REFETCH_PAUSE)
    }

    /// Whether the caller may fetch the keys anew: one in a minute may.
    fn force(&self, now: i64) -> bool {
        let last = self.0.forced_at.load(Ordering::Relaxed);
        now >= last.saturating_add(REFETCH_PAUSE)
            && self.0.forced_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// All claims of a token.
pub(crate) type Claims = Map<String, Value>;

async fn load(fetch: &dyn Fetch, uri: &str) -> Result<(KeySet, Option<i64>), FetchError> {
    let request = Request::get(uri)
        .header(http::header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|_| FetchError::new("the keys' address is none"))?;
    let answer = fetch.fetch(request).await?;
    let members = object(&answer).map_err(|what| FetchError::new(format!("the issuer's keys: {what}")))?;
    let set: JwkSet = serde_json::from_value(members.into())
        .map_err(|_| FetchError::new("the issuer's keys are no set of keys"))?;
    Ok((KeySet::published(&set), max_age(answer.headers())))
}
