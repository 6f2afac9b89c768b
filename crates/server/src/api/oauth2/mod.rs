//! For clients of OAuth 2.0: what a token is worth, the end of one, and where both are asked for.

pub mod introspect;
pub mod metadata;
pub mod revoke;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// Where the worth of a token is asked for.
const INTROSPECT: &str = "/oauth2/introspect";
/// Where tokens are ended.
const REVOKE: &str = "/oauth2/revoke";

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(introspect::introspect))
        .routes(routes!(revoke::revoke))
        .routes(routes!(metadata::metadata))
}
