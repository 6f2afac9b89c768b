//! `POST /v3/users/export`: the accounts as CSV.

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use doorward_core::account::{Cursor, UserFilter};
use doorward_core::{Core, Error};
use futures_util::stream::try_unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::accounts::write::quoted;
use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{Refused, Sent, Spoken};
use crate::http::extract::Caller;
use crate::http::permission::Superuser;

/// Accounts that are read in one go.
const AT_ONCE: u32 = 500;
/// What can be exported; all of it unless columns are named.
const COLUMNS: [&str; 11] = [
    "id",
    "email",
    "is_superuser",
    "is_active",
    "is_verified",
    "name",
    "bio",
    "profile_picture",
    "metadata",
    "created_at",
    "updated_at",
];

/// What the file is to have.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct ExportBody {
    columns: Option<Vec<String>>,
    /// Values that a column has to have, as `{"is_active": {"$eq": true}}`.
    filters: Option<Map<String, Value>>,
    include_header: Option<bool>,
}

impl Spoken for ExportBody {}

/// What is written: columns, and the values that some have to have.
#[derive(Debug, Clone)]
struct Plan {
    columns: Vec<&'static str>,
    wanted: Vec<(&'static str, Value)>,
}

pub(in super::super) async fn export(
    State(app): State<AppState>,
    Superuser(who): Superuser,
    Caller(client): Caller,
    Sent(body): Sent<ExportBody>,
) -> Result<impl IntoResponse, Refused> {
    let plan = plan(&body)?;
    app.core.note_export(&who, &client).await?;
    let head = match body.include_header {
        Some(false) => String::new(),
        _ => format!("{}\r\n", plan.columns.join(",")),
    };
    let parts = try_unfold((Some(None), Some(head)), move |(cursor, head)| {
        let (app, plan) = (app.clone(), plan.clone());
        async move {
            let Some(cursor) = cursor else { return Ok::<_, Error>(None) };
            if let Some(head) = head {
                return Ok(Some((head, (Some(cursor), None))));
            }
            let (text, next) = next(&app.core, &plan, cursor).await?;
            Ok(Some((text, (next.map(Some), None))))
        }
    });
    let headers =
        [(CONTENT_TYPE, "text/csv"), (CONTENT_DISPOSITION, "attachment; filename=\"users_export.csv\"")];
    Ok((headers, Body::from_stream(parts)))
}

fn plan(body: &ExportBody) -> Result<Plan, Malformed> {
    let known = |part, name: &str| {
        let column = COLUMNS.iter().copied().find(|column| *column == name);
        column.ok_or_else(|| Malformed::value("body", part, "There is no such column"))
    };
    let columns = match &body.columns {
        None => COLUMNS.to_vec(),
        Some(names) => names.iter().map(|name| known("columns", name)).collect::<Result<_, _>>()?,
    };
    let filters = body.filters.iter().flatten();
    let wanted = filters.map(|(name, value)| {
        let value = match value {
            Value::Object(operators) if operators.len() == 1 => operators.get("$eq"),
            Value::Object(_) | Value::Array(_) => None,
            value => Some(value),
        };
        let value =
            value.cloned().ok_or_else(|| Malformed::value("body", "filters", "Only $eq is known here"));
        Ok((known("filters", name)?, value?))
    });
    Ok(Plan { columns, wanted: wanted.collect::<Result<_, Malformed>>()? })
}

/// The next part of the file, and where the one after it begins.
async fn next(core: &Core, plan: &Plan, cursor: Option<Cursor>) -> Result<(String, Option<Cursor>), Error> {
    let page = core.users(&UserFilter::default(), cursor, AT_ONCE).await?;
    let users = UserBody::all(core, page.items).await?;
    Ok((users.iter().filter_map(|user| line(user, plan)).collect(), page.next))
}

fn line(user: &UserBody, plan: &Plan) -> Option<String> {
    let user = serde_json::to_value(user).unwrap_or_default();
    if plan.wanted.iter().any(|(column, value)| user[*column] != *value) {
        return None;
    }
    let cells = plan.columns.iter().map(|column| match &user[*column] {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    });
    Some(format!("{}\r\n", cells.collect::<Vec<_>>().join(",")))
}
