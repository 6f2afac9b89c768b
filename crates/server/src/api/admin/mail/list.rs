//! `GET /api/v1/admin/mail`: the queue, a page at a time.

use axum::extract::State;
use doorward_core::MailId;
use doorward_core::mail::{Mail, MailQueue, MailState};
use doorward_core::{Code, Error};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{self, Permitted};
use crate::http::problem::Problem;
use crate::http::query::Query;

const MOST: u32 = 200;

/// Which mails, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those that stand so: `waiting`, `sent` or `failed`.
    state: Option<String>,
    /// How many at most: 50 unless said, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where the page begins: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<MailId>,
}

/// A mail, without what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub struct MailBody {
    /// Names the mail.
    #[schema(format = Uuid)]
    id: String,
    /// What it is about.
    #[schema(example = "verify_email")]
    kind: &'static str,
    /// The recipient.
    to: String,
    /// Whose account it is about; absent while that is not known, and for an account that is gone.
    #[schema(format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// `waiting`, `sent` or `failed`.
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// What went wrong the last time.
    #[serde(skip_serializing_if = "String::is_empty")]
    last_error: String,
    /// When it was queued.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried, or tried again; of no meaning once it is done with.
    #[schema(format = DateTime)]
    due_at: String,
    /// When it was sent or given up.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<String>,
}

impl From<Mail> for MailBody {
    fn from(mail: Mail) -> Self {
        Self {
            id: mail.id.to_string(),
            kind: mail.kind.as_str(),
            to: mail.to.as_str().to_owned(),
            user_id: mail.user_id.map(|id| id.to_string()),
            state: mail.state.as_str(),
            attempts: mail.attempts,
            last_error: mail.last_error,
            created_at: mail.created_at.to_string(),
            due_at: mail.due_at.to_string(),
            done_at: mail.done_at.map(|at| at.to_string()),
        }
    }
}

impl MailBody {
    /// A line of a table: id, state, kind, age, recipient, attempts, what went wrong.
    pub(crate) fn cells(&self) -> [String; 7] {
        [
            self.id.clone(),
            self.state.to_owned(),
            self.kind.to_owned(),
            self.created_at.clone(),
            self.to.clone(),
            self.attempts.to_string(),
            self.last_error.clone(),
        ]
    }
}

/// A page of mails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailPage)]
pub struct MailPageBody {
    /// The mails.
    items: Vec<MailBody>,
    /// The `cursor` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List mail
///
/// Mail that waits or failed, and what was sent within the last days; youngest first.
#[utoipa::path(
    get, operation_id = "admin_list_mail", path = "/api/v1/admin/mail", tag = "admin", params(ListQuery),
    security(("bearer" = ["admin:mail"]), ("cookie" = ["admin:mail"]), ("api_key" = ["admin:mail"])),
    responses((status = OK, description = "The page.", body = MailPageBody))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<permission::Mail>,
    Query(query): Query<ListQuery>,
) -> Result<Json<MailPageBody>, Problem> {
    let state = query.state.as_deref().map(read).transpose()?;
    let limit = query.limit.unwrap_or(50).clamp(1, MOST);
    let page = app.core.mails(MailQueue { state, before: query.cursor, limit }).await?;
    let items = page.items.into_iter().map(MailBody::from).collect();
    Ok(Json(MailPageBody { items, next: page.next.map(|id| id.to_string()) }))
}

fn read(state: &str) -> Result<MailState, Error> {
    let unknown = || Error::new(Code::MalformedParameter, "`state` is waiting, sent or failed.");
    MailState::from_text(state).ok_or_else(unknown)
}
