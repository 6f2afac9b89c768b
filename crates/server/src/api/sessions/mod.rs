//! The caller's sessions.

pub mod end;
pub mod list;
