//! What handlers take from the head of a request, beside the credential: who calls, and what the path names.

use axum::extract::{FromRequestParts, Path};
use doorward_core::Code;
use doorward_core::client::Client;
use http::request::Parts;

use super::client_ip;
use super::problem::Problem;
use crate::app::AppState;

/// Who sends the request, as far as the network tells.
#[derive(Debug, Clone)]
pub struct Caller(pub Client);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(client_ip::client(parts, &state.http.trusted_proxies)?))
    }
}

/// An id in the path. What is no id names nothing, so it is not found.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

/// Two ids in the path. What is no id names nothing, so it is not found.
#[derive(Debug, Clone)]
pub struct TwoIds<A, B>(pub A, pub B);

impl<A: std::str::FromStr + Send, B: std::str::FromStr + Send> FromRequestParts<AppState> for TwoIds<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Path((first, second)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| Code::NotFound)?;
        let first = first.parse().map_err(|_| Code::NotFound)?;
        Ok(Self(first, second.parse().map_err(|_| Code::NotFound)?))
    }
}

impl<T: std::str::FromStr + Send> FromRequestParts<AppState> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Code::NotFound)?;
        text.parse().map(Self).map_err(|_| Code::NotFound.into())
    }
}
