//! The caller's own account.

pub mod change_password;
pub mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read::read)).routes(routes!(change_password::change_password))
}
