//! `[passkeys]`: keys on people's devices that they sign in with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::settle::{Checked, refused};

/// Keys on people's devices that they sign in with instead of a password (WebAuthn).
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Passkeys {
    /// Whether people can have passkeys. Browsers know none for a server that is reached by a number, so there are none while
    /// `server.public_url` names no host.
    pub enabled: bool,
    /// The domain that passkeys are for: the host of `server.public_url`, or a parent of it where applications of several hosts ask for
    /// passkeys. Never change it: all passkeys would be lost. The host of `server.public_url` when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rp_id: Option<String>,
    /// Further origins whose pages may ask for passkeys, as `https://app.example`, to the letter. `server.public_url` always may.
    pub origins: Vec<String>,
}

impl Default for Passkeys {
    fn default() -> Self {
        Self { enabled: true, rp_id: None, origins: Vec::new() }
    }
}

/// Passkeys, where people can have them.
#[derive(Debug, Clone)]
pub struct PasskeysConfig {
    /// The domain that they are for.
    pub rp_id: String,
    /// What devices call the service.
    pub name: String,
    /// The origins whose pages may ask for them; the server's own comes first.
    pub origins: Vec<String>,
}

/// Judges the section.
pub(super) fn passkeys(said: &Passkeys, public_url: &str, app_name: &str) -> Checked<Option<PasskeysConfig>> {
    if !said.enabled {
        return Ok(None);
    }
    let host = match Url::parse(public_url).ok().and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(Host::Domain(name)) => name,
        _ if said.rp_id.is_some() => {
            return refused(format!(
                "passkeys.rp_id: browsers know no passkeys for {public_url}; give server.public_url a name"
            ));
        }
        _ => return Ok(None),
    };
    let rp_id = said.rp_id.clone().unwrap_or_else(|| host.clone());
    if host != rp_id && !host.ends_with(&format!(".{rp_id}")) {
        return refused(format!(
            "passkeys.rp_id: {rp_id:?} is neither the host of {public_url} nor a parent of it"
        ));
    }
    let mut origins = vec![public_url.to_owned()];
    for origin in &said.origins {
        let url = Url::parse(origin).ok().filter(|url| url.origin().ascii_serialization() == *origin);
        match url {
            Some(url) if matches!(url.scheme(), "http" | "https") => origins.push(origin.clone()),
            _ => {
                return refused(format!(
                    "passkeys.origins: {origin:?} is no origin like \"https://app.example\""
                ));
            }
        }
    }
    Ok(Some(PasskeysConfig { rp_id, name: app_name.to_owned(), origins }))
}
