//! `GET /v1/logs`, `/v2/logs`: the audit log, each line as a run of one entry; `GET /v1/analytics`, `/v2/analytics`: figures of the
//! last days, by Doorward's own names whatever was asked for.

use axum::extract::State;
use doorward_core::Ttl;
use doorward_core::audit::chain::Record;
use doorward_core::audit::{AuditFilter, Deed, PAGE_MAX};
use serde::{Deserialize, Serialize};

use crate::api::admin::analytics::AnalyticsBody;
use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::wire::{Listed, Params, Refused, Results, Sent, Spoken};
use crate::http::permission::Superuser;

/// The days that are told of.
const DAYS: u32 = 30;

/// Which lines, in the body of the first generation's GET.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct LogsBody {
    log_type_filter: Option<String>,
    max_runs_requested: Option<u32>,
}

impl Spoken for LogsBody {}

/// A line of the audit log.
#[derive(Debug, Serialize)]
pub(in super::super) struct RunBody {
    run_id: String,
    run_type: &'static str,
    timestamp: String,
    user_id: Option<String>,
    entries: [EntryBody; 1],
}

#[derive(Debug, Serialize)]
struct EntryBody {
    key: &'static str,
    value: &'static str,
    timestamp: String,
}

/// Figures.
#[derive(Debug, Serialize)]
pub(in super::super) struct FiguresBody {
    analytics_data: AnalyticsBody,
}

impl From<&Record> for RunBody {
    fn from(record: &Record) -> Self {
        let event = &record.event;
        let timestamp = event.at.to_string();
        Self {
            run_id: event.request_id.clone(),
            run_type: event.deed.as_str(),
            user_id: event.actor.or(event.subject).map(|id| id.to_string()),
            entries: [EntryBody {
                key: "outcome",
                value: event.outcome.as_str(),
                timestamp: timestamp.clone(),
            }],
            timestamp,
        }
    }
}

pub(in super::super) async fn logs(
    State(app): State<AppState>,
    _who: Superuser,
    params: Params,
    Sent(body): Sent<LogsBody>,
) -> Result<Listed<RunBody>, Refused> {
    let wanted = body.log_type_filter.or_else(|| params.text("run_type_filter").map(str::to_owned));
    let deed = |text: &str| {
        Deed::from_text(text)
            .ok_or_else(|| Malformed::value("query", "run_type_filter", "There is no such type"))
    };
    let deed = wanted.as_deref().map(deed).transpose()?;
    let usual = body.max_runs_requested.unwrap_or(100);
    let limit = params.number("limit", usual, 1..=1_000)?.clamp(1, PAGE_MAX);
    let page = app.core.audit(&AuditFilter { deed, ..AuditFilter::default() }, None, limit).await?;
    let runs: Vec<RunBody> = page.records.iter().map(RunBody::from).collect();
    let shown = runs.len() as u64;
    Ok(Listed::of(runs, shown))
}

pub(in super::super) async fn analytics(
    State(app): State<AppState>,
    _who: Superuser,
) -> Result<Results<FiguresBody>, Refused> {
    let until = app.core.now();
    let figures = app.core.figures(until - Ttl::from_days(DAYS - 1), until).await?;
    Ok(Results::of(FiguresBody { analytics_data: figures.into() }))
}
