//! Which pages of other origins may read answers: those on the list, exactly, and by default none.

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::credential::API_KEY;
use super::edge::REQUEST_ID;
use crate::config::Http;

/// The layer for the listed origins; `None` when there are none.
pub(crate) fn layer(http: &Http) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> =
        http.allowed_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, API_KEY])
            .expose_headers([REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
            .max_age(std::time::Duration::from_secs(600))
    })
}
