//! The connections: how many, how they are protected, how long they are waited for.
//!
//! Invariant: nothing here waits without an end. A server that hangs is a database that is not available.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{RootCertStore, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;
use crate::db::Fault;

/// How long a new connection, or a free one, is waited for.
const CONNECT: Duration = Duration::from_secs(5);
/// How much longer an answer is waited for than the server may work on it.
const GRACE: Duration = Duration::from_secs(2);
/// How long a connection may be silent before it is asked whether it lives.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where the database is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// How many connections this process holds at most. At least 2: one writes in order.
    pub max_connections: usize,
    /// How long the server may work on one statement.
    pub statement_timeout: Duration,
    /// How the connections are protected.
    pub tls: Tls,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { max_connections: 16, statement_timeout: Duration::from_secs(5), tls: Tls::default() }
    }
}

/// How connections are protected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tls {
    /// TLS with a verified certificate, but for a socket of this machine and its loopback addresses.
    #[default]
    Auto,
    /// TLS with a verified certificate, always.
    Required,
    /// None: whoever can listen on the way reads and changes everything.
    Off,
    /// TLS, always, with a certificate from one of the authorities in this PEM file and no other.
    Authority(PathBuf),
}

/// Connections in use and free ones.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pool: Pool,
    patience: Duration,
}

impl Connections {
    /// Knows where to connect to; nothing is connected yet.
    pub(super) fn new(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let mut config = configure(url, options)?;
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match connector(&mut config, &options.tls)? {
            None => Manager::from_config(config, NoTls, manager),
            Some(tls) => Manager::from_config(config, tls, manager),
        };
        let timeouts = Timeouts { wait: Some(CONNECT), create: Some(CONNECT), recycle: Some(CONNECT) };
        let pool = Pool::builder(manager)
            .max_size(options.max_connections.max(2))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|fault| OpenError::Postgres(fault.to_string()))?;
        Ok(Self { pool, patience: options.statement_timeout + GRACE })
    }

    /// A connection for the caller alone.
    pub(super) async fn one(&self) -> Result<Object, Fault> {
        Ok(self.pool.get().await?)
    }

    /// What `work` comes to, if it does in time.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let late = || Fault::Unavailable("the database did not answer in time".to_owned());
        timeout(self.patience, work).await.unwrap_or_else(|_| Err(late()))
    }
}

fn configure(url: &str, options: &PostgresOptions) -> Result<Config, OpenError> {
    // The fault of the library repeats no part of the address, which holds the password.
    let mut config: Config = url.parse().map_err(|fault: tokio_postgres::Error| {
        let cause = std::error::Error::source(&fault).map(ToString::to_string).unwrap_or_default();
        OpenError::Postgres(format!("its address cannot be read: {cause}"))
    })?;
    if config.get_application_name().is_none() {
        config.application_name("doorward");
    }
    let limit = options.statement_timeout.as_millis();
    config
        .options(format!("-c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}"))
        .connect_timeout(CONNECT)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE)
        .tcp_user_timeout(options.statement_timeout + GRACE);
    Ok(config)
}

/// What protects the connections; nothing where none is needed or wanted. Never one that falls back to none.
fn connector(config: &mut Config, tls: &Tls) -> Result<Option<MakeRustlsConnect>, OpenError> {
    let wants_none = match tls {
        Tls::Off => true,
        Tls::Auto => config.get_hosts().iter().all(is_this_machine),
        Tls::Required | Tls::Authority(_) => false,
    };
    if wants_none {
        return match config.get_ssl_mode() {
            SslMode::Require => Err(OpenError::Postgres("its address asks for TLS, which is off".to_owned())),
            _ => Ok(None),
        };
    }
    config.ssl_mode(SslMode::Require);
    let refused = |fault: &dyn std::fmt::Display| OpenError::Postgres(format!("TLS: {fault}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|fault| refused(&fault))?;
    let client = match tls {
        Tls::Authority(file) => builder.with_root_certificates(authorities(file)?).with_no_client_auth(),
        _ => builder.with_platform_verifier().map_err(|fault| refused(&fault))?.with_no_client_auth(),
    };
    Ok(Some(MakeRustlsConnect::new(client)))
}

fn authorities(file: &PathBuf) -> Result<RootCertStore, OpenError> {
    let refused = |fault: String| OpenError::Postgres(format!("{}: {fault}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|fault| refused(fault.to_string()))? {
        let certificate = certificate.map_err(|fault| refused(fault.to_string()))?;
        roots.add(certificate).map_err(|fault| refused(fault.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(refused("no certificate is in it".to_owned())),
        false => Ok(roots),
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}
