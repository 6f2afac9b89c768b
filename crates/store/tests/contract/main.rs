//! What every store promises, whatever engine it stands on.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod api_keys;
mod audit;
mod files;
mod keys;
mod mails;
<<<<<<< HEAD
mod roles;
=======
mod nodes;
>>>>>>> 8ef2ab8 (store: keep everything in PostgreSQL as well as in SQLite)
mod sessions;
mod settings;
mod tampering;
mod users;
mod world;
