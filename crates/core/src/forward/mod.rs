//! Applications that know nothing of this server, behind a proxy that asks it about each request.
//!
//! Each host is an application like those of [`crate::oauth`], under an id that its address makes: people sign in to it on the same pages,
//! and what its browser is given is a session of its own, listed and ended like others. Does not know rules for paths: guards do.
//!
//! Invariant: the cookie of a host opens that host and nothing else, this server's own API least of all.

mod enter;
mod tell;

pub use enter::{GuardedHost, Return};
pub use tell::Person;
