//! `GET /docs/` and `GET /openapi.json`: the API described, for people and for programs.
//!
//! The page and all it needs are in the binary: nothing is fetched from elsewhere, and nothing is told to anybody.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use doorward_core::{Code, Error};
use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, serve};

use crate::app::AppState;
use crate::http::problem::Problem;

/// The page, what it loads, and the description itself, which is written out once.
pub(crate) fn routes(description: &OpenApi) -> Router<AppState> {
    let description = Bytes::from(description.to_json().unwrap_or_default());
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Router::new()
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/docs", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", get(|| async { file("") }))
        .route("/docs/{*file}", get(|Path(name): Path<String>| async move { file(&name) }))
        .route("/openapi.json", get(move || std::future::ready((json, description))))
}

/// One of the embedded files; the page itself for no name.
fn file(name: &str) -> Result<Response, Problem> {
    // A validator would be sent the address of the description.
    let config = Arc::new(Config::from("/openapi.json").validator_url("none"));
    let found =
        serve(name, config).map_err(|fault| Error::from(Code::Internal).because(fault.to_string()))?;
    let file = found.ok_or(Code::NotFound)?;
    let mut response = ([(CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response();
    if file.gzpipped {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
