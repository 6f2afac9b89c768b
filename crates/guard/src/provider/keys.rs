//! The keys that an issuer publishes, and tokens that are checked with them.
//!
//! Invariant: tokens cannot make the keys be fetched more often than once in a minute.

use std::sync::Arc;

use bytes::Bytes;
use doorward_jose::{Expect, JwkSet, KeySet, Refusal};
use http::Request;
use serde_json::{Map, Value};

use super::cached::{Cached, max_age};
use super::object;
use crate::client::{Fetch, FetchError};

/// The most bytes of a key set: enough for a hundred RSA keys with their certificates.
const SET_MAX: usize = 512 * 1024;
/// The most keys that are believed.
const KEYS_MAX: usize = 100;

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

/// The keys at one address. They are fetched when they are needed: at first, when they are no longer fresh, and when a token
/// names a key that is not among them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Cached<Published, FetchError>>);

/// A set as it was published, and ready for use.
struct Published {
    set: JwkSet,
    keys: KeySet,
}

impl PartialEq for Published {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl Keys {
    /// How often the keys have changed.
    pub(crate) fn edition(&self) -> u64 {
        self.0.edition()
    }

    /// The claims of `token`, if the keys are at hand; `None` if they have to be fetched first.
    pub(crate) fn verify_now(
        &self,
        token: &str,
        expect: &Expect,
        now: i64,
    ) -> Option<Result<Claims, Refusal>> {
        match self.0.fresh(now)?.keys.verify::<Claims>(token, expect, now) {
            Err(Refusal::UnknownKey) if !self.0.is_settled(now) => None,
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
        let published = self.0.get(now, load).await.map_err(KeysFault::Unreachable)?;
        let verified = match published.keys.verify::<Claims>(token, expect, now) {
            Err(Refusal::UnknownKey) => {
                let newer = self.0.renewed(now, load).await.map_err(KeysFault::Unreachable)?;
                newer.keys.verify::<Claims>(token, expect, now)
            }
            verified => verified,
        };
        verified.map(|verified| verified.claims).map_err(KeysFault::Refused)
    }
}

/// All claims of a token.
pub(crate) type Claims = Map<String, Value>;

async fn load(fetch: &dyn Fetch, uri: &str) -> Result<(Published, Option<i64>), FetchError> {
    let request = Request::get(uri)
        .header(http::header::ACCEPT, "application/jwk-set+json, application/json")
        .body(Bytes::new())
        .map_err(|_| FetchError::new("the keys' address is none"))?;
    let answer = fetch.fetch(request).await?;
    if answer.body().len() > SET_MAX {
        return Err(FetchError::new("the issuer's keys are more than is read"));
    }
    let members = object(&answer).map_err(|what| FetchError::new(format!("the issuer's keys: {what}")))?;
    let set: JwkSet = serde_json::from_value(members.into())
        .map_err(|_| FetchError::new("the issuer's keys are no set of keys"))?;
    if set.len() > KEYS_MAX {
        return Err(FetchError::new("the issuer has more keys than are believed"));
    }
    let keys = KeySet::published(&set);
    Ok((Published { set, keys }, max_age(answer.headers())))
}
