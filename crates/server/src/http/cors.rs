//! Which pages of other origins may read answers: those on the list, exactly or as subdomains, and by default none.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::edge::REQUEST_ID;
use super::origin;
use crate::config::Http;

/// The layer for the listed origins; `None` when there are none.
pub(crate) fn layer(http: &Http) -> Option<CorsLayer> {
    if http.allowed_origins.is_empty() {
        return None;
    }
    let cors = http.cors.clone();
    let listed = http.allowed_origins.clone();
    let origins = if !cors.with_credentials && listed.iter().any(|listed| listed == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::predicate(move |origin, _| {
            origin.to_str().is_ok_and(|origin| origin::is_listed(&listed, origin))
        })
    };
    let headers = cors.headers.map_or_else(AllowHeaders::mirror_request, AllowHeaders::list);
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(cors.with_credentials)
        .allow_methods(cors.methods)
        .allow_headers(headers)
        .expose_headers([REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(std::time::Duration::from_secs(600));
    Some(layer)
}
