//! Keys for programs, in a header or a cookie of their own.
//!
//! Only digests are kept, and looked up in time that does not depend on how much of a key is right.

use std::sync::Arc;

use http::HeaderName;

use super::hooks::Hooks;
use crate::guard::{Guard, Identity, Outcome, Reason, Verdict};
use crate::request::{GuardRequest, Sent};
use crate::secret::{ByDigest, KeyDigest, Secret};
use crate::soon::Soon;
use crate::user::{UserInfo, UserPatch};

/// The longest key that is looked at, in bytes.
const KEY_MAX: usize = 8 * 1024;

/// Asks for a key.
///
/// ```
/// use doorward_guard::guards::ApiKey;
/// use doorward_guard::{KeyDigest, UserInfo};
///
/// let nightly = UserInfo::new("local", "nightly build").with_scopes(["reports:read"]);
/// let guard = ApiKey::header("x-api-key").digests([(KeyDigest::of("k_5d1…"), nightly)]);
/// ```
pub struct ApiKey {
    place: Place,
    check: Check,
    fault: Option<Reason>,
}

enum Place {
    Header(HeaderName),
    Cookie(String),
    Nowhere,
}

enum Check {
    Digests(ByDigest<Arc<UserInfo>>),
    Hooks(Hooks<Secret>),
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Header(name) => write!(out, "ApiKey(header {name})"),
            Place::Cookie(name) => write!(out, "ApiKey(cookie {name})"),
            Place::Nowhere => out.write_str("ApiKey(nowhere)"),
        }
    }
}

impl ApiKey {
    /// The key is in the header `name`. Without a key that is known, nobody is let in.
    pub fn header(name: &str) -> Self {
        let place = HeaderName::try_from(name).map_or(Place::Nowhere, Place::Header);
        let fault =
            matches!(place, Place::Nowhere).then(|| format!("{name:?} is no name of a header").into());
        Self { place, check: Check::Digests(ByDigest::default()), fault }
    }

    /// The key is in the cookie `name`. Browsers send cookies along with requests that other sites cause: such a route must
    /// change nothing, or check `Origin` too.
    pub fn cookie(name: impl Into<String>) -> Self {
        let name = name.into();
        let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
        let is_name = !name.is_empty() && name.bytes().all(is_token);
        let fault = (!is_name).then(|| format!("{name:?} is no name of a cookie").into());
        Self { place: Place::Cookie(name), check: Check::Digests(ByDigest::default()), fault }
    }

    /// This one key lets in, without scopes.
    #[must_use]
    pub fn secret(mut self, key: &str) -> Self {
        if key.is_empty() {
            self.fault = Some("an empty key is no key".into());
        }
        self.digest(KeyDigest::of(key))
    }

    /// The key with this digest lets in, without scopes.
    #[must_use]
    pub fn digest(self, key: KeyDigest) -> Self {
        self.digests([(key, holder(&key))])
    }

    /// These keys let in, each as its user. The record's scopes are what the key grants.
    #[must_use]
    pub fn digests(mut self, keys: impl IntoIterator<Item = (KeyDigest, UserInfo)>) -> Self {
        if let Check::Digests(known) = &mut self.check {
            known.extend(keys.into_iter().map(|(digest, user)| (digest, Arc::new(user))));
        }
        self
    }

    /// `validate` knows which keys are good.
    #[must_use]
    pub fn validate<V: Into<Verdict>>(
        mut self,
        validate: impl Fn(Secret) -> V + Send + Sync + 'static,
    ) -> Self {
        self.check = Check::Hooks(Hooks::new(validate));
        self
    }

    /// `validate` knows which keys are good, and takes its time.
    #[must_use]
    pub fn validate_async<V, F>(mut self, validate: impl Fn(Secret) -> F + Send + Sync + 'static) -> Self
    where
        V: Into<Verdict>,
        F: Future<Output = V> + Send + 'static,
    {
        self.check = Check::Hooks(Hooks::new_async(validate));
        self
    }

    /// Tells more of a caller whom the validator has let in.
    #[must_use]
    pub fn user_info(mut self, tell: impl Fn(&UserInfo) -> UserPatch + Send + Sync + 'static) -> Self {
        if let Check::Hooks(hooks) = &mut self.check {
            hooks.set_user_info(tell);
        }
        self
    }
}

/// The record of whoever holds a key of which nothing else is known.
fn holder(key: &KeyDigest) -> UserInfo {
    UserInfo::new("local", format!("key-{}", key.to_hex().split_off(48)))
}

impl Guard for ApiKey {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let sent = match &self.place {
            Place::Header(name) => request.header_named(name),
            Place::Cookie(name) => request.cookie(name),
            Place::Nowhere => Sent::Nothing,
        };
        let key = match sent {
            Sent::Nothing => return Outcome::Missing.into(),
            Sent::Unclear => return Outcome::bad_request("the key was sent more than once").into(),
            Sent::Once(key) if key.is_empty() || key.len() > KEY_MAX => {
                return Outcome::invalid("an empty or overlong key").into();
            }
            Sent::Once(key) => key,
        };
        match &self.check {
            Check::Digests(known) => match known.get(&KeyDigest::of(key)) {
                Some(user) => Outcome::Pass(Identity::new(user.clone())).into(),
                None => Outcome::invalid("unknown key").into(),
            },
            Check::Hooks(hooks) => {
                let digest = KeyDigest::of(key);
                hooks.check(key.into(), move |scopes| holder(&digest).with_scopes(scopes))
            }
        }
    }

    fn fault(&self) -> Option<Reason> {
        self.fault.clone()
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<serde_json::Value> {
        let (place, name) = match &self.place {
            Place::Header(name) => ("header", name.as_str()),
            Place::Cookie(name) => ("cookie", &**name),
            Place::Nowhere => return None,
        };
        Some(serde_json::json!({ "type": "apiKey", "in": place, "name": name }))
    }
}
