//! `GET /api/v1/revocations`: what has ended, told to services that check tokens by themselves.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_core::revocation::News;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName};
use tokio::sync::mpsc::Receiver;

use crate::app::AppState;
use crate::http::permission::{Permitted, Revocations};
use crate::http::problem::Problem;
use crate::revocations;

/// Where a listener was (HTML, "Server-sent events" §9.2.4).
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// nginx would keep news until it has a page of them.
const UNBUFFERED: [(HeaderName, &str); 2] =
    [(CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];

/// Hear what has ended
///
/// A stream of server-sent events that does not end by itself. First come events called `start`, with all that ended of late; or, when
/// `Last-Event-ID` names a place that this node still knows, what was missed since. Then an event called `ends` whenever something
/// ends, and once a second `heartbeat`. The data of each is a JWS of the type `revocation+jwt`, signed with the keys of access tokens;
/// docs/revocations.md tells what is in it. Needs the scope `admin:revocations`.
#[utoipa::path(
    get, operation_id = "revocations", path = "/api/v1/revocations", tag = "discovery",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard.")),
    responses((status = OK, description = "The news.", body = String, content_type = "text/event-stream"))
)]
pub async fn revocations(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Revocations>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = headers.get(LAST_EVENT_ID).and_then(|place| place.to_str().ok());
    let news = revocations::listen(&app, place, move |app| app.core.check_listener(&who))?;
    Ok((UNBUFFERED, Body::from_stream(events(news))).into_response())
}

fn events(news: Receiver<News>) -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(news, |mut news| async {
        let next = news.recv().await?;
        Some((Ok(Bytes::from(event(&next))), news))
    })
}

/// One event; an id moves the listener's place, a JWS has no line breaks.
fn event(news: &News) -> String {
    let id = news.place.as_ref().map(|place| format!("id: {place}\n")).unwrap_or_default();
    format!("{id}event: {}\ndata: {}\n\n", news.kind.as_str(), news.signed)
}
