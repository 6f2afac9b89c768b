//! Tokens of other issuers: signed ones, opaque ones, and calls to other services with them.
//!
//! The issuer runs in the process. Nothing here waits: the clock is turned.

#![expect(clippy::unwrap_used, reason = "a test whose ground gives way has to stop at once")]

mod answers;
mod claims;
mod forged;
mod introspection;
mod issuer;
mod keys;
mod network;
mod news;
mod seen;
