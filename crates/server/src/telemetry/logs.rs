//! Log lines to standard error, and traces to a collector when the standard variables name one.
//!
//! No line holds a password, token, cookie or body.

use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Subscriber};
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
    let traces = config.sends_traces.then(traces).transpose()?;
    subscriber(config, traces.as_ref())?.try_init()?;
    std::panic::set_hook(Box::new(|panic| tracing::error!("A fault of the server: {panic}")));
    Ok(Telemetry { traces })
}

fn subscriber(
    config: &Config,
    traces: Option<&SdkTracerProvider>,
) -> anyhow::Result<impl Subscriber + Send + Sync + use<>> {
    let filter: EnvFilter =
        config.log_level.parse().with_context(|| format!("log.level: cannot read {:?}", config.log_level))?;
    let is_json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if is_json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() };
    // Lines stand for themselves: without a collector no span is ever made.
    let lines = lines.with_filter(filter.and(filter_fn(|metadata| !metadata.is_span())));
    // The filter is there without a collector too: a layer that is absent and has none would let every span be made.
    let (listens, ours) = (traces.is_some(), "doorward");
    let is_told = move |data: &Metadata<'_>| listens && data.is_span() && data.target().starts_with(ours);
    let spans = traces
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("doorward")))
        .with_filter(filter_fn(is_told));
    Ok(tracing_subscriber::registry().with(spans).with(lines))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment};

    #[test]
    fn a_span_is_made_only_where_a_collector_listens() {
        let config = config::parse("[log]\nlevel = \"trace\"", &Environment::default()).unwrap();
        let is_made = |traces: Option<&SdkTracerProvider>| {
            let subscriber = subscriber(&config, traces).unwrap();
            tracing::subscriber::with_default(subscriber, || !tracing::info_span!("request").is_disabled())
        };

        assert!(!is_made(None));
        assert!(is_made(Some(&SdkTracerProvider::builder().build())));
    }
}
