//! Figures for Prometheus, on a listener of their own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use doorward_core::Core;
use doorward_core::password::HashPool;
use doorward_store::Cache;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// Durations, in seconds, from a cached check to a slow hash.
const SECONDS: &[f64] =
    &[0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const WRITE_SETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// How long a collector may take to ask, or to ask again.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to rest when the machine has no more file handles to give.
const EXHAUSTED: Duration = Duration::from_millis(50);
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts counting. To be called before anything that counts is made.
///
/// # Errors
/// When another recorder has been installed in this process.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Full("doorward_store_commit_write_sets".to_owned()), WRITE_SETS)?;
    let handle = builder.install_recorder().context("cannot count")?;
    describe();
    gauge!("doorward_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

fn describe() {
    describe_histogram!(
        "doorward_http_request_seconds",
        Unit::Seconds,
        "From a request's head to its answer"
    );
    describe_counter!("doorward_logins_total", "Logins by what came of them");
    describe_counter!("doorward_refreshes_total", "Refreshes by what came of them");
    describe_counter!(
        "doorward_token_checks_total",
        "Checks of access tokens and cookies by what came of them"
    );
    describe_counter!(
        "doorward_logouts_total",
        "Applications to be told of ended sessions, by what came of it"
    );
    describe_counter!("doorward_mails_total", "Mails by what they are about and what came of them");
    describe_gauge!("doorward_mails_waiting", "Mails that wait to be sent");
    describe_gauge!("doorward_mails_oldest_seconds", Unit::Seconds, "How long the oldest of them has waited");
    describe_gauge!("doorward_hash_waiting", "Passwords that wait to be hashed");
    describe_gauge!("doorward_hash_running", "Passwords that are being hashed");
    describe_gauge!("doorward_hash_seconds", Unit::Seconds, "What one hash has cost of late");
    describe_gauge!("doorward_sessions_in_use", "Sessions in use on this node");
    describe_gauge!("doorward_cache_up", "1 while what nodes share answers");
    describe_gauge!("doorward_cache_away_seconds", Unit::Seconds, "For how long it has not");
    describe_gauge!("doorward_cache_info", "What kind it is: single, sentinel or cluster");
    describe_gauge!("doorward_news_carried", "1 while this node hears all others, and looks once a second");
    describe_gauge!("doorward_build_info", "The version that runs");
    describe_gauge!("doorward_start_time_seconds", Unit::Seconds, "When it started, in seconds since 1970");
}

/// What figures are taken from when somebody asks.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) core: Arc<Core>,
    pub(crate) pool: Arc<HashPool>,
    pub(crate) cache: Option<Arc<Cache>>,
}

/// Serves `GET /metrics` on `listener` until the process ends.
pub(crate) async fn serve(listener: TcpListener, handle: PrometheusHandle, node: Watched) {
    gauge!("doorward_start_time_seconds").set(node.core.now().as_millis() as f64 / 1000.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let (handle, node) = (handle.clone(), node.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let page = page(&request, &handle, &node);
            async move { Ok::<_, Infallible>(page) }
        });
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
        tokio::spawn(builder.serve_connection(TokioIo::new(stream), answer));
    }
}

fn page(request: &Request<Incoming>, handle: &PrometheusHandle, node: &Watched) -> Response<String> {
    if request.method() != Method::GET || request.uri().path() != "/metrics" {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let load = node.pool.load();
    gauge!("doorward_hash_waiting").set(load.waiting as f64);
    gauge!("doorward_hash_running").set(load.running as f64);
    gauge!("doorward_hash_seconds").set(load.hash_time.as_secs_f64());
    gauge!("doorward_sessions_in_use").set(node.core.sessions_in_use() as f64);
    if let Some(cache) = &node.cache {
        gauge!("doorward_cache_away_seconds").set(cache.away_for().unwrap_or_default().as_secs_f64());
    }
    let mut response = Response::new(handle.render());
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; version=0.0.4"));
    response
}
