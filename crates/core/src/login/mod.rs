//! Proof of identity: by password, and by the refresh token of an earlier proof.

mod captcha;
mod extend;
mod fresh;
mod password;
mod provider;
pub(crate) mod refresh;

pub use password::LoginAttempt;
pub use provider::ProviderAttempt;
