//! The query of a request: the documented names and no others, each once.

use axum::extract::FromRequestParts;
use doorward_core::{Code, Error};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::app::AppState;

/// A query of the documented form.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let query = read.map_err(|fault| {
            let why =
                "The query has a parameter that is not known, there twice, or not of the documented form.";
            Error::new(Code::MalformedParameter, why).because(fault.to_string())
        })?;
        Ok(Self(query.0))
    }
}
