//! `/confirm`: proof that the address of an account is its owner's.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::ticket::Presented;
use doorward_core::{Code, Secret};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use super::answer::{Refused, null};
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::csrf;
use crate::http::extract::Caller;
use crate::http::json::Json;

/// How an address stands.
#[derive(Serialize)]
pub(super) struct Standing {
    email: String,
    confirmed: bool,
}

/// `GET /confirm`: how the address stands.
pub(super) async fn status(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Standing>, Refused> {
    let found = app.core.verification(&who).await?;
    Ok(Json(Standing { email: found.email.as_str().to_owned(), confirmed: found.is_verified }))
}

/// `POST /confirm`: asks for a letter.
pub(super) async fn ask(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<Response, Refused> {
    if app.core.ask_own_verification(&who, &client).await? {
        Ok(null())
    } else {
        Err(Refused::bad("Email already confirmed"))
    }
}

/// `POST /confirm/{token}`: the link of a letter was followed.
pub(super) async fn finish(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    csrf::check(&Method::POST, &headers, &app.http)?;
    match app.core.verify_email(&Presented::Token(Secret::new(token)), &client).await {
        Ok(_) => Ok(null()),
        Err(error) if error.code() == Code::TicketInvalid => Err(Refused::plain(StatusCode::FORBIDDEN)),
        Err(error) => Err(error.into()),
    }
}
