//! Answers that must be JSON.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What an answer is by its `Content-Type`, without parameters and in small letters.
pub(crate) fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(crate) fn is_json(kind: &str) -> bool {
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The JSON object in an answer with status 200; the error says what it is instead, and nothing of its content.
pub(crate) fn object(answer: &Response<Bytes>) -> Result<Map<String, Value>, String> {
    read(answer)
}

/// As [`object`], whatever JSON it is.
#[cfg(feature = "oauth2")]
pub(crate) fn value(answer: &Response<Bytes>) -> Result<Value, String> {
    read(answer)
}

fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, String> {
    if answer.status() != StatusCode::OK {
        return Err(format!("the answer has the status {}", answer.status().as_u16()));
    }
    if !is_json(&kind(answer.headers())) {
        return Err("the answer is not JSON by its type".to_owned());
    }
    serde_json::from_slice(answer.body()).map_err(|_| "the answer is not the JSON it has to be".to_owned())
}
