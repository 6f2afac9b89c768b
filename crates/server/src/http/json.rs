//! JSON in and out.
//!
//! Invariant: what is said of a body names the field or the place and never repeats a value: it may be a password.

use axum::body::Body;
use axum::extract::{FromRequest, OptionalFromRequest};
use axum::response::{IntoResponse, Response};
use doorward_core::{Code, Error};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::app::AppState;

/// The longest complaint about a body, in characters: names of fields are the caller's own and can be long.
const NAME_MAX: usize = 120;

/// A JSON body. One that comes in has the documented shape: no unknown fields, no duplicates, not larger than the server
/// takes.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Problem> {
        let max = state.http.max_body;
        bounded(request, max).await.map(Self)
    }
}

/// What a JSON body of at most `max` bytes holds.
pub(super) async fn bounded<T: DeserializeOwned>(request: Request<Body>, max: usize) -> Result<T, Problem> {
    let is_json =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json);
    if !is_json {
        return Err(Code::UnsupportedMediaType.into());
    }
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > max) {
        return Err(Code::BodyTooLarge.into());
    }
    let body = Limited::new(request.into_body(), max).collect().await.map_err(|fault| {
        let code = if fault.is::<LengthLimitError>() { Code::BodyTooLarge } else { Code::MalformedBody };
        Problem::from(code)
    })?;
    read(&body.to_bytes())
}

/// A body that may be left out: then there is no media type either.
impl<T: DeserializeOwned> OptionalFromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Option<Self>, Problem> {
        if !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<AppState>>::from_request(request, state).await.map(Some)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        // Room for most answers, so that the buffer does not grow bit by bit.
        let mut body = Vec::with_capacity(1024);
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => written(body),
            Err(fault) => Problem::from(Error::from(Code::Internal).because(fault)).into_response(),
        }
    }
}

/// An answer whose body is JSON already.
pub(crate) fn written(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads a body that holds one JSON value and nothing else.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut input = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut input)
        .map_err(|fault| malformed(&fault.path().to_string(), fault.inner()))?;
    input.end().map_err(|fault| malformed(".", &fault))?;
    Ok(value)
}

/// What is wrong and where, without the value. The parser's words about names of fields are safe to repeat.
fn malformed(path: &str, fault: &serde_json::Error) -> Problem {
    let text = fault.to_string();
    let is_about_name =
        ["unknown field", "missing field", "duplicate field"].iter().any(|start| text.starts_with(start));
    let what = match text.split('`').nth(1) {
        Some(name) if is_about_name => {
            format!("{} `{name}`", text.split('`').next().unwrap_or_default().trim_end())
        }
        _ if !fault.is_data() => "this is not JSON".to_owned(),
        _ if path == "." => "the body is not an object".to_owned(),
        _ => format!("the field `{path}` is not of the documented type"),
    };
    let what: String = what.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    let detail = format!("In line {}, column {}: {what}.", fault.line(), fault.column());
    Error::new(Code::MalformedBody, detail).into()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Login {
        #[expect(dead_code, reason = "read by the parser alone")]
        password: String,
    }

    fn detail(body: &str) -> String {
        format!("{:?}", read::<Login>(body.as_bytes()).unwrap_err())
    }

    #[test]
    fn an_error_names_the_field_and_never_the_value() {
        assert!(detail(r#"{"pasword":"hunter2"}"#).contains("unknown field `pasword`"));
        assert!(detail("{}").contains("missing field `password`"));
        assert!(detail(r#"{"password":5}"#).contains("the field `password` is not"));
        for body in [
            r#"{"password":["hunter2"]}"#,
            r#"{"password":5,"hunter2":1}"#,
            "hunter2",
            r#""hunter2""#,
            "{\"password\":\"hunter2",
        ] {
            assert!(!detail(body).contains("hunter2"), "{body}");
        }
    }

    #[test]
    fn json_is_known_with_parameters_and_in_any_case() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain") && !is_json("") && !is_json("application/jsonp"));
    }
}
