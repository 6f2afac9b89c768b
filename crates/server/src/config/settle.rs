//! What the sections mean together: checked once, then plain values.
//!
//! Whatever would be insecure without being said aloud, or makes no sense, stops the start with a sentence that says what to
//! do. No secret has a value of its own here.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use doorward_core::password::{HashFunction, HashSettings};
use doorward_core::settings::{PasswordPolicy, SessionSettings, Settings, TokenSettings};
use doorward_core::{Secret, Ttl};
use doorward_jose::Algorithm;
use ipnet::IpNet;
use url::Url;

use super::read::{ConfigError, Environment};
use super::sections::{self, HashProvider, LogFormat, Registration, Sections};

/// The configuration as the server uses it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where and how the server listens.
    pub listen: Listen,
    /// What the HTTP surface goes by.
    pub http: Http,
    /// The database file.
    pub database: PathBuf,
    /// Connections that read.
    pub readers: usize,
    /// The address of the first administrator.
    pub admin_email: String,
    /// Their password, when it was chosen.
    pub admin_password: Option<Secret<String>>,
    /// How passwords are hashed.
    pub hash: HashSettings,
    /// What the rules go by.
    pub rules: Settings,
    /// The file with the master key.
    pub master_key_file: PathBuf,
    /// The secret that access tokens are signed with instead of a key of the server's own.
    pub signing_secret: Option<Secret<String>>,
    /// The form of the log.
    pub log_format: LogFormat,
    /// What is worth a line.
    pub log_level: String,
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
}

type Checked<T> = Result<T, ConfigError>;

fn refused<T>(text: impl Into<String>) -> Checked<T> {
    Err(ConfigError(text.into()))
}

/// Judges the sections.
pub(super) fn settle(sections: &Sections, environment: &Environment) -> Checked<Config> {
    let mut warnings = Vec::new();
    let listen = listen(&sections.server)?;
    let database = database(&sections.database.url)?;
    let signing_secret = signing_secret(sections, environment)?;
    let http = http(sections, &listen)?;
    check_exposure(sections, &listen, &http, &mut warnings)?;
    let auth = &sections.auth;
    if auth.require_email_verification {
        return refused("auth.require_email_verification: this version sends no mail yet; set it to false");
    }
    if auth.provider.as_deref().is_some_and(|provider| provider != "r2r") {
        return refused("auth.provider: there is only one; remove the key, or leave it at \"r2r\"");
    }
    let admin_password = secret(
        "auth.default_admin_password",
        auth.default_admin_password.as_deref(),
        auth.default_admin_password_file.as_deref(),
    )?;
    if admin_password.as_ref().is_some_and(|password| password.expose() == "change_me_immediately") {
        return refused(
            "auth.default_admin_password: this one is in every manual; remove the key and one is made for you",
        );
    }
    let master_key_file =
        sections.crypto.master_key_file.clone().unwrap_or_else(|| database.with_file_name("master.key"));
    Ok(Config {
        rules: rules(sections, environment, &http, signing_secret.is_some())?,
        hash: hash(&sections.crypto)?,
        listen,
        http,
        readers: sections.database.readers.clamp(1, 64),
        database,
        admin_email: auth.default_admin_email.clone(),
        admin_password,
        master_key_file,
        signing_secret,
        log_format: sections.log.format,
        log_level: sections.log.level.clone(),
        metrics: sections.metrics.bind.as_deref().map(|bind| address("metrics.bind", bind)).transpose()?,
        sends_traces: ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            .iter()
            .any(|name| environment.get(name).is_some()),
        notify_socket: environment.get("NOTIFY_SOCKET").map(PathBuf::from),
        warnings,
    })
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
    Ok(Listen {
        bind: address("server.bind", &server.bind)?,
        tls,
        max_head: server.max_head.0,
        head_timeout: server.head_timeout.0,
        max_connections: server.max_connections.max(1),
        drain: server.drain.0,
        workers: or_cores(server.workers),
    })
}

fn http(sections: &Sections, listen: &Listen) -> Checked<Http> {
    let server = &sections.server;
    let scheme = if listen.tls.is_some() { "https" } else { "http" };
    let public_url = match &server.public_url {
        Some(url) => public_url(url)?,
        None => format!("{scheme}://{}", listen.bind),
    };
    let network = |text: &String| {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map_err(|_| {
            ConfigError(format!("server.trusted_proxies: {text:?} is no network like \"10.0.0.0/8\""))
        })
    };
    for origin in &sections.cors.allowed_origins {
        let is_origin = Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !is_origin {
            return refused(format!(
                "cors.allowed_origins: {origin:?} is no origin like \"https://app.example\""
            ));
        }
    }
    Ok(Http {
        public_url,
        trusted_proxies: server.trusted_proxies.iter().map(network).collect::<Result<_, _>>()?,
        allowed_origins: sections.cors.allowed_origins.clone(),
        max_body: server.max_body.0,
        request_timeout: server.request_timeout.0,
        requires_authentication: sections.auth.require_authentication,
    })
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

fn rules(sections: &Sections, environment: &Environment, http: &Http, has_secret: bool) -> Checked<Settings> {
    let defaults = Settings::default();
    let limits = &sections.limits;
    let quota = |name: &str, quota: sections::Quota| {
        if quota.burst == 0 || quota.refill.0 == Ttl::ZERO {
            return refused(format!("limits.{name}: burst and refill are greater than zero"));
        }
        Ok(doorward_core::port::Quota { burst: quota.burst, refill: quota.refill.0 })
    };
    Ok(Settings {
        issuer: http.public_url.clone(),
        audience: sections.tokens.audience.clone(),
        tokens: tokens(sections, environment, has_secret, &defaults)?,
        sessions: sessions(sections, environment, &defaults)?,
        password: password(&sections.password)?,
        limits: doorward_core::settings::Limits {
            login_per_account_and_network: quota(
                "login_per_account_and_network",
                limits.login_per_account_and_network,
            )?,
            login_per_account: quota("login_per_account", limits.login_per_account)?,
            login_per_network: quota("login_per_network", limits.login_per_network)?,
            register_per_network: quota("register_per_network", limits.register_per_network)?,
            known_network: limits.known_network.0,
        },
        is_registration_open: sections.auth.registration == Registration::Open,
    })
}

fn tokens(
    sections: &Sections,
    environment: &Environment,
    has_secret: bool,
    defaults: &Settings,
) -> Checked<TokenSettings> {
    let tokens = &sections.tokens;
    let named = tokens.algorithm.as_deref().map(str::parse::<Algorithm>).transpose();
    let algorithm = match named.map_err(|fault| ConfigError(format!("tokens.algorithm: {fault}")))? {
        Some(other) if has_secret && other != Algorithm::Hs256 => {
            return refused(format!(
                "tokens.algorithm is {other} and a secret key is given, which signs with HS256: remove one of the two"
            ));
        }
        Some(algorithm) => algorithm,
        None if has_secret => Algorithm::Hs256,
        None => defaults.tokens.algorithm,
    };
    let auth = &sections.auth;
    let minutes = |minutes: Option<u32>| minutes.map(Ttl::from_minutes);
    let access_ttl = agree(&[
        ("tokens.access_ttl", tokens.access_ttl.map(|length| length.0)),
        ("auth.access_token_lifetime_in_minutes", minutes(auth.access_token_lifetime_in_minutes)),
        ("auth.access_token_minutes_lifetime", minutes(auth.access_token_minutes_lifetime)),
        ("R2R_ACCESS_LIFE_IN_MINUTES", minutes(number(environment, "R2R_ACCESS_LIFE_IN_MINUTES")?)),
    ])?
    .unwrap_or(defaults.tokens.access_ttl);
    if access_ttl == Ttl::ZERO {
        return refused("tokens.access_ttl: an access token has to live for a while");
    }
    Ok(TokenSettings {
        algorithm,
        access_ttl,
        leeway: tokens.leeway.0,
        refresh_retry_window: tokens.refresh_retry_window.0,
        key_rotation: tokens.key_rotation.0,
        cache_capacity: tokens.cache_capacity.max(1),
    })
}

fn sessions(sections: &Sections, environment: &Environment, defaults: &Settings) -> Checked<SessionSettings> {
    let days = |days: Option<u32>| days.map(Ttl::from_days);
    let idle = agree(&[
        ("sessions.idle", sections.sessions.idle.map(|length| length.0)),
        ("auth.refresh_token_lifetime_in_days", days(sections.auth.refresh_token_lifetime_in_days)),
        ("auth.access_token_days_lifetime", days(sections.auth.access_token_days_lifetime)),
        ("R2R_REFRESH_LIFE_IN_DAYS", days(number(environment, "R2R_REFRESH_LIFE_IN_DAYS")?)),
    ])?
    .unwrap_or(defaults.sessions.idle);
    let absolute = sections.sessions.absolute.0;
    if idle == Ttl::ZERO || absolute == Ttl::ZERO {
        return refused("sessions.idle and sessions.absolute: a session has to live for a while");
    }
    Ok(SessionSettings { idle, absolute })
}

/// The one value that several spellings of a setting agree on.
fn agree(spellings: &[(&str, Option<Ttl>)]) -> Checked<Option<Ttl>> {
    let mut given = spellings.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    let Some((first, value)) = given.next() else { return Ok(None) };
    match given.find(|(_, other)| *other != value) {
        Some((other, _)) => {
            refused(format!("{first} and {other} are the same setting with different values: keep one"))
        }
        None => Ok(Some(value)),
    }
}

fn password(policy: &sections::Password) -> Checked<PasswordPolicy> {
    if policy.min_length < 8 {
        return refused("password.min_length: eight characters are the least that can be asked for");
    }
    if policy.max_length < 64 || policy.max_length > 1_024 || policy.max_length < policy.min_length {
        return refused("password.max_length: between 64 and 1024, and not less than password.min_length");
    }
    if policy.min_strength > 4 {
        return refused("password.min_strength: 0 to 4");
    }
    Ok(PasswordPolicy {
        min_length: policy.min_length,
        max_length: policy.max_length,
        min_strength: policy.min_strength,
    })
}

fn hash(crypto: &sections::Crypto) -> Checked<HashSettings> {
    let function = match crypto.provider {
        HashProvider::Argon2id => argon2id(crypto)?,
        HashProvider::Bcrypt => {
            let cost = match (crypto.bcrypt_rounds, crypto.salt_rounds) {
                (Some(one), Some(other)) if one != other => {
                    return refused(
                        "crypto.bcrypt_rounds and crypto.salt_rounds are the same setting with different values: keep one",
                    );
                }
                (one, other) => one.or(other).unwrap_or(12),
            };
            if !(4..=31).contains(&cost) {
                return refused("crypto.bcrypt_rounds: 4 to 31");
            }
            HashFunction::Bcrypt { cost }
        }
    };
    Ok(HashSettings { function, threads: or_cores(crypto.hash_threads), max_wait: crypto.hash_max_wait.0 })
}

fn argon2id(crypto: &sections::Crypto) -> Checked<HashFunction> {
    let memory_kib = u32::try_from(crypto.argon2_memory.0 / 1024).unwrap_or(u32::MAX);
    let (passes, lanes) = (crypto.argon2_passes, crypto.argon2_lanes);
    if passes == 0 || lanes == 0 || lanes > 255 || memory_kib < 8 * lanes || memory_kib > 1024 * 1024 {
        return refused(
            "crypto.argon2_*: at least one pass and one lane, 8KiB of memory per lane, and at most 1GiB",
        );
    }
    Ok(HashFunction::Argon2id { memory_kib, passes, lanes })
}

/// The secret that access tokens are signed with, wherever R2R's configuration puts it.
fn signing_secret(sections: &Sections, environment: &Environment) -> Checked<Option<Secret<String>>> {
    let (auth, crypto) = (&sections.auth, &sections.crypto);
    let places = [
        (
            "crypto.secret_key",
            secret("crypto.secret_key", crypto.secret_key.as_deref(), crypto.secret_key_file.as_deref())?,
        ),
        (
            "auth.secret_key",
            secret("auth.secret_key", auth.secret_key.as_deref(), auth.secret_key_file.as_deref())?,
        ),
        ("R2R_SECRET_KEY", environment.get("R2R_SECRET_KEY").map(|key| Secret::new(key.to_owned()))),
    ];
    let mut given = places.into_iter().filter_map(|(name, key)| key.map(|key| (name, key)));
    let Some((name, key)) = given.next() else { return Ok(None) };
    if let Some((other, _)) = given.find(|(_, other)| *other != key) {
        return refused(format!("{name} and {other} are the same secret with different values: keep one"));
    }
    if key.expose().len() < 32 {
        return refused(format!(
            "{name}: 32 bytes or more; make one with `doorward generate-private-key --algorithm HS256`"
        ));
    }
    Ok(Some(key))
}

/// A secret that is given itself or as a file, and not both.
fn secret(name: &str, value: Option<&str>, file: Option<&Path>) -> Checked<Option<Secret<String>>> {
    match (value, file) {
        (Some(_), Some(_)) => refused(format!("{name} and {name}_file: give one of the two")),
        (Some(value), None) => Ok(Some(Secret::new(value.to_owned()))),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).map_err(|fault| {
                ConfigError(format!("{name}_file: cannot read {}: {fault}", path.display()))
            })?;
            Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())))
        }
    }
}

fn number(environment: &Environment, name: &str) -> Checked<Option<u32>> {
    let value = environment.get(name).map(str::parse::<u32>).transpose();
    value.map_err(|_| ConfigError(format!("{name}: a whole number")))
}

fn address(name: &str, text: &str) -> Checked<SocketAddr> {
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

fn database(url: &str) -> Checked<PathBuf> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => {
            Ok(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
        }
        _ => {
            refused("database.url: this version keeps its data in SQLite: \"sqlite:\" and the path of a file")
        }
    }
}

fn or_cores(count: usize) -> usize {
    match count {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        count => count.min(1024),
    }
}
