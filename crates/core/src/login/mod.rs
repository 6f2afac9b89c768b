//! Proof of identity: by password, and by the refresh token of an earlier proof.

mod attempt;
mod password;
pub(crate) mod refresh;

pub use password::LoginAttempt;
