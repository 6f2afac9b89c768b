//! A new password for those who have lost the old one.

pub mod ask;
pub mod confirm;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(ask::ask)).routes(routes!(confirm::confirm))
}
