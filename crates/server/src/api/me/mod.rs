//! The caller's own account.

pub mod change_email;
pub mod change_password;
pub mod delete;
pub mod export;
pub mod read;
pub mod update;
pub mod verification;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::read, update::update, delete::delete))
        .routes(routes!(change_password::change_password))
        .routes(routes!(change_email::change_email))
        .routes(routes!(verification::verification))
        .routes(routes!(export::export))
}
