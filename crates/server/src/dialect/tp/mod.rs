//! The dialect of TP Auth.

use axum::Router;
use doorward_guard::BuildError;

use crate::app::AppState;

/// The routes of the dialect, behind its guards.
///
/// # Errors
/// [`BuildError`] when its rules contradict each other.
pub(super) fn routes(state: &AppState) -> Result<Router<AppState>, BuildError> {
    let _ = state;
    Ok(Router::new())
}
