//! The sessions of others.

pub mod end;
pub mod end_all;
pub mod list;
pub mod sign_everybody_out;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(end_all::end_all))
        .routes(routes!(end::end))
        .routes(routes!(sign_everybody_out::sign_everybody_out))
}
