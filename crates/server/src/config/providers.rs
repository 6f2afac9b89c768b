//! `[providers.<name>]`: whom people can log in with besides.

use std::path::PathBuf;

use doorward_core::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::secret::{secret, secret_text};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// A provider that people can log in with, under `/auth/` and its name: `google`, `facebook`, or any that speaks OpenID Connect.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its issuer, as `https://id.example`; `google` and `facebook` are known.
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
}

/// A provider, judged.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its name in paths and in the database.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
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
    /// Facebook's OAuth 2.
    Facebook,
    /// OpenID Connect, by this issuer.
    OpenId(String),
}

/// Judges `[providers]`.
///
/// # Errors
/// A sentence that names the key.
pub(super) fn providers(sections: &Sections, warnings: &mut Vec<String>) -> Checked<Vec<ProviderConfig>> {
    let given = &sections.providers;
    if !given.is_empty() && !sections.dialect.authx.enabled {
        warnings.push("providers: nobody is sent to them unless dialect.authx.enabled is true".to_owned());
    }
    let mut found = Vec::with_capacity(given.len());
    for (name, provider) in given {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name == "password" || name.is_empty() || !name.bytes().all(is_name) {
            return refused(format!("providers.{name}: take another name, of a-z, 0-9 and '-'"));
        }
        let kind = match (name.as_str(), provider.issuer.as_deref()) {
            ("google", None) => ProviderKind::Google,
            ("facebook", None) => ProviderKind::Facebook,
            (_, Some(issuer)) if Url::parse(issuer).is_ok_and(|url| url.has_host()) => {
                ProviderKind::OpenId(issuer.to_owned())
            }
            _ => {
                return refused(format!(
                    "providers.{name}.issuer: say whose logins are believed, as \"https://id.example\""
                ));
            }
        };
        let (value, file) = (provider.client_secret.as_ref(), provider.client_secret_file.as_deref());
        let client_secret = secret(&format!("providers.{name}.client_secret"), value, file, warnings)?;
        let Some(client_secret) = client_secret else {
            return refused(format!("providers.{name}.client_secret: give what the provider has given you"));
        };
        let (name, client_id) = (name.clone(), provider.client_id.clone());
        found.push(ProviderConfig { name, kind, client_id, client_secret });
    }
    Ok(found)
}
