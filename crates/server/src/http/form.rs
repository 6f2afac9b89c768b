//! Forms of pages without scripts.

use axum::body::Body;
use axum::extract::FromRequest;
use doorward_core::{Code, Error, Secret};
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

impl Form {
    /// The field `name`, if it is there and says something (RFC 6749 §3.2).
    ///
    /// # Errors
    /// [`Code::MalformedParameter`] when it is there twice.
    pub fn at_most(&self, name: &'static str) -> Result<Option<Secret<String>>, Error> {
        let mut found = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (_, Some(_)) => {
                Err(Error::new(Code::MalformedParameter, format!("{name} is there twice.")).about(name))
            }
            (value, None) => Ok(value.filter(|value| !value.expose().is_empty()).cloned()),
        }
    }

    /// Every field, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value.expose()))
    }

    /// The field `name`, which is there once and says something (RFC 6749 §3.2).
    ///
    /// # Errors
    /// [`Code::MalformedParameter`].
    pub fn only(&self, name: &'static str) -> Result<Secret<String>, Error> {
        let missing = || Error::new(Code::MalformedParameter, format!("{name} is missing.")).about(name);
        self.at_most(name)?.ok_or_else(missing)
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
