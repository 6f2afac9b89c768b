//! `GET /api/v1/admin/audit`: what happened, a page at a time, and what happens.
//!
//! Invariant: no question is waited on for long, and only so many at once; beyond that the answer comes at once, empty perhaps.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use doorward_core::audit::{AuditFilter, AuditPage, Deed, PAGE_MAX, WantedOutcome};
use doorward_core::{Code, Error, Timestamp, UserId};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::AuditPageBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Audit, Permitted};
use crate::http::problem::Problem;
use crate::http::query::Query;

/// The longest wait for news, in seconds.
const WAIT_MAX: u32 = 20;
/// Lines of other processes, and the end of the server, are looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many wait for news at most.
static WAITERS: Semaphore = Semaphore::const_new(64);

/// Which lines are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Lines about this account.
    #[param(value_type = Option<String>, format = Uuid)]
    subject: Option<UserId>,
    /// Lines of what this account did.
    #[param(value_type = Option<String>, format = Uuid)]
    actor: Option<UserId>,
    /// Lines of this kind, as `login_failed`.
    deed: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    outcome: Option<String>,
    /// Lines of this moment and later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Lines before this moment, RFC 3339.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Lines before the one of this number, youngest first: `next` of the page before.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Lines after the one of this number, oldest first: `next` of the last answer. Not beside `before`.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// With `after`: how many seconds to wait for a line when there is none yet.
    #[param(minimum = 0, maximum = 20)]
    wait: Option<u32>,
    /// How many lines at most: 50 unless said, 200 at most. News come as they are.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, Error> {
        let malformed = |name: &'static str| Error::from(Code::MalformedParameter).about(name);
        let deed = |text: &String| Deed::from_text(text).ok_or_else(|| malformed("deed"));
        let outcome = |text: &String| WantedOutcome::from_text(text).ok_or_else(|| malformed("outcome"));
        let moment = |name, text: &String| Timestamp::parse(text).ok_or_else(|| malformed(name));
        Ok(AuditFilter {
            subject: self.subject,
            actor: self.actor,
            deed: self.deed.as_ref().map(deed).transpose()?,
            outcome: self.outcome.as_ref().map(outcome).transpose()?,
            from: self.from.as_ref().map(|text| moment("from", text)).transpose()?,
            until: self.until.as_ref().map(|text| moment("until", text)).transpose()?,
        })
    }
}

/// Read the audit log
///
/// A page of what happened, youngest line first; or, with `after`, what has happened since. A page can be empty and still have a
/// next one, because no more than some thousand lines are looked at for one answer.
#[utoipa::path(
    get, operation_id = "admin_audit", path = "/api/v1/admin/audit", tag = "admin", params(AuditQuery),
    security(("bearer" = ["admin:audit"]), ("cookie" = ["admin:audit"]), ("api_key" = ["admin:audit"])),
    responses((status = OK, description = "The lines.", body = AuditPageBody))
)]
pub async fn read(
    State(app): State<AppState>,
    _who: Permitted<Audit>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPageBody>, Problem> {
    let filter = query.filter()?;
    let page = match (query.after, query.before) {
        (Some(_), Some(_)) => return Err(Code::MalformedParameter.into()),
        (Some(after), None) => news(&app, &filter, after, query.wait.unwrap_or(0)).await?,
        (None, before) => {
            app.core.audit(&filter, before, query.limit.unwrap_or(50).clamp(1, PAGE_MAX)).await?
        }
    };
    Ok(Json(page.into()))
}

/// What came after the line `after`; waits for it a while.
async fn news(app: &AppState, filter: &AuditFilter, mut after: i64, wait: u32) -> Result<AuditPage, Error> {
    let end = Instant::now() + Duration::from_secs(wait.min(WAIT_MAX).into());
    let place = WAITERS.try_acquire();
    loop {
        let written = app.core.audit_written();
        let page = app.core.audit_news(filter, Some(after)).await?;
        let is_over = Instant::now() >= end || place.is_err() || app.is_draining.load(Ordering::Acquire);
        if !page.records.is_empty() || is_over {
            return Ok(page);
        }
        if page.next != Some(after) {
            after = page.next.unwrap_or(after);
            continue;
        }
        let _ = tokio::time::timeout_at(end.min(Instant::now() + LOOK_EVERY), written).await;
    }
}
