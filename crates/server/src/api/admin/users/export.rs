//! `GET /api/v1/admin/users/export`: the accounts as CSV.

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use doorward_core::account::UserFilter;
use futures_util::stream::try_unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::accounts::write::{Progress, next};
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Export accounts
///
/// All of them as CSV, youngest first, without anything that proves who somebody is.
#[utoipa::path(
    get, operation_id = "admin_export_users", path = "/api/v1/admin/users/export", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    responses((status = OK, description = "The accounts.", content_type = "text/csv", body = String))
)]
pub async fn export(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Caller(client): Caller,
) -> Result<impl IntoResponse, Problem> {
    app.core.note_export(&who, &client).await?;
    let parts = try_unfold(Progress::Head, move |progress| {
        let app = app.clone();
        async move { next(&app.core, &UserFilter::default(), progress).await }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"accounts.csv\""),
    ];
    Ok((headers, Body::from_stream(parts)))
}
