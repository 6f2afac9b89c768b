//! The audit log, as the people who run the server read it.

pub mod read;

use doorward_core::audit::AuditPage;
use doorward_core::audit::chain::Record;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub struct LineBody {
    /// The number of the line in the chain: none is left out.
    seq: i64,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// What was done, as `login_succeeded`.
    deed: &'static str,
    /// `done`, or the code of the refusal.
    outcome: &'static str,
    /// Who did it; null for strangers, the command line and the server itself.
    #[schema(format = Uuid)]
    actor: Option<String>,
    /// Whose account it concerns.
    #[schema(format = Uuid)]
    subject: Option<String>,
    /// The address it came from; empty for the command line and the server itself, null once it was erased.
    address: Option<String>,
    /// A word or two more; null once it was erased.
    detail: Option<String>,
    /// The request it was part of.
    request_id: String,
    /// The digest of this line and of all before it: SHA-256, base64url.
    digest: String,
}

impl From<&Record> for LineBody {
    fn from(record: &Record) -> Self {
        let event = &record.event;
        Self {
            seq: record.link.seq,
            at: event.at.to_string(),
            deed: event.deed.as_str(),
            outcome: event.outcome.as_str(),
            actor: event.actor.map(|id| id.to_string()),
            subject: event.subject.map(|id| id.to_string()),
            address: event.personal.as_ref().map(|personal| personal.address.clone()),
            detail: event.personal.as_ref().map(|personal| personal.detail.clone()),
            request_id: event.request_id.clone(),
            digest: record.link.digest.to_string(),
        }
    }
}

/// Some lines of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub struct AuditPageBody {
    /// The lines.
    items: Vec<LineBody>,
    /// Where to go on: the `before` of the next page, or the `after` of the next question for news. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

impl From<AuditPage> for AuditPageBody {
    fn from(page: AuditPage) -> Self {
        Self { items: page.records.iter().map(LineBody::from).collect(), next: page.next }
    }
}

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read::read))
}
