//! `GET /api/v1/admin/analytics`: what happened, day by day.

use axum::extract::State;
use doorward_core::figure::{Day, Figures};
use doorward_core::{Code, Error, Timestamp, Ttl};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Analytics, Permitted};
use crate::http::problem::Problem;
use crate::http::query::Query;

/// The days that are told of when none are named.
const DAYS: u32 = 30;

/// Which days, UTC.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsQuery {
    /// The first day, or a moment of it, RFC 3339: 30 days before the last unless said.
    #[param(format = DateTime)]
    from: Option<String>,
    /// The last day, or a moment of it: today unless said. 366 days at most.
    #[param(format = DateTime)]
    until: Option<String>,
}

/// What happened on some days in a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Analytics)]
pub struct AnalyticsBody {
    /// Each day, oldest first; none is left out.
    days: Vec<DayBody>,
    /// Why logins failed or were limited, the commonest reason first.
    failures: Vec<FailureBody>,
}

/// One day, UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnalyticsDay)]
pub struct DayBody {
    /// The day.
    #[schema(format = Date)]
    day: String,
    /// New accounts.
    registrations: i64,
    /// Logins that opened a session.
    logins: i64,
    /// Logins that failed.
    failed_logins: i64,
    /// Times a limit began to refuse somebody.
    limited: i64,
    /// Accounts that were in use.
    active_users: i64,
    /// Sessions that were in use.
    active_sessions: i64,
}

/// A reason, and how often it was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnalyticsFailure)]
pub struct FailureBody {
    /// The code of the refusal.
    reason: String,
    /// How often.
    count: i64,
}

impl DayBody {
    fn of(start: Timestamp, day: &Day) -> Self {
        let Day { registrations, logins, failed_logins, limited, active_users, active_sessions } = *day;
        let day = start.to_string()[..10].to_owned();
        Self { day, registrations, logins, failed_logins, limited, active_users, active_sessions }
    }
}

impl From<Figures> for AnalyticsBody {
    fn from(figures: Figures) -> Self {
        let failures = figures.reasons.into_iter().map(|(reason, count)| FailureBody { reason, count });
        Self {
            days: figures.days.iter().map(|(start, day)| DayBody::of(*start, day)).collect(),
            failures: failures.collect(),
        }
    }
}

/// Read figures
///
/// Registrations, logins, failures, and accounts and sessions in use, day by day. Exact, from the audit log; cheap, because
/// they are counted as they happen.
#[utoipa::path(
    get, operation_id = "admin_analytics", path = "/api/v1/admin/analytics", tag = "admin", params(AnalyticsQuery),
    security(("bearer" = ["admin:analytics"]), ("cookie" = ["admin:analytics"]), ("api_key" = ["admin:analytics"])),
    responses((status = OK, description = "The figures.", body = AnalyticsBody))
)]
pub async fn analytics(
    State(app): State<AppState>,
    _who: Permitted<Analytics>,
    Query(query): Query<AnalyticsQuery>,
) -> Result<Json<AnalyticsBody>, Problem> {
    let until = moment("until", query.until.as_deref())?.unwrap_or_else(|| app.core.now());
    let from = moment("from", query.from.as_deref())?.unwrap_or(until - Ttl::from_days(DAYS - 1));
    Ok(Json(app.core.figures(from, until).await?.into()))
}

/// A moment, or the first one of a day.
fn moment(name: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let read = |text: &str| Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    text.map(|text| read(text).ok_or_else(|| Error::from(Code::MalformedParameter).about(name))).transpose()
}

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(analytics))
}
