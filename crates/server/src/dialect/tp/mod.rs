//! The dialect of TP Auth: tokens for passwords by an OAuth 2 form, fresh tokens for tokens, over the same accounts, sessions
//! and limits as `/api/v1`.
//!
//! Where the routes are, the environment says: see [`TpSurface`]. Refusals are put as FastAPI and OAuth 2 clients read them
//! ([`refusal`]). With cookies switched on, the cookie `access_token` stands for the token here and nowhere else.
//!
//! Invariant: what changes a session asks for its access token; an API key or another cookie is none.

mod cookie;
mod describe;
mod form;
mod health;
mod logout;
mod refresh;
mod refusal;
mod token;

use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Router, middleware};
use bytes::Bytes;
use doorward_guard::{BuildError, Refusal};
use http::Method;

use crate::app::AppState;
use crate::config::TpSurface;
use crate::http::guards;
use crate::http::problem::Problem;

pub(super) use describe::describe;

/// Where tokens are given wherever else they are given too.
const TOKEN: &str = "/token";
const LOGOUT: &str = "/logout";
const HEALTH: &str = "/api/healthcheck";
/// Where the pages and the description really are.
const DOCS: &str = "/docs";
const OPENAPI: &str = "/openapi.json";

/// The routes of the dialect, behind its guards.
///
/// # Errors
/// [`BuildError`] when its rules contradict each other.
pub(super) fn routes(state: &AppState, surface: &TpSurface) -> Result<Router<AppState>, BuildError> {
    let mut router = Router::new()
        .route(&surface.refresh_url, post(refresh::refresh))
        .route(LOGOUT, post(logout::logout))
        .route(HEALTH, get(health::health))
        .route(TOKEN, post(token::token));
    if surface.token_url != TOKEN {
        router = router.route(&surface.token_url, post(token::token));
    }
    let asked = state.clone();
    let refused = move |refusal: &Refusal<'_>| {
        let problem = Problem::from(guards::cause(refusal, &asked));
        Some(problem.into_response().map(|_| Bytes::new()))
    };
    let guards = guards::credentials(state)
        .rule(Method::POST, &surface.refresh_url, "bearer")
        .rule(Method::POST, LOGOUT, "bearer")
        .on_refusal(refused)
        .build()?;
    // As one, the first the outermost: each that is laid by itself is a box more that every request goes through.
    let lift = middleware::from_fn_with_state(state.clone(), cookie::lift);
    let layers = (middleware::from_fn(refusal::speak), lift, guards.layer());
    let router = router.method_not_allowed_fallback(crate::http::problem::method_not_allowed).layer(layers);
    Ok(pages(router, surface))
}

/// Leads from where TP Auth's services look for pages to where they are.
fn pages(mut router: Router<AppState>, surface: &TpSurface) -> Router<AppState> {
    for page in surface.docs_urls.iter().filter(|page| *page != DOCS) {
        router = router.route(page, get(|| async { Redirect::to("/docs/") }));
    }
    if surface.openapi_url != OPENAPI {
        router = router.route(&surface.openapi_url, get(|| async { Redirect::to(OPENAPI) }));
    }
    router
}
