//! Tokens: given, exchanged, ended.

mod login;
mod logout;
mod provider;
mod refresh;

pub(super) use login::login;
pub(super) use logout::logout;
pub(super) use provider::{authorize, callback};
pub(super) use refresh::refresh;
