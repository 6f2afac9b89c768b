//! What comes in: JSON bodies as clients of AuthX send them, and numbers of accounts in paths.
//!
//! A body is read whatever its media type says, and members that are not known are passed over. What a browser sends for
//! another site is refused before anything is read.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path};
use doorward_core::Code;
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::answer::Refused;
use crate::app::AppState;
use crate::http::csrf;

/// The members of a body that are known; which of them have to be there is for the handler to say.
pub(super) struct Members<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Members<T> {
    type Rejection = Refused;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Refused> {
        csrf::check(request.method(), request.headers(), &state.http)?;
        let body = Limited::new(request.into_body(), state.http.max_body).collect().await;
        let body = body.map_err(|fault| {
            Refused::from(if fault.is::<LengthLimitError>() {
                Code::BodyTooLarge
            } else {
                Code::MalformedBody
            })
        })?;
        serde_json::from_slice(&body.to_bytes())
            .map(Self)
            .map_err(|_| Refused::plain(StatusCode::BAD_REQUEST))
    }
}

/// The number of an account in the path.
pub(super) struct Number(pub(super) i64);

impl FromRequestParts<AppState> for Number {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refused> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let number = path.ok().and_then(|Path(text)| text.parse().ok());
        number.map(Self).ok_or_else(|| Refused::no_number("path", "id"))
    }
}
