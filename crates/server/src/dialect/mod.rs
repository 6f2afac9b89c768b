//! What clients of other systems find: their paths, bodies and errors, over the same accounts and the same rules.
//!
//! A dialect translates and calls one rule, as every handler does; it holds no rule and never names the store. Each is on by
//! `[dialect.<name>] enabled` alone and stands behind guards of its own, whose refusals speak its language.

mod authx;
pub(crate) mod r2r;
mod tp;

use axum::Router;
use doorward_guard::BuildError;
use utoipa::openapi::OpenApi;

use crate::app::AppState;

/// The routes of every dialect that is switched on, each behind its guards.
///
/// # Errors
/// [`BuildError`] when the rules of a dialect contradict each other, which tests exclude.
pub(crate) fn routes(state: &AppState) -> Result<Router<AppState>, BuildError> {
    let dialects = &state.http.dialects;
    let mut router = Router::new();
    if dialects.r2r.enabled {
        router = router.merge(r2r::routes(state)?);
    }
    if dialects.authx.enabled {
        router = router.merge(authx::routes(state)?);
    }
    if let Some(surface) = &state.http.tp {
        router = router.merge(tp::routes(state, surface)?);
    }
    Ok(router)
}

/// Adds to the description of the API what the dialects describe of themselves.
pub(crate) fn describe(api: &mut OpenApi, state: &AppState) {
    if let Some(surface) = &state.http.tp {
        tp::describe(api, surface);
    }
}
