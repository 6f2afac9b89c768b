//! Accounts in the hands of those who run the server.

mod export;
mod list;
mod verification;

pub(super) use export::export;
pub(super) use list::{list, overview};
pub(super) use verification::verification;
