//! Logins with providers that run in the process: what must work, and each way in which an answer must be refused.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test whose ground gives way has to stop at once"
)]

mod app;
mod attempts;
mod id_token;
mod link;
mod oauth2;
mod oidc;
mod on_auth;
mod presets;
mod refresh;
mod sessions;
mod tokens;
