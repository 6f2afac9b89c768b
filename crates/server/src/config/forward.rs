//! `[forward_auth.<name>]`: hosts that a proxy guards by asking this server.
//!
//! Rules are those of the crate `doorward-guard`, read by it. Invariant: what no host and no rule names is refused.

use std::path::PathBuf;

use doorward_guard::{Guard, Guards};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use url::Url;

use super::cors::is_origin;
use super::read::ConfigError;
use super::sections::Sections;
use super::settle::{Checked, refused};

/// The guards that every host has; a file says `type = "code"` where it names them.
const GUARDS: [&str; 5] = ["session", "bearer", "api_key", "basic", "application"];

/// A host whose proxy asks this server about each request; its name is the host, as `"wiki.example"`, with the port if it is no usual one.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GuardedHost {
    /// Rules: `[{ path = "/*", flow = "session" }]`, with `methods`, `scopes`, `public` and `optional`, as in a file of doorward-guard. Flows name `session` (the browser's
    /// login), `bearer` and `api_key` (an account's own tokens), `basic` (an API key as password) and `application` (tokens of applications).
    pub rules: Vec<HostRule>,
    /// A file with rules in their place, and guards of its own: the one that the crate doorward-guard reads in a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_file: Option<PathBuf>,
    /// Tell the application who it is in a signed token too, `Remote-Assertion`, for the audience `https://` and the host.
    pub assertion: bool,
    /// Let preflight requests of CORS pass, which bring no credentials: the application answers them.
    pub preflight: bool,
    /// Origins of other web pages that may use the browser's login for more than reading.
    pub allowed_origins: Vec<String>,
}

/// What a path asks for.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostRule {
    /// The path: `/fixed`, `/:parameter`, `/*`.
    pub path: String,
    /// The methods; all when not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// What lets in: guards joined by `&&` and `||`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What the caller must have been granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Let everybody in.
    pub public: bool,
    /// Let those in, too, who bring no credentials.
    pub optional: bool,
}

/// A guarded host, judged.
#[derive(Debug, Clone)]
pub struct GuardedHostConfig {
    /// Its name, with the port if that is no usual one.
    pub host: String,
    /// Its origin.
    pub origin: String,
    /// Guards and rules, as the guard crate reads them.
    pub rules: String,
    /// Whether the caller's identity is asserted, too.
    pub assertion: bool,
    /// Whether preflight requests pass.
    pub preflight: bool,
    /// Origins of other pages that may use the browser's login.
    pub allowed_origins: Vec<String>,
}

/// Judges `[forward_auth]`.
pub(super) fn forward(sections: &Sections) -> Checked<Vec<GuardedHostConfig>> {
    let hosts = &sections.forward_auth;
    if !hosts.is_empty() && sections.server.trusted_proxies.is_empty() {
        return refused(
            "forward_auth: list the proxies that ask in server.trusted_proxies; nobody else is answered",
        );
    }
    hosts.iter().map(|(name, host)| judge(name, host)).collect()
}

fn judge(name: &str, host: &GuardedHost) -> Checked<GuardedHostConfig> {
    let told = |what: String| ConfigError::new(format!("forward_auth.{name:?}: {what}"));
    let origin = origin(name)
        .ok_or_else(|| told("the name is a host like \"wiki.example\", in small letters".to_owned()))?;
    if let Some(other) = host.allowed_origins.iter().find(|origin| !is_origin(origin)) {
        return Err(told(format!("allowed_origins: {other:?} is no origin like \"https://app.example\"")));
    }
    let rules = rules(host).and_then(named).map_err(told)?;
    check(&rules).map_err(told)?;
    Ok(GuardedHostConfig {
        host: name.to_owned(),
        origin,
        rules,
        assertion: host.assertion,
        preflight: host.preflight,
        allowed_origins: host.allowed_origins.clone(),
    })
}

/// The origin of the host `name`: `https`, but for this machine itself.
fn origin(name: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{name}")).ok()?;
    let bare = url.host_str()?;
    let is_own = bare == "localhost" || bare.ends_with(".localhost") || bare == "127.0.0.1";
    let origin = url.origin().ascii_serialization();
    (origin == format!("https://{name}")).then(|| match is_own {
        true => format!("http://{name}"),
        false => origin,
    })
}

fn rules(host: &GuardedHost) -> Result<Table, String> {
    match &host.rules_file {
        Some(_) if !host.rules.is_empty() => Err("give rules or rules_file, not both".to_owned()),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|fault| format!("cannot read {}: {fault}", file.display()))?;
            text.parse().map_err(|fault: toml::de::Error| format!("{}: {}", file.display(), fault.message()))
        }
        None if host.rules.is_empty() => {
            Err("say what its paths ask for: rules = [{ path = \"/*\", flow = \"session\" }]".to_owned())
        }
        None => {
            let rules = Value::try_from(&host.rules).map_err(|fault| fault.to_string())?;
            Ok(Table::from_iter([("rules".to_owned(), rules)]))
        }
    }
}

/// The rules of `table`, with the guards that every host has named where it has none of its own by the name.
fn named(mut table: Table) -> Result<String, String> {
    let guards = table.entry("guards").or_insert_with(|| Table::new().into());
    let guards = guards.as_table_mut().ok_or("guards: one section for each")?;
    for name in GUARDS {
        let code = Table::from_iter([("type".to_owned(), "code".into())]);
        guards.entry(name).or_insert_with(|| code.into());
    }
    let is_ours = |name: &str, guard: &Value| {
        GUARDS.contains(&name) || guard.get("type").and_then(Value::as_str) != Some("code")
    };
    match guards.iter().find(|(name, guard)| !is_ours(name, guard)) {
        Some((name, _)) => Err(format!("guards.{name}: of code are {} alone", GUARDS.join(", "))),
        None => Ok(table.to_string()),
    }
}

fn check(rules: &str) -> Result<(), String> {
    let guards = Guards::outline_of_toml(rules).map_err(|fault| fault.to_string().replace('\n', "; "))?;
    if !guards.denies_by_default() {
        return Err("default: what no rule names is refused here".to_owned());
    }
    let is_login = |guard: &dyn Guard| guard.login().is_some();
    match guards.guards().find(|(_, guard)| is_login(&***guard)) {
        Some((name, _)) => Err(format!("guards.{name}: people log in here, by the guard `session`")),
        None => Ok(()),
    }
}
