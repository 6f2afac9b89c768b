//! `POST /api/v1/admin/users/import`: makes accounts of a file.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::accounts::read::rows;
use crate::accounts::report::Report;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::upload::Upload;

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only say what would become of each row.
    #[serde(default)]
    dry_run: bool,
}

/// Import accounts
///
/// CSV whose first line names its columns, or JSON objects in a list or one after the other, with `email` and perhaps `username`,
/// `name`, `password_hash`, `metadata`, `is_active`, `is_verified`, `roles`, `created_at`. Hashes of bcrypt, argon2, scrypt and
/// PBKDF2 are taken as Django, passlib and PHC strings write them, and renewed at the next login. An account that is there is
/// left as it is, so an import can be run again. 16 MiB at most; `doorward users import` takes any size.
#[utoipa::path(
    post, operation_id = "admin_import_users", path = "/api/v1/admin/users/import", tag = "admin", params(ImportQuery),
    request_body(content((String = "text/csv"), (String = "application/json"), (String = "application/x-ndjson"))),
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    responses((status = OK, description = "What became of each row.", body = Report))
)]
pub async fn import(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Query(query): Query<ImportQuery>,
    Caller(client): Caller,
    Upload { form, bytes }: Upload,
) -> Result<Json<Report>, Problem> {
    let mut rows = rows(&*bytes, form)?;
    let report = Report::of_import(&app.core, &who, (&mut *rows, query.dry_run), &client, |_| {}).await?;
    Ok(Json(report))
}
