//! The pages that mails lead to, for applications that have none of their own: they work without scripts.
//!
//! Opening a link changes nothing, because programs that look into mail open links too; a button does it.
//!
//! Does not know rules: a page calls the same ones as the API.
//!
//! Invariant: the token in a form is the proof; no cookie counts here, so no other site can act in its visitor's name.

mod page;
mod show;
mod submit;

use axum::Router;
use axum::routing::get;

use crate::app::AppState;

/// The pages, by the last part of their path.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/account/{page}", get(show::show).post(submit::submit))
}
