//! Proof of identity: by password, by a second factor where there is one, and by the refresh token of an earlier proof.

mod captcha;
mod extend;
mod fresh;
mod password;
mod provider;
pub(crate) mod refresh;
mod second_factor;

pub use password::LoginAttempt;
pub use provider::ProviderAttempt;
pub use second_factor::{PendingLogin, SECOND_FACTOR_TRIES, SecondHalf};
