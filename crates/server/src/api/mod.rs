//! The routes: one handler per file, which translates, calls one rule, and translates back.

pub(crate) mod account;
pub mod admin;
pub mod answer;
pub mod api_keys;
pub mod collections;
pub(crate) mod docs;
pub mod documents;
pub mod email_change;
pub mod email_verification;
pub mod health;
pub mod jwks;
pub mod login;
pub mod logout;
pub mod me;
pub mod oauth2;
pub mod passkeys;
pub mod password_reset;
pub mod providers;
pub mod refresh;
pub mod revocations;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod sessions;
pub mod tokens;
pub mod users;
