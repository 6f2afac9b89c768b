//! The ways to prove who somebody is: Doorward's own password, and what was built in beside it.

pub mod begin;
pub mod finish;
pub mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(begin::begin))
        .routes(routes!(finish::finish))
}
