//! A file of accounts as the body of a request: larger than any other body, and bounded.

use axum::body::Body;
use axum::extract::FromRequest;
use bytes::Bytes;
use doorward_core::Code;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Problem;
use crate::accounts::read::Form;
use crate::app::AppState;

/// The largest file.
const MOST: usize = 16 * 1024 * 1024;

/// A file, and its form by its media type.
pub struct Upload {
    /// How it is written.
    pub(crate) form: Form,
    /// What is written.
    pub(crate) bytes: Bytes,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Upload({:?}, {} bytes)", self.form, self.bytes.len())
    }
}

impl FromRequest<AppState> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &AppState) -> Result<Self, Problem> {
        let form = form(request.headers())?;
        let body = Limited::new(request.into_body(), MOST).collect().await.map_err(|fault| {
            let code = if fault.is::<LengthLimitError>() { Code::BodyTooLarge } else { Code::MalformedBody };
            Problem::from(code)
        })?;
        Ok(Self { form, bytes: body.to_bytes() })
    }
}

/// The form of the file that `headers` announce.
fn form(headers: &HeaderMap) -> Result<Form, Code> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = header(CONTENT_LENGTH).and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > MOST) {
        return Err(Code::BodyTooLarge);
    }
    let essence = header(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
    match essence.trim().to_ascii_lowercase().as_str() {
        "text/csv" => Ok(Form::Csv),
        "application/json" | "application/x-ndjson" => Ok(Form::Json),
        _ => Err(Code::UnsupportedMediaType),
    }
}
