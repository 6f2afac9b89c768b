//! `[providers.<name>]`: whom people can log in with besides.

use std::collections::BTreeMap;
use std::path::PathBuf;

use doorward_core::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::read::Environment;
use super::secret::{secret, secret_text};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// A provider that people can log in with: `google`, `github`, `facebook`, or any that speaks OpenID Connect. It sends browsers back to
/// `/oauth2/login/<name>/callback`, for AuthX's clients to `/auth/<name>/callback`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its issuer, as `https://id.example`; `google`, `github` and `facebook` are known. Of `github`: the address of an Enterprise Server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// What it calls this server.
    pub client_id: String,
    /// The secret that it has given to this server.
    #[serde(default, skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// What it is called on the sign-in page; its name unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The page of your own that it sends browsers back to, which hands `code` and `state` to `/api/v1/providers/<name>/finish` or to the
    /// callback of R2R's dialect; where that dialect is on, the callback itself unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
}

/// A provider, judged.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its name in paths and in the database.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Where it sends browsers back to whose clients take the answer themselves.
    pub redirect_uri: Option<String>,
    /// What it calls this server.
    pub client_id: String,
    /// The secret between the two.
    pub client_secret: Secret<String>,
}

/// What a provider speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderKind {
    /// Google's OpenID Connect.
    Google,
    /// GitHub's OAuth 2, or that of an Enterprise Server at this address.
    GitHub(Option<String>),
    /// Facebook's OAuth 2.
    Facebook,
    /// OpenID Connect, by this issuer.
    OpenId(String),
}

/// Judges `[providers]`; R2R's variables name two of them, too.
///
/// # Errors
/// A sentence that names the key.
pub(super) fn providers(
    sections: &Sections,
    environment: &Environment,
    public_url: &str,
    warnings: &mut Vec<String>,
) -> Checked<Vec<ProviderConfig>> {
    let mut given = sections.providers.clone();
    let is_r2r = sections.dialect.r2r.enabled;
    if is_r2r {
        r2r_providers(&mut given, environment);
    }
    let mut found: Vec<ProviderConfig> = Vec::with_capacity(given.len());
    for (name, provider) in given {
        let mut judged = judge(&name, provider, warnings)?;
        if is_r2r && judged.redirect_uri.is_none() {
            judged.redirect_uri = Some(format!("{public_url}/v3/users/oauth/{name}/callback"));
        }
        let is_shared = |other: &&ProviderConfig| {
            judged.redirect_uri.is_some() && other.redirect_uri == judged.redirect_uri
        };
        if let Some(other) = found.iter().find(is_shared) {
            // RFC 9700 §4.4.2.2: who has answered is told by where the browser comes back to.
            let other = &other.name;
            return refused(format!(
                "providers.{name}.redirect_uri: take another one than providers.{other} has"
            ));
        }
        found.push(judged);
    }
    Ok(found)
}

/// The providers of R2R's variables: `GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`, `GOOGLE_REDIRECT_URI`, and the same of GitHub.
fn r2r_providers(given: &mut BTreeMap<String, Provider>, environment: &Environment) {
    for name in ["google", "github"] {
        let said = |what: &str| environment.get(&format!("{}_{what}", name.to_uppercase()));
        let (Some(id), Some(secret)) = (said("CLIENT_ID"), said("CLIENT_SECRET")) else { continue };
        given.entry(name.to_owned()).or_insert_with(|| Provider {
            issuer: None,
            client_id: id.to_owned(),
            client_secret: Some(Secret::new(secret.to_owned())),
            client_secret_file: None,
            label: None,
            redirect_uri: said("REDIRECT_URI").map(str::to_owned),
        });
    }
}

fn judge(name: &str, provider: Provider, warnings: &mut Vec<String>) -> Checked<ProviderConfig> {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name == "password" || name.is_empty() || !name.bytes().all(is_name) {
        return refused(format!("providers.{name}: take another name, of a-z, 0-9 and '-'"));
    }
    let (value, file) = (provider.client_secret.as_ref(), provider.client_secret_file.as_deref());
    let client_secret = secret(&format!("providers.{name}.client_secret"), value, file, warnings)?;
    let Some(client_secret) = client_secret else {
        return refused(format!("providers.{name}.client_secret: give what the provider has given you"));
    };
    let label = provider.label.unwrap_or_else(|| label(name).to_owned());
    let (kind, redirect_uri) = (kind(name, provider.issuer)?, provider.redirect_uri);
    let (name, client_id) = (name.to_owned(), provider.client_id);
    Ok(ProviderConfig { name, label, kind, redirect_uri, client_id, client_secret })
}

fn kind(name: &str, issuer: Option<String>) -> Checked<ProviderKind> {
    let issuer = issuer.map(|issuer| match Url::parse(&issuer) {
        Ok(url) if url.has_host() => Ok(issuer),
        _ => Err(()),
    });
    match (name, issuer) {
        ("google", None) => Ok(ProviderKind::Google),
        ("facebook", None) => Ok(ProviderKind::Facebook),
        ("github", None) => Ok(ProviderKind::GitHub(None)),
        ("github", Some(Ok(address))) => Ok(ProviderKind::GitHub(Some(address))),
        (_, Some(Ok(issuer))) => Ok(ProviderKind::OpenId(issuer)),
        _ => refused(format!(
            "providers.{name}.issuer: say whose logins are believed, as \"https://id.example\""
        )),
    }
}

/// How providers write themselves.
fn label(name: &str) -> &str {
    match name {
        "google" => "Google",
        "github" => "GitHub",
        "facebook" => "Facebook",
        other => other,
    }
}
