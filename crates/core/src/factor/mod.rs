//! The second factor of an account: an authenticator app, and recovery codes for whoever has lost it.
//!
//! | to find | look in |
//! |---|---|
//! | how one is set up | `set_up.rs` |
//! | what a code is worth, and how it is used up | `prove.rs` |
//! | how it is taken away | `remove.rs` |
//! | what is asked for at a login | [`crate::login`] |
//!
//! Does not say who is asked for it: see [`crate::login`].
//!
//! Invariant: a code works once, whoever sends it and however often at once; the secret is readable with the master key alone.

mod base32;
mod prove;
mod recovery;
mod remove;
mod set_up;
mod totp;

pub use set_up::NewFactor;
#[cfg(any(test, feature = "fake"))]
pub use totp::shown_by_app;

use totp::TotpSecret;

use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::principal::Principal;
use crate::time::Timestamp;

/// The authenticator app of an account, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Whose it is.
    pub user_id: UserId,
    /// What the app and the server both know, sealed.
    pub secret: String,
    /// When setting it up began.
    pub created_at: Timestamp,
    /// When its owner showed that the app has it; until then it is asked of nobody.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was used: neither it nor an earlier one counts again.
    pub last_step: i64,
}

/// What the owner is shown of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorView {
    /// When it was set up.
    pub since: Timestamp,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
}

impl Core {
    /// The caller's second factor, if there is one.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn second_factor(&self, who: &Principal) -> Result<Option<FactorView>, Error> {
        self.second_factor_of(who.user_id).await
    }

    /// What there is to see of the second factor of `user`.
    pub(crate) async fn second_factor_of(&self, user: UserId) -> Result<Option<FactorView>, Error> {
        let Some(since) = self.factor(user).await?.and_then(|factor| factor.confirmed_at) else {
            return Ok(None);
        };
        let left = self.ports().store.recovery_codes(user).await?.len();
        Ok(Some(FactorView { since, recovery_codes_left: left }))
    }

    /// The second factor that `user` is asked for.
    pub(crate) async fn factor(&self, user: UserId) -> Result<Option<Factor>, Error> {
        let found = self.ports().store.factor(user).await?;
        Ok(found.filter(|factor| factor.confirmed_at.is_some()))
    }

    fn seal_secret(&self, user: UserId, secret: &TotpSecret) -> Result<String, Error> {
        let sealed = self.factor_seal().close(&user.to_string(), secret.as_bytes(), self.entropy());
        sealed.map_err(|fault| Error::from(Code::Internal).because(fault))
    }

    fn open_secret(&self, factor: &Factor) -> Result<TotpSecret, Error> {
        let opened = self.factor_seal().open(&factor.user_id.to_string(), &factor.secret);
        opened.map(TotpSecret::from_bytes).map_err(|fault| Error::from(Code::Internal).because(fault))
    }
}
