//! The caller's own account.

pub mod change_password;
pub mod read;
