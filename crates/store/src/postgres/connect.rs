//! The connections: how many, how they are protected, how long they are waited for.
//!
//! Invariant: nothing here waits without an end, and nobody waits after somebody else has waited in vain: a server that hangs
//! is a database that is not available.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use doorward_core::Secret;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{RootCertStore, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::{sleep, timeout};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::pulse::Pulse;
use super::replica::ReplicaOptions;
use super::servers::{ALL, Servers};
use crate::db::Fault;
use crate::{OpenError, commits};

/// How long a free connection is waited for.
const FREE: Duration = Duration::from_secs(3);
/// How long a new connection is waited for: a moment longer than all servers together have.
const CONNECT: Duration = ALL.saturating_add(Duration::from_millis(250));
/// How much longer an answer is waited for than the server may work on it.
const GRACE: Duration = Duration::from_secs(1);
/// How long to rest before a database that has fallen silent is asked again whether it is back.
const ASK_AGAIN: Duration = Duration::from_millis(250);
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
    /// A standby that answers what may be slightly old.
    pub replica: Option<ReplicaOptions>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
            statement_timeout: Duration::from_secs(3),
            tls: Tls::default(),
            replica: None,
        }
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
    servers: Servers,
    patience: Duration,
    pulse: Arc<Pulse>,
}

impl Connections {
    /// Knows where to connect to; nothing is connected yet.
    pub(crate) fn new(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        Self::of(configure(url, options)?, options)
    }

    fn of(mut config: Config, options: &PostgresOptions) -> Result<Self, OpenError> {
        let tls = connector(&mut config, &options.tls)?;
        let servers = Servers::new(&config, tls);
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let timeouts = Timeouts { wait: Some(FREE), create: Some(CONNECT), recycle: Some(CONNECT) };
        let pulse = Arc::new(Pulse::new());
        let judge = Arc::clone(&pulse);
        let pool = Pool::builder(Manager::from_connect(config, servers.clone(), manager))
            .max_size(options.max_connections.max(2))
            .timeouts(timeouts)
            // The connection that was used last has its statements prepared, and the server its pages at hand.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .pre_recycle(Hook::sync_fn(move |_, metrics| match judge.trusts(metrics.created) {
                true => Ok(()),
                false => Err(HookError::message("made before the database was lost")),
            }))
            .build()
            .map_err(|fault| OpenError::Postgres(fault.to_string()))?;
        Ok(Self { pool, servers, patience: options.statement_timeout + GRACE, pulse })
    }

    /// A connection for the caller alone.
    pub(crate) async fn one(&self) -> Result<Object, Fault> {
        if self.pulse.is_silent() {
            return Err(silent());
        }
        tokio::select! {
            one = self.pool.get() => Ok(one?),
            () = self.pulse.silence() => Err(silent()),
        }
    }

    /// What `work` comes to, if it does in time.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let done = tokio::select! {
            biased;
            done = work => done,
            () = self.pulse.silence() => Err(silent()),
            () = sleep(self.patience) => {
                self.fall_silent();
                Err(silent())
            }
        };
        if let Err(Fault::Demoted(_)) = done {
            self.pulse.distrust();
        }
        done
    }

    /// Refuses everybody from now on, and asks for as long as it takes whether the database is back.
    fn fall_silent(&self) {
        if !self.pulse.lose() {
            return;
        }
        commits::silent();
        tracing::error!("The database does not answer; everybody is told so until it does");
        let (servers, pulse) = (self.servers.clone(), Arc::clone(&self.pulse));
        tokio::spawn(async move {
            while !is_there(&servers).await {
                sleep(ASK_AGAIN).await;
            }
            pulse.find();
            tracing::info!("The database answers again");
        });
    }
}

/// Whether a new connection is let in and answered.
async fn is_there(servers: &Servers) -> bool {
    let asked = async { servers.enter_one().await?.0.simple_query("SELECT 1").await };
    timeout(CONNECT, asked).await.is_ok_and(|answer| answer.is_ok())
}

fn silent() -> Fault {
    Fault::Unavailable("the database does not answer".to_owned())
}

/// Connections to the server at `url` for tables that are no accounts': found in `schema` first, and kept by whoever asks.
///
/// # Errors
/// [`OpenError`]: the address or the certificates cannot be read.
pub fn pool(url: &Secret<String>, options: &PostgresOptions, schema: &str) -> Result<Pool, OpenError> {
    let mut config = configure(url.expose(), options)?;
    let set = config.get_options().unwrap_or_default().to_owned();
    config.options(format!("{set} -c search_path={schema}"));
    Ok(Connections::of(config, options)?.pool)
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
    let servers = config.get_hosts().len().max(config.get_hostaddrs().len());
    if servers > 1 && !url.contains("target_session_attrs") {
        // One of them takes writes; the others wait to take its place.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    let limit = options.statement_timeout.as_millis();
    // A commit that was answered is on the disk, whatever the server does for others. What the address says comes later and counts.
    let wanted = config.get_options().unwrap_or_default();
    let wanted = format!(
        "-c synchronous_commit=on -c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit} {wanted}"
    );
    config
        .options(wanted)
        .connect_timeout(ALL)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE)
        .tcp_user_timeout(options.statement_timeout + GRACE);
    Ok(config)
}

/// What protects the connections; nothing where none is needed or wanted. Never one that falls back to none.
fn connector(config: &mut Config, tls: &Tls) -> Result<Option<MakeRustlsConnect>, OpenError> {
    let wants_none = match tls {
        Tls::Off => true,
        Tls::Auto => {
            // Where an address is given, it is what is connected to, whatever the name.
            config.get_hosts().iter().all(is_this_machine)
                && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_protected(url: &str) -> bool {
        connector(&mut url.parse().unwrap(), &Tls::Auto).unwrap().is_some()
    }

    #[test]
    fn by_itself_what_leaves_the_machine_is_protected() {
        for here in ["postgres://localhost/a", "postgres://%2Frun/a", "postgres://x@127.0.0.1,[::1]/a"] {
            assert!(!is_protected(here), "{here}");
        }
        for elsewhere in [
            "postgres://db.example/a",
            "postgres://localhost,db.example/a",
            "postgres://localhost/a?hostaddr=192.0.2.1",
        ] {
            assert!(is_protected(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn of_several_servers_the_one_that_takes_writes_is_meant_unless_another_was_said() {
        let meant = |url| configure(url, &PostgresOptions::default()).unwrap().get_target_session_attrs();

        assert_eq!(meant("postgres://one,two/a"), TargetSessionAttrs::ReadWrite);
        assert_eq!(meant("postgres://one,two/a?target_session_attrs=any"), TargetSessionAttrs::Any);
        assert_eq!(meant("postgres://one/a"), TargetSessionAttrs::Any);
    }
}
