//! What every store promises, whatever engine it stands on.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod api_keys;
mod applications;
mod audit;
mod caches;
mod copies;
mod factors;
mod files;
mod keys;
mod limiter;
mod logouts;
mod mails;
mod news;
mod nodes;
mod passkeys;
mod roles;
mod sessions;
mod settings;
mod sizes;
mod tampering;
mod users;
mod world;
