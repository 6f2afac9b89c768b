//! The dialect of AuthX: accounts behind two cookies, under a prefix of the application's choice.
//!
//! A refusal is `{"detail": …}`, a success without data is `null`. The one cookie holds an access token, the other the refresh
//! token of the same session, which changes with each use; a bearer header counts for nothing here.
//!
//! Does not know more than the rules do: a banned account is a disabled one, a permission is a role, a blackout is the end of
//! everybody's sessions.
//!
//! Invariant: a route is guarded unless it is named as open in [`guards`]; a cookie that is there and not good is a 401 everywhere.

mod admin;
mod answer;
mod body;
mod change_username;
mod confirmation;
mod cookies;
mod guards;
mod login;
mod logout;
mod moment;
mod pages;
mod password;
mod permission;
mod refresh;
mod register;
mod social;
mod token;
mod words;

use axum::Router;
use axum::routing::{get, post};
use doorward_guard::BuildError;

use crate::app::AppState;

/// The routes of the dialect, behind its guards.
///
/// # Errors
/// [`BuildError`] when its rules contradict each other.
pub(super) fn routes(state: &AppState) -> Result<Router<AppState>, BuildError> {
    let accounts = Router::new()
        .route("/register", post(register::register))
        .route("/login", post(login::login))
        .route("/logout", post(logout::logout))
        .route("/token", post(token::token))
        .route("/token/refresh", post(refresh::refresh))
        .route("/confirm", get(confirmation::status).post(confirmation::ask))
        .route("/confirm/{token}", post(confirmation::finish))
        .route("/password", get(password::status).post(password::set).put(password::change))
        .route("/password/{token}", post(password::reset))
        .route("/forgot_password", post(password::forgot))
        .route("/{id}/change_username", post(change_username::change_username))
        .merge(admin::routes())
        .fallback(answer::not_found)
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(guards::build(state)?.layer());
    Ok(Router::new()
        .nest(&state.http.dialects.authx.prefix, accounts)
        .merge(pages::routes())
        .merge(social::routes(state)?))
}
