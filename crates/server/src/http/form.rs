//! Forms of pages without scripts.

use axum::body::Body;
use axum::extract::FromRequest;
use doorward_core::{Code, Secret};
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use url::form_urlencoded;

use super::problem::Problem;
use crate::app::AppState;

/// The fields of a form, not larger than the server takes.
#[derive(Debug)]
pub struct Form(Vec<(String, Secret<String>)>);

impl Form {
    /// The first value of the field `name`; empty when there is none.
    pub fn field(&self, name: &str) -> Secret<String> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map_or_else(|| Secret::new(String::new()), |(_, value)| value.clone())
    }
}

impl FromRequest<AppState> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Code::UnsupportedMediaType.into());
        }
        let body =
            Limited::new(request.into_body(), state.http.max_body).collect().await.map_err(|fault| {
                let code =
                    if fault.is::<LengthLimitError>() { Code::BodyTooLarge } else { Code::MalformedBody };
                Problem::from(code)
            })?;
        let fields = form_urlencoded::parse(&body.to_bytes())
            .map(|(name, value)| (name.into_owned(), Secret::new(value.into_owned())))
            .collect();
        Ok(Self(fields))
    }
}
