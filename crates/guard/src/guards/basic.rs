//! User name and password in every request (RFC 7617).
//!
//! Invariant: an unknown name costs what a wrong password costs; credentials that cannot be read are wrong ones, never a
//! fault of the server.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::hooks::Hooks;
use crate::challenge::{Challenge, is_printable};
use crate::guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
use crate::request::{GuardRequest, Sent};
use crate::scope::ScopeSet;
use crate::secret::{KeyDigest, Secret};
use crate::soon::Soon;
use crate::user::{UserInfo, UserPatch};

/// The longest credentials that are decoded, in bytes of base64.
const CREDENTIALS_MAX: usize = 8 * 1024;

/// Asks for a user name and a password. Use it over TLS alone.
///
/// ```
/// use doorward_guard::guards::Basic;
///
/// // A few accounts of the application's own.
/// let few = Basic::users([("ada", "lovelace")]).realm("reports");
/// // Somebody else knows them; `true`, `false`, an `Option` of scopes, or a `Result` of one of these.
/// let many = Basic::new_async(|login| async move { look_up(&login.username, login.password.reveal()).await });
/// # async fn look_up(_: &str, _: &str) -> bool { false }
/// ```
pub struct Basic {
    realm: String,
    check: Check,
    is_remembered: bool,
}

enum Check {
    Users(HashMap<Box<str>, Known>),
    Hooks(Hooks<BasicCredentials>),
}

struct Known {
    password: KeyDigest,
    user: Arc<UserInfo>,
}

/// What somebody typed in. Printing it shows no password.
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    /// The user name: any text without a colon, also an empty one.
    pub username: String,
    /// The password: any text.
    pub password: Secret,
}

impl std::fmt::Debug for Basic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Basic").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl Basic {
    fn with(check: Check) -> Self {
        Self { realm: "api".to_owned(), check, is_remembered: false }
    }

    /// `validate` knows who is right. It must cost the same for unknown names.
    pub fn new<V: Into<Verdict>>(validate: impl Fn(BasicCredentials) -> V + Send + Sync + 'static) -> Self {
        Self::with(Check::Hooks(Hooks::new(validate)))
    }

    /// `validate` knows who is right, and takes its time.
    pub fn new_async<V, F>(validate: impl Fn(BasicCredentials) -> F + Send + Sync + 'static) -> Self
    where
        V: Into<Verdict>,
        F: Future<Output = V> + Send + 'static,
    {
        Self::with(Check::Hooks(Hooks::new_async(validate)))
    }

    /// These users with these passwords, without scopes. Passwords are kept as fast digests: good for long random ones.
    pub fn users<U: Into<String>, P: AsRef<str>>(users: impl IntoIterator<Item = (U, P)>) -> Self {
        let none = Self::with(Check::Users(HashMap::new()));
        users
            .into_iter()
            .fold(none, |guard, (name, password)| guard.user(UserInfo::new("local", name), password.as_ref()))
    }

    /// One more user, who logs in with the record's `id`.
    #[must_use]
    pub fn user(self, user: UserInfo, password: &str) -> Self {
        self.user_with_digest(user, KeyDigest::of(password))
    }

    /// The same where only the digest of the password is known.
    #[must_use]
    pub fn user_with_digest(mut self, user: UserInfo, password: KeyDigest) -> Self {
        if let Check::Users(users) = &mut self.check {
            let known = Known { password, user: Arc::new(user) };
            users.insert(known.user.id.as_str().into(), known);
        }
        self
    }

    /// What people are told they log in to; `api` unless told.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Tells more of a user whom the validator has let in.
    #[must_use]
    pub fn user_info(mut self, tell: impl Fn(&UserInfo) -> UserPatch + Send + Sync + 'static) -> Self {
        if let Check::Hooks(hooks) = &mut self.check {
            hooks.set_user_info(tell);
        }
        self
    }

    /// Remembers who has logged in, in a session: the next request needs no password. Off unless told, for a session goes on
    /// when the password has changed.
    #[must_use]
    pub const fn remembered(mut self) -> Self {
        self.is_remembered = true;
        self
    }
}

impl Guard for Basic {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let credentials = match request.authorization() {
            Sent::Nothing => return Outcome::Missing.into(),
            Sent::Unclear => return Outcome::bad_request("more than one `Authorization`").into(),
            Sent::Once(sent) if !sent.scheme.eq_ignore_ascii_case("Basic") => return Outcome::Missing.into(),
            Sent::Once(sent) => sent.credentials,
        };
        let login = read(credentials);
        let Some((name, password)) = login.as_ref().and_then(|login| login.split_once(':')) else {
            return Outcome::invalid("the credentials cannot be read").into();
        };
        match &self.check {
            Check::Users(users) => match_user(users, name, password).into(),
            Check::Hooks(hooks) => {
                let name = name.to_owned();
                let login = BasicCredentials { username: name.clone(), password: password.into() };
                hooks.check(login, move |scopes| UserInfo::new("local", name).with_scopes(scopes))
            }
        }
    }

    fn challenge(&self, why: Why, _needed: &ScopeSet) -> Option<Challenge> {
        let challenge = || Challenge::new("Basic").with("realm", self.realm.clone()).with("charset", "UTF-8");
        (why != Why::InsufficientScope).then(challenge)
    }

    fn is_remembered(&self) -> bool {
        self.is_remembered
    }

    fn fault(&self) -> Option<Reason> {
        (!is_printable(&self.realm)).then(|| "the realm is empty or has control characters".into())
    }

    #[cfg(feature = "openapi")]
    fn scheme(&self) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "type": "http", "scheme": "basic" }))
    }
}

/// What stands in `base64(name ":" password)`: the standard alphabet with its padding, UTF-8, no control characters.
fn read(credentials: &str) -> Option<Zeroizing<String>> {
    if credentials.len() > CREDENTIALS_MAX {
        return None;
    }
    let login = Zeroizing::new(String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?);
    (!login.chars().any(char::is_control)).then_some(login)
}

fn match_user(users: &HashMap<Box<str>, Known>, name: &str, password: &str) -> Outcome {
    let presented = KeyDigest::of(password);
    let known = users.get(name);
    let is_right = known.map_or(&KeyDigest::OF_NOTHING, |known| &known.password) == &presented;
    match known {
        Some(known) if is_right => Outcome::Pass(Identity::new(known.user.clone())),
        _ => Outcome::invalid("unknown name or wrong password"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(credentials: &str) -> Option<(String, String)> {
        let login = read(&STANDARD.encode(credentials))?;
        login.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    }

    #[test]
    fn the_first_colon_divides() {
        assert_eq!(text("ada:a:b:"), Some(("ada".into(), "a:b:".into())));
        assert_eq!(text(":pw"), Some((String::new(), "pw".into())));
        assert_eq!(text("ada:"), Some(("ada".into(), String::new())));
        assert_eq!(text("no colon"), None);
    }

    #[test]
    fn only_clean_utf8_in_the_standard_alphabet_is_read() {
        assert_eq!(text("ada:love\0lace"), None);
        assert!(read("YWRhOj8_Pz4-Pg==").is_none(), "the alphabet for URLs");
        assert!(read("ZXZlOnBhc3M").is_none(), "no padding");
        assert!(read("c/hyZW46YmzlYuZy").is_none(), "Latin-1");
        assert!(read(&STANDARD.encode(vec![b':'; 64 * 1024])).is_none(), "too long");
    }
}
