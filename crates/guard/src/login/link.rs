//! Logins for applications whose clients take the provider's answer themselves and hand it over: programs, and pages of another
//! origin, which keep no cookie for the application. The attempt travels in `state`, sealed.
//!
//! Invariant: a `state` opens for the guard and the callback that it was made for, for ten minutes, and the code that comes with it
//! is good for its attempt alone. Each guard needs a callback of its own, since clients may leave out who has answered (RFC 9700 §4.4.2.2). Nothing ties it to a browser: who takes browsers back itself has to keep the `state` there,
//! and to compare.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, is_live};
use super::callback::CodeAnswer;
use super::desk::context;
use super::{Login, LoginFault};
use crate::guard::{Guard, Reason};
use crate::secret::Secret;
use crate::session::{SealKey, random_text};
use crate::user::UserInfo;

/// What a `state` is sealed for.
const PURPOSE: &str = "link";

/// The way to the provider of one guard and back, without a cookie.
///
/// ```
/// use doorward_guard::guards::{Oidc, Registration};
/// use doorward_guard::{LoginLink, SealKey};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/back");
/// let link = LoginLink::new("idp", &Oidc::new("https://idp.example", ours), SealKey::from_bytes([7; 32]))?;
/// # Ok::<(), doorward_guard::Reason>(())
/// ```
pub struct LoginLink {
    login: Arc<dyn Login>,
    key: SealKey,
    context: String,
}

impl std::fmt::Debug for LoginLink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LoginLink")
            .field("callback", &self.login.callback().as_str())
            .finish_non_exhaustive()
    }
}

/// A browser is to be sent away.
#[derive(Debug, Clone)]
pub struct LinkBegun {
    /// Where to.
    pub location: String,
    /// What will come back with the answer.
    pub state: Secret,
}

/// What a provider has sent back.
#[derive(Debug, Clone)]
pub struct LinkAnswer<'a> {
    /// The code (RFC 6749 §4.1.2).
    pub code: &'a str,
    /// The `state` that the login was begun with.
    pub state: &'a str,
    /// The provider's name for itself, `iss`, where it tells (RFC 9207) and the client has handed it over.
    pub issuer: Option<&'a str>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    nonce: Secret,
    verifier: Secret,
    at: i64,
}

impl LoginLink {
    /// The way of `guard`, which goes by `name`; machines that share `key` finish what others have begun.
    ///
    /// # Errors
    /// What is wrong with the guard; or it logs nobody in.
    pub fn new(name: &str, guard: &dyn Guard, key: SealKey) -> Result<Self, Reason> {
        if let Some(fault) = guard.fault() {
            return Err(fault);
        }
        let login = guard.login().ok_or_else(|| Reason::from("it logs nobody in"))?;
        Ok(Self { context: context(name, &*login), login, key })
    }

    /// Begins a login at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// [`LoginFault::Unreachable`], [`LoginFault::BadAnswer`]: the provider does not say where its pages are.
    pub async fn begin(&self, now: i64) -> Result<LinkBegun, LoginFault> {
        let random = || Secret::from(random_text());
        let kept = Kept { nonce: random(), verifier: random(), at: now };
        let state = self.key.seal(PURPOSE, &self.context, &kept);
        let state = state.map_err(|fault| LoginFault::Unreachable(fault.to_string().into()))?;
        let attempt = Attempt::of(state.into(), kept.nonce, kept.verifier);
        let location = self.login.begin(&attempt, now).wait().await?;
        Ok(LinkBegun { location, state: attempt.state().into() })
    }

    /// Whether `state` was made here and is not over at `now`.
    pub fn knows(&self, state: &str, now: i64) -> bool {
        self.opened(state, now).is_some()
    }

    /// Who has logged in, by what the provider has sent back.
    ///
    /// # Errors
    /// [`LoginFault`]; of a `state` that does not open here, [`LoginFault::Mismatch`].
    pub async fn finish(&self, answer: LinkAnswer<'_>, now: i64) -> Result<Arc<UserInfo>, LoginFault> {
        let attempt = self.opened(answer.state, now);
        let attempt =
            attempt.ok_or_else(|| LoginFault::Mismatch("it was not begun here, or took too long".into()))?;
        let issuer = answer.issuer.map(str::to_owned);
        let answer = CodeAnswer { code: answer.code.into(), issuer, is_whole: false, attempt };
        let entry = self.login.finish(answer, now).await?;
        Ok(entry.user().clone())
    }

    fn opened(&self, state: &str, now: i64) -> Option<Attempt> {
        let kept: Kept = self.key.open(PURPOSE, &self.context, state)?;
        is_live(kept.at, now).then(|| Attempt::of(state.into(), kept.nonce, kept.verifier))
    }
}
