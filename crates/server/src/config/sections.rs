//! The sections of `doorward.toml`, as they are written: every key, its meaning and its default.
//!
//! Does not judge: what the values mean together is decided in [`super::settle`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use doorward_core::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::database::Database;
use super::dialect::Dialects;
use super::documents::Documents;
use super::fields::Field;
use super::forward::GuardedHost;
use super::grpc::Grpc;
use super::hooks::Hooks;
use super::length::{Length, Size};
use super::mail::Mail;
use super::outside::{Captcha, WhenUnreachable};
use super::passkeys::Passkeys;
use super::providers::Provider;
use super::revocations::Revocations;
use super::secret::secret_text;

/// Settings of Doorward. Each key can also be given as an environment variable, `DOORWARD__SECTION__KEY`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sections {
    /// Where the server listens.
    pub server: Server,
    /// Where the data are.
    pub database: Database,
    /// What nodes share and may lose.
    pub cache: Cache,
    /// Who may come in.
    pub auth: Auth,
    /// How secrets are kept.
    pub crypto: Crypto,
    /// Access and refresh tokens.
    pub tokens: Tokens,
    /// How long people stay signed in.
    pub sessions: Sessions,
    /// What a good password is.
    pub password: Password,
    /// How often something may be tried.
    pub limits: Limits,
    /// Captchas: for whom it may be a program.
    pub captcha: Captcha,
    /// Services of your own that are asked and told.
    pub hooks: Hooks,
    /// How services hear of what has ended.
    pub revocations: Revocations,
    /// gRPC, for services.
    pub grpc: Grpc,
    /// The audit log.
    pub audit: Audit,
    /// What your applications let their users do: names of your own, each with what it allows, as
    /// `"documents:read" = "Read documents"`. Roles are made of them. Those that begin with `admin:` are Doorward's own.
    pub scopes: BTreeMap<String, String>,
    /// How mail leaves the house.
    pub mail: Mail,
    /// What the application keeps about each account, one section for each field.
    pub fields: BTreeMap<String, Field>,
    /// Which web pages of other origins may call the API.
    pub cors: Cors,
    /// Keys on people's devices that they sign in with.
    pub passkeys: Passkeys,
    /// Providers that people can log in with, one section for each; clients of AuthX find them.
    pub providers: BTreeMap<String, Provider>,
    /// Hosts of applications that a proxy guards by asking this server, one section for each (docs/forward-auth.md).
    pub forward_auth: BTreeMap<String, GuardedHost>,
    /// Clients of other systems that are served too.
    pub dialect: Dialects,
    /// Documents of the accounts.
    pub documents: Documents,
    /// What is written to standard error.
    pub log: Log,
    /// Figures for Prometheus.
    pub metrics: Metrics,
}

/// Where the server listens.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port. Port 0 takes a free one.
    pub bind: String,
    /// The address people know the server by, without a path; the issuer of tokens. From `bind` when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Networks of proxies whose `X-Forwarded-For` is believed, as `10.0.0.0/8`.
    pub trusted_proxies: Vec<String>,
    /// Certificate chain, PEM. With it the server speaks TLS; it is read again when the file changes and on SIGHUP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert_file: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key_file: Option<PathBuf>,
    /// Speak plain HTTP although the address can be reached from other machines and no proxy is listed.
    pub insecure_plain_http: bool,
    /// The largest request body.
    pub max_body: Size,
    /// The largest request head: request line and headers together.
    pub max_head: Size,
    /// How long a request head may take to arrive.
    pub head_timeout: Length,
    /// How long a request may take from head to answer.
    pub request_timeout: Length,
    /// How many connections are open at most.
    pub max_connections: usize,
    /// How long to go on taking requests once asked to stop, while `/readyz` says 503: whoever hands requests out needs a moment
    /// to look elsewhere. Asked a second time, the server does not wait.
    pub leave: Length,
    /// How long requests that are under way may take to finish at shutdown, after that.
    pub drain: Length,
    /// Threads that answer requests; 0 means one per core.
    pub workers: usize,
}

/// Who may come in.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// `r2r`, as in R2R's configuration; there is no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// `open`: anybody may make an account. `closed`: nobody.
    pub registration: Registration,
    /// When false, a request without credential acts as the default administrator. For development on one machine.
    pub require_authentication: bool,
    /// Let everybody who reaches the address act as administrator: needed for `require_authentication = false` on an
    /// address that other machines can reach.
    pub everybody_is_admin_on_this_network: bool,
    /// Addresses have to be verified before the first login.
    pub require_email_verification: bool,
    /// The address of the administrator who is made at the first start.
    pub default_admin_email: String,
    /// Their password; without it one is made and shown once.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub default_admin_password: Option<Secret<String>>,
    /// A file with their password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_admin_password_file: Option<PathBuf>,
    /// R2R's name for `tokens.access_ttl`, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_lifetime_in_minutes: Option<u32>,
    /// Another name of R2R's documents for `tokens.access_ttl`, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_minutes_lifetime: Option<u32>,
    /// R2R's name for `sessions.idle`, in days: how long an unused refresh token lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_lifetime_in_days: Option<u32>,
    /// Another name of R2R's documents for `sessions.idle`, in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_days_lifetime: Option<u32>,
    /// R2R's older place for `crypto.secret_key`.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub secret_key: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_file: Option<PathBuf>,
}

/// Whether strangers may make accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Nobody.
    Closed,
}

/// How secrets are kept.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Crypto {
    /// The function for new passwords: `argon2id` or `bcrypt`.
    pub provider: HashProvider,
    /// Argon2id: memory of one hash.
    pub argon2_memory: Size,
    /// Argon2id: passes over the memory.
    pub argon2_passes: u32,
    /// Argon2id: lanes.
    pub argon2_lanes: u32,
    /// Bcrypt: binary logarithm of the rounds, 4 to 31; 12 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcrypt_rounds: Option<u32>,
    /// R2R's older name for `bcrypt_rounds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt_rounds: Option<u32>,
    /// Passwords that are hashed at the same time; 0 means one per core.
    pub hash_threads: usize,
    /// How long a login may wait for its turn; beyond it the answer is 503 at once.
    pub hash_max_wait: Length,
    /// The file with the master key; made at the first start. Without it: `master.key` beside the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_file: Option<PathBuf>,
    /// A secret of 32 bytes or more that access tokens are signed with (HS256), as `R2R_SECRET_KEY`.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub secret_key: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_file: Option<PathBuf>,
}

/// The hash functions by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HashProvider {
    /// Argon2id, RFC 9106.
    Argon2id,
    /// Bcrypt.
    Bcrypt,
}

/// Access and refresh tokens.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// How access tokens are signed: `EdDSA`, `ES256`, `RS256` or `HS256`; `EdDSA` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// How long an access token lives; 10 minutes when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_ttl: Option<Length>,
    /// How long a refresh token that was just replaced may ask for its successor again; `"0"` means never.
    pub refresh_retry_window: Length,
    /// How long a signing key signs before the next one follows; `"0"` means for ever.
    pub key_rotation: Length,
    /// `iss` of access tokens; the server's public address when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// `aud` of access tokens.
    pub audience: String,
    /// How far other clocks may be off when a token is checked.
    pub leeway: Length,
    /// Tokens that are remembered after their signature was checked once.
    pub cache_capacity: usize,
}

/// How long people stay signed in.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// A session that is not used for so long ends; 7 days when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Length>,
    /// A session ends so long after its login, however much it is used.
    pub absolute: Length,
    /// So long after a login, the address can be changed and the account deleted without the password; `"0"` means never.
    pub fresh: Length,
}

/// What a good password is.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Password {
    /// The fewest characters; 8 at least.
    pub min_length: usize,
    /// The most characters; 64 at least.
    pub max_length: usize,
    /// The least zxcvbn score, 0 to 4; 0 asks for nothing.
    pub min_strength: u8,
    /// A file with leaked passwords, made by `doorward password-filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breached_file: Option<PathBuf>,
    /// A service with the range API of Have I Been Pwned, as `https://api.pwnedpasswords.com`: it is told five digits of a new
    /// password's SHA-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breached_url: Option<String>,
    /// `refuse` or `allow`, when that service does not answer.
    pub breached_when_unreachable: WhenUnreachable,
    /// How long that service may take; 5 seconds at most.
    pub breached_timeout: Length,
}

/// How often something may be tried.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Failed logins to one account from one network.
    pub login_per_account_and_network: Quota,
    /// Failed logins to one account from all networks its owner has not used of late.
    pub login_per_account: Quota,
    /// Failed logins from one network, to any account.
    pub login_per_network: Quota,
    /// Failed logins from a device that the owner has logged in from, before it counts like any other.
    pub login_per_device: Quota,
    /// New accounts from one network.
    pub register_per_network: Quota,
    /// How much longer the delay between failed logins to one account from one network grows with each of its three steps, 1 to
    /// 16; 1 means not at all.
    pub delay_growth: u32,
    /// Tokens and keys from one network that nobody was given.
    pub false_tokens_per_network: Quota,
    /// Mails of one kind to one address.
    pub mail_per_address: Quota,
    /// Mails that one network asks for, to any address.
    pub mail_per_network: Quota,
    /// Codes from mails that one network tries.
    pub codes_per_network: Quota,
    /// How long a network stays known to an account after a login from it.
    pub known_network: Length,
    /// How long a device stays known to an account after a login from it; `"0"` means that none is.
    pub known_device: Length,
}

/// So many at once, then one more each `refill`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// How many at once.
    pub burst: u32,
    /// How long until one more.
    pub refill: Length,
}

/// The audit log.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Lines are kept for so long; older ones are forgotten, a day at a time. `"0"` keeps all of them.
    pub keep: Length,
}

/// Which web pages of other origins may call the API.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Origins, as `https://app.example`, and `https://*.app.example` for all subdomains at any port; nothing else is let in.
    pub allowed_origins: Vec<String>,
}

/// What is written to standard error.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `pretty` for people, `json` for machines, `auto`: pretty on a terminal.
    pub format: LogFormat,
    /// What is worth a line: `error`, `warn`, `info`, `debug`, `trace`, or directives as `info,doorward=debug`.
    pub level: String,
}

/// The forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

/// Figures for Prometheus.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port of the listener that serves `/metrics`; off when not given. It asks for no credential, so keep it
    /// off the public network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<String>,
}
