//! Accounts, as the people who run the server see them.

pub mod give_role;
pub mod list;
pub mod take_role;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(give_role::give_role))
        .routes(routes!(take_role::take_role))
}
