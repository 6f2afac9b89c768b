//! Mail on its way, as the people who run the server see it.

pub mod discard;
pub mod list;
pub mod retry;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(retry::retry))
        .routes(routes!(discard::discard))
}
