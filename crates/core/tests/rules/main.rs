//! The rules, in a world of memory whose clock the tests turn.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod applications;
mod extend;
mod keys;
mod login;
mod passwords;
mod refresh;
mod register;
mod revocations;
mod second_factor;
mod sessions;
mod world;
