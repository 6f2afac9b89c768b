//! `GET /api/v1/me/export`: all that is kept of the caller's account.

use axum::extract::State;
use axum::response::IntoResponse;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::documents;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// All that is kept of an account, by kind: `account`, `sessions`, `events` and more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Export)]
pub struct ExportBody(Map<String, Value>);

/// Take your data along
///
/// All that is kept of your account, as one JSON document.
#[utoipa::path(
    get, operation_id = "export", path = "/api/v1/me/export", tag = "accounts", security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "The data.", body = ExportBody))
)]
pub async fn export(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<impl IntoResponse, Problem> {
    let mut export = app.core.export(&who, &client).await?;
    if let Some(library) = &app.documents {
        export.insert("documents".to_owned(), documents::export(library, who.user_id).await?);
    }
    let name = HeaderValue::from_static("attachment; filename=\"account.json\"");
    Ok(([(CONTENT_DISPOSITION, name)], Json(ExportBody(export))))
}
