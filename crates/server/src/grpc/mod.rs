//! gRPC: the services of `doorward-proto` on a listener of their own.
//!
//! Like the HTTP handlers, each method reads a message, calls one rule, and writes the answer.
//!
//! Invariant: whoever comes from another machine comes over TLS and has shown the secret; only health is told to all. Nobody
//! is told which services there are (no reflection), and no message is larger than a token needs.

mod calls;
mod credential;
mod introspection;
mod listen;
mod refresh;
mod revocations;
mod status;
mod together;

use std::net::SocketAddr;
use std::time::Duration;

use doorward_proto::refresh::refresh_service_server::RefreshServiceServer;
use doorward_proto::v1::introspection_service_server::IntrospectionServiceServer;
use doorward_proto::v1::revocation_service_server::RevocationServiceServer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::server::NamedService;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::app::AppState;
use crate::config::GrpcConfig;
use crate::tls::Tls;
use calls::{Calls, Shared};
use credential::Credential;
use introspection::Introspection;
use listen::Speaker;
use refresh::Refresh;
use revocations::Revocations;

/// The largest message that is read: the longest credential and some scopes.
const MESSAGE_MAX: usize = 16 * 1024;
/// How often health is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where gRPC comes in.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    tls: Option<Tls>,
    config: GrpcConfig,
}

impl Door {
    /// The door that takes connections from `listener`.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn new(listener: TcpListener, config: GrpcConfig) -> anyhow::Result<Self> {
        let tls = config.tls.as_ref().map(|(cert, key)| Tls::load(cert, key)).transpose()?;
        Ok(Self { listener, tls, config })
    }

    /// Where it is.
    ///
    /// # Errors
    /// When the machine does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Its certificate, if it has one, to be kept up to date.
    pub fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Serves until `stopped` says so, and finishes what is under way then.
    pub async fn serve(self, app: AppState, stopped: watch::Receiver<bool>) {
        let health = HealthReporter::new();
        let watching = tokio::spawn(watch_health(app.clone(), health.clone()));
        let calls = calls(app, &self.config, health);
        let speaker = Speaker { calls, tls: self.tls, stopped };
        listen::serve(self.listener, speaker, self.config.max_connections).await;
        watching.abort();
    }
}

/// All that can be called.
fn calls(app: AppState, config: &GrpcConfig, health: HealthReporter) -> Calls {
    let refresh = RefreshServiceServer::new(Refresh(app.clone()));
    let introspection = IntrospectionServiceServer::new(Introspection(app.clone()));
    let revocations = RevocationServiceServer::new(Revocations(app));
    Calls::from(Shared {
        credential: Credential::new(config.secret.as_ref()),
        deadline: config.deadline.into(),
        health: HealthServer::new(HealthService::from_health_reporter(health)),
        refresh: refresh.max_decoding_message_size(MESSAGE_MAX),
        introspection: introspection.max_decoding_message_size(MESSAGE_MAX),
        revocations: revocations.max_decoding_message_size(MESSAGE_MAX),
    })
}

/// Says of every service whether the server can do its work.
async fn watch_health(app: AppState, health: HealthReporter) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        let is_draining = app.is_draining.load(std::sync::atomic::Ordering::Acquire);
        let is_ready = !is_draining && app.core.ready().await.is_ok();
        let status = if is_ready {
            tonic_health::ServingStatus::Serving
        } else {
            tonic_health::ServingStatus::NotServing
        };
        for service in [
            "",
            <RefreshServiceServer<Refresh> as NamedService>::NAME,
            <IntrospectionServiceServer<Introspection> as NamedService>::NAME,
            <RevocationServiceServer<Revocations> as NamedService>::NAME,
        ] {
            health.set_service_status(service, status).await;
        }
    }
}
