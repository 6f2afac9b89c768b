//! Log lines to standard error, and traces to a collector when the standard variables name one.
//!
//! No line holds a password, token, cookie or body.

use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{Config, LogFormat};

/// Keeps traces flowing; send what is left with [`Telemetry::finish`].
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts logging as `config` says.
///
/// # Errors
/// When `log.level` cannot be read, or the exporter of traces cannot be made.
pub fn start(config: &Config) -> anyhow::Result<Telemetry> {
    let filter: EnvFilter =
        config.log_level.parse().with_context(|| format!("log.level: cannot read {:?}", config.log_level))?;
    let is_json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if is_json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() };
    // Lines stand for themselves: without a collector no span is ever made, and a request costs nothing here.
    let lines = lines.with_filter(filter.and(filter_fn(|metadata| !metadata.is_span())));
    let traces = config.sends_traces.then(traces).transpose()?;
    let spans = traces.as_ref().map(|provider| {
        let is_ours = filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("doorward"));
        tracing_opentelemetry::layer().with_tracer(provider.tracer("doorward")).with_filter(is_ours)
    });
    tracing_subscriber::registry().with(spans).with(lines).try_init()?;
    std::panic::set_hook(Box::new(|panic| tracing::error!("A fault of the server: {panic}")));
    Ok(Telemetry { traces })
}

fn traces() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http().build().context("cannot send traces")?;
    let resource = Resource::builder().with_service_name("doorward").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Telemetry {
    /// Sends what has not been sent yet.
    pub fn finish(self) {
        if let Some(Err(fault)) = self.traces.map(|provider| provider.shutdown()) {
            tracing::warn!(%fault, "Some traces could not be sent");
        }
    }
}
