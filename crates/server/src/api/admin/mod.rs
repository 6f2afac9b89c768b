//! What the people who run the server can do.
//!
//! Every route here asks for a permission in its parameters ([`crate::http::permission`]); a test holds each against
//! strangers and ordinary accounts.

pub mod analytics;
pub mod api_keys;
pub mod audit;
pub mod clients;
pub mod mail;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod status;
pub mod users;
pub mod webhooks;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// The routes under `/api/v1/admin`.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(analytics::routes())
        .merge(audit::routes())
        .merge(users::routes())
        .merge(roles::routes())
        .merge(sessions::routes())
        .merge(api_keys::routes())
        .merge(clients::routes())
        .merge(settings::routes())
        .merge(mail::routes())
        .merge(webhooks::routes())
        .routes(routes!(status::status))
}
