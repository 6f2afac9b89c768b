//! `[grpc]`: the services of `doorward-proto`, for those who speak gRPC.

use std::net::SocketAddr;
use std::path::PathBuf;

use doorward_core::{Secret, Ttl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::secret::{secret, secret_text};
use super::settle::{Checked, address, refused};

/// Fewer letters can be guessed.
const SECRET_MIN: usize = 32;
const DEADLINE_MAX: Ttl = Ttl::from_minutes(5);

/// gRPC: checks, exchanges and revocations for services. Off unless `listen` is given.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grpc {
    /// Address and port, as `127.0.0.1:7273`. One that other machines can reach needs TLS and a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// What services have to show as `authorization: Bearer …`; 32 letters or more. Without it, whoever is on this machine may ask.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Certificate chain, PEM; read again when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert_file: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key_file: Option<PathBuf>,
    /// How long a call may take, unless the caller asks for less.
    pub deadline: Length,
    /// How many connections are open at most.
    pub max_connections: usize,
}

impl Default for Grpc {
    fn default() -> Self {
        Self {
            listen: None,
            secret: None,
            secret_file: None,
            tls_cert_file: None,
            tls_key_file: None,
            deadline: Length(Ttl::from_seconds(10)),
            max_connections: 1_000,
        }
    }
}

/// How gRPC is served.
#[derive(Debug, Clone)]
pub struct GrpcConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// What services have to show.
    pub secret: Option<Secret<String>>,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How long a call may take.
    pub deadline: Ttl,
    /// Connections at most.
    pub max_connections: usize,
}

/// Judges `[grpc]`.
pub(super) fn grpc(section: &Grpc, warnings: &mut Vec<String>) -> Checked<Option<GrpcConfig>> {
    let shown = secret("grpc.secret", section.secret.as_ref(), section.secret_file.as_deref(), warnings)?;
    let tls = match (&section.tls_cert_file, &section.tls_key_file) {
        (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
        (None, None) => None,
        _ => return refused("grpc.tls_cert_file and grpc.tls_key_file: give both or neither"),
    };
    let Some(listen) = &section.listen else { return Ok(None) };
    let listen = address("grpc.listen", listen)?;
    if shown.as_ref().is_some_and(|secret| secret.expose().len() < SECRET_MIN) {
        return refused(format!("grpc.secret: {SECRET_MIN} letters or more"));
    }
    if !listen.ip().is_loopback() && (tls.is_none() || shown.is_none()) {
        return refused(format!(
            "grpc.listen: {listen} can be reached from other machines: give grpc.tls_cert_file, grpc.tls_key_file and \
             grpc.secret, or listen on 127.0.0.1"
        ));
    }
    if section.deadline.0 == Ttl::ZERO || section.deadline.0 > DEADLINE_MAX {
        return refused("grpc.deadline: longer than 0 and 5m at most");
    }
    let (deadline, max_connections) = (section.deadline.0, section.max_connections.clamp(1, 1 << 20));
    Ok(Some(GrpcConfig { listen, secret: shown, tls, deadline, max_connections }))
}
