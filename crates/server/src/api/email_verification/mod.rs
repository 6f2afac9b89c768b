//! Proof that an address is its owner's, for those who are not signed in.

pub mod ask;
pub mod confirm;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(ask::ask)).routes(routes!(confirm::confirm))
}
