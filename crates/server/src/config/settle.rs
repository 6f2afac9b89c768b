//! What the sections mean together: checked once, then plain values.
//!
//! Whatever would be insecure without being said aloud, or makes no sense, stops the start with a sentence that says what to
//! do. No secret has a value of its own here.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use doorward_core::account::EmailAddress;
use doorward_core::password::HashSettings;
use doorward_core::settings::Settings;
use doorward_core::{Secret, Ttl};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::cache::{CacheConfig, cache};
use super::cors::{self, Cors};
use super::database::{DatabaseServer, database};
use super::dialect::{Dialects, dialects};
use super::documents::{DocumentsConfig, documents};
use super::forward::{GuardedHostConfig, forward};
use super::grpc::{GrpcConfig, grpc};
use super::mail::{self, MailConfig, Transport};
use super::outside::{OutsideConfig, outside};
use super::passkeys::{PasskeysConfig, passkeys};
use super::providers::{ProviderConfig, providers};
use super::read::{ConfigError, Environment};
use super::rules::{hash, rules};
use super::secret::{admin_password, signing_secret};
use super::sections::{self, LogFormat, Sections};
use super::tp::{self, TpSurface};

/// More than any machine has file handles for.
const MOST_CONNECTIONS: usize = 1 << 20;
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// The configuration as the server uses it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where and how the server listens.
    pub listen: Listen,
    /// What the HTTP surface goes by.
    pub http: Http,
    /// The database file; with a server, only its folder counts, for the files beside it.
    pub database: PathBuf,
    /// The server in its place.
    pub database_server: Option<DatabaseServer>,
    /// Connections that read.
    pub readers: usize,
    /// The server that nodes share.
    pub cache: Option<CacheConfig>,
    /// The address of the first administrator.
    pub admin_email: String,
    /// Their password, when it was chosen.
    pub admin_password: Option<Secret<String>>,
    /// How passwords are hashed.
    pub hash: HashSettings,
    /// What the rules go by.
    pub rules: Settings,
    /// Others who are asked.
    pub outside: OutsideConfig,
    /// Passkeys, where people can have them.
    pub passkeys: Option<PasskeysConfig>,
    /// Documents of the accounts, where they are kept.
    pub documents: Option<DocumentsConfig>,
    /// The file with the master key.
    pub master_key_file: PathBuf,
    /// The secret that access tokens are signed with instead of a key of the server's own.
    pub signing_secret: Option<Secret<String>>,
    /// The private key, as PEM, that they are signed with instead.
    pub signing_pem: Option<Secret<String>>,
    /// The form of the log.
    pub log_format: LogFormat,
    /// What is worth a line.
    pub log_level: String,
    /// How mail leaves the house.
    pub mail: MailConfig,
    /// How gRPC is served.
    pub grpc: Option<GrpcConfig>,
    /// Where figures are served.
    pub metrics: Option<SocketAddr>,
    /// Whether traces are sent, as the standard `OTEL_EXPORTER_OTLP_*` variables say.
    pub sends_traces: bool,
    /// Where the service manager waits for news.
    pub notify_socket: Option<PathBuf>,
    /// What an operator should hear at the start.
    pub warnings: Vec<String>,
}

/// Where and how the server listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Address and port.
    pub bind: SocketAddr,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The largest request head, in bytes.
    pub max_head: usize,
    /// How long a head may take.
    pub head_timeout: Ttl,
    /// Connections at most.
    pub max_connections: usize,
    /// How long requests are taken once asked to stop.
    pub leave: Ttl,
    /// How long a drain may take.
    pub drain: Ttl,
    /// Threads that answer requests.
    pub workers: usize,
}

/// What the HTTP surface goes by.
#[derive(Debug, Clone)]
pub struct Http {
    /// The address people know the server by; no slash at the end. Port 0 is filled in once it is known.
    pub public_url: String,
    /// What pages call the service.
    pub app_name: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins of other web pages that may call.
    pub allowed_origins: Vec<String>,
    /// The largest body, in bytes.
    pub max_body: usize,
    /// How long a request may take.
    pub request_timeout: Ttl,
    /// Whether a request needs a credential; without, it acts as the default administrator.
    pub requires_authentication: bool,
    /// How those pages may call.
    pub cors: Cors,
    /// Providers that people can log in with.
    pub providers: Vec<ProviderConfig>,
    /// Hosts that proxies guard by asking this server.
    pub forward: Vec<GuardedHostConfig>,
    /// Which other systems' clients are served.
    pub dialects: Dialects,
    /// What the dialect of TP Auth goes by, where it is on.
    pub tp: Option<TpSurface>,
}

/// A part of the configuration that was judged good.
pub(super) type Checked<T> = Result<T, ConfigError>;

/// Stops the start with `text`.
pub(super) fn refused<T>(text: impl Into<String>) -> Checked<T> {
    Err(ConfigError(text.into()))
}

/// Judges the sections.
pub(super) fn settle(sections: &Sections, environment: &Environment) -> Checked<Config> {
    let mut warnings = Vec::new();
    let mut sections = sections.clone();
    let tp = tp::overlay(&mut sections, environment, &mut warnings)?;
    let sections = &sections;
    let listen = listen(&sections.server)?;
    let (database, database_server) = database(&sections.database, &mut warnings)?;
    let signing_secret = signing_secret(sections, environment, &mut warnings)?;
    let http = http((sections, environment), &listen, tp.as_ref(), &mut warnings)?;
    check_exposure(sections, &listen, &http, &mut warnings)?;
    let auth = &sections.auth;
    check_auth(auth)?;
    let admin_password = admin_password(sections, &mut warnings)?;
    let master_key_file =
        sections.crypto.master_key_file.clone().unwrap_or_else(|| database.with_file_name("master.key"));
    let mut mail = mail::mail(&sections.mail, &database, &http.public_url, &mut warnings)?;
    mail.pages.fill(
        sections.dialect.authx.page("/confirm", &http.public_url)?,
        sections.dialect.authx.page("/reset_password", &http.public_url)?,
    );
    if auth.require_email_verification && matches!(mail.transport, Transport::Folder(_)) {
        warnings.push(
            "auth.require_email_verification: nobody is sent a mail while mail.transport is \"folder\""
                .to_owned(),
        );
    }
    let mut rules = rules(sections, environment, &http, signing_secret.is_some())?;
    if let Some(said) = &tp {
        said.lay_over(&mut rules);
    }
    let readers = sections.database.readers.clamp(1, 64);
    Ok(Config {
        rules,
        hash: hash(&sections.crypto)?,
        listen,
        passkeys: passkeys(&sections.passkeys, &http.public_url, &http.app_name)?,
        http,
        readers,
        documents: documents(&sections.documents, &database, readers, &mut warnings)?,
        cache: cache(&sections.cache, &mut warnings)?,
        database,
        database_server,
        admin_email: auth.default_admin_email.clone(),
        admin_password,
        outside: outside(sections, &mut warnings)?,
        master_key_file,
        mail,
        signing_secret,
        signing_pem: tp.and_then(|said| said.private_key),
        log_format: sections.log.format,
        log_level: log_level(&sections.log.level)?,
        grpc: grpc(&sections.grpc, &mut warnings)?,
        metrics: sections.metrics.bind.as_deref().map(|bind| address("metrics.bind", bind)).transpose()?,
        sends_traces: sends_traces(environment),
        notify_socket: environment.get("NOTIFY_SOCKET").map(PathBuf::from),
        warnings,
    })
}

fn check_auth(auth: &sections::Auth) -> Checked<()> {
    if auth.provider.as_deref().is_some_and(|provider| provider != "r2r") {
        return refused("auth.provider: there is only one; remove the key, or leave it at \"r2r\"");
    }
    match EmailAddress::parse(&auth.default_admin_email) {
        Ok(_) => Ok(()),
        Err(fault) => refused(format!("auth.default_admin_email: {}", fault.detail())),
    }
}

fn sends_traces(environment: &Environment) -> bool {
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
        .iter()
        .any(|name| environment.get(name).is_some())
}

fn listen(server: &sections::Server) -> Checked<Listen> {
    let tls = match (&server.tls_cert_file, &server.tls_key_file) {
        (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
        (None, None) => None,
        _ => return refused("server.tls_cert_file and server.tls_key_file: give both or neither"),
    };
    if server.max_head.0 < 8 * 1024 {
        return refused("server.max_head: access tokens need 8KiB or more");
    }
    if server.head_timeout.0 == Ttl::ZERO || server.request_timeout.0 == Ttl::ZERO {
        return refused("server.head_timeout and server.request_timeout: a request needs some time");
    }
    Ok(Listen {
        bind: address("server.bind", &server.bind)?,
        tls,
        max_head: server.max_head.0,
        head_timeout: server.head_timeout.0,
        max_connections: server.max_connections.clamp(1, MOST_CONNECTIONS),
        leave: server.leave.0,
        drain: server.drain.0,
        workers: or_cores(server.workers),
    })
}

fn http(
    (sections, environment): (&Sections, &Environment),
    listen: &Listen,
    tp: Option<&tp::Said>,
    warnings: &mut Vec<String>,
) -> Checked<Http> {
    let server = &sections.server;
    let scheme = if listen.tls.is_some() { "https" } else { "http" };
    let public_url = match &server.public_url {
        Some(url) => public_url(url)?,
        None => format!("{scheme}://{}", listen.bind),
    };
    cors::check(sections)?;
    let providers = providers(sections, environment, &public_url, warnings)?;
    Ok(Http {
        public_url,
        app_name: sections.mail.app_name.clone(),
        trusted_proxies: server.trusted_proxies.iter().map(|text| network(text)).collect::<Result<_, _>>()?,
        allowed_origins: sections.cors.allowed_origins.clone(),
        max_body: server.max_body.0,
        request_timeout: server.request_timeout.0,
        requires_authentication: sections.auth.require_authentication,
        cors: tp.and_then(|said| said.cors.clone()).unwrap_or_default(),
        providers,
        forward: forward(sections)?,
        dialects: dialects(&sections.dialect)?,
        tp: tp.map(|said| said.surface.clone()),
    })
}

/// A network of proxies.
fn network(text: &str) -> Checked<IpNet> {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match net {
        Ok(net) if net.prefix_len() == 0 => refused(format!(
            "server.trusted_proxies: {text} is everybody: every caller could choose an address; list the proxies alone"
        )),
        Ok(net) => Ok(net),
        Err(_) => refused(format!("server.trusted_proxies: {text:?} is no network like \"10.0.0.0/8\"")),
    }
}

/// What other machines can reach has to be protected, or be said aloud to be open.
fn check_exposure(
    sections: &Sections,
    listen: &Listen,
    http: &Http,
    warnings: &mut Vec<String>,
) -> Checked<()> {
    let is_local = listen.bind.ip().is_loopback();
    if !http.requires_authentication {
        if !is_local && !sections.auth.everybody_is_admin_on_this_network {
            return refused(format!(
                "auth.require_authentication is false and {} can be reached from other machines: anybody there would be \
                 administrator. Bind to 127.0.0.1, or say auth.everybody_is_admin_on_this_network = true",
                listen.bind
            ));
        }
        warnings.push(format!(
            "AUTHENTICATION IS OFF: whoever reaches {} acts as the default administrator",
            listen.bind
        ));
    }
    let is_open = !is_local && listen.tls.is_none() && http.trusted_proxies.is_empty();
    if is_open && !sections.server.insecure_plain_http {
        return refused(format!(
            "{} can be reached from other machines and speaks plain HTTP: set server.tls_cert_file and \
             server.tls_key_file, list the proxy that speaks TLS in server.trusted_proxies, or say \
             server.insecure_plain_http = true",
            listen.bind
        ));
    }
    if listen.bind.ip().is_unspecified() && sections.server.public_url.is_none() {
        return refused(format!(
            "server.public_url: {} is no address to reach the server at; say the one people use, as \"https://auth.example\"",
            listen.bind
        ));
    }
    if is_open {
        warnings.push(format!(
            "PLAIN HTTP: passwords and tokens cross the network to {} readable by all",
            listen.bind
        ));
    }
    if let Some(origin) = http.allowed_origins.iter().find(|origin| origin.starts_with("http://")) {
        warnings.push(format!("cors.allowed_origins: {origin} is not protected by TLS"));
    }
    Ok(())
}

pub(super) fn address(name: &str, text: &str) -> Checked<SocketAddr> {
    let resolved = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    resolved.ok_or_else(|| {
        ConfigError(format!("{name}: {text:?} is no address and port like \"127.0.0.1:7272\""))
    })
}

fn public_url(text: &str) -> Checked<String> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    });
    match url {
        Some(url) => Ok(url.origin().ascii_serialization()),
        None => refused(format!(
            "server.public_url: {text:?} is no address like \"https://auth.example\", without a path"
        )),
    }
}

/// Directives for the log. A word alone is a level: taken for the name of a module it would silence everything else.
fn log_level(text: &str) -> Checked<String> {
    let is_good = text.split(',').all(|directive| {
        let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
        LEVELS.iter().any(|known| level.eq_ignore_ascii_case(known)) && !directive.starts_with('=')
    });
    if !is_good || text.parse::<EnvFilter>().is_err() {
        return refused(format!(
            "log.level: {text:?} is none of {}, nor directives like \"info,doorward=debug\"",
            LEVELS.join(", ")
        ));
    }
    Ok(text.to_owned())
}

/// `count`, or the number of cores for 0.
pub(super) fn or_cores(count: usize) -> usize {
    match count {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        count => count.min(1024),
    }
}
