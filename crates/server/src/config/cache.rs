//! `[cache]`: the server that nodes share, and what may be said of it.

use std::path::PathBuf;

use doorward_core::{Secret, Ttl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::secret::{secret, secret_text};
use super::settle::{Checked, refused};

/// A request waits for it.
const LONGEST_TIMEOUT: Ttl = Ttl::from_seconds(1);

/// Redis, Valkey or Dragonfly, for what nodes share and may lose: meters of attempts, and news of what has ended. Losing it
/// logs nobody out and lets nobody in: each node then goes by itself, with stricter limits.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// `redis://[:password@]host:port/0`, `rediss://` for TLS, `unix:///path?db=0`; `valkey`, `valkeys`, `dragonfly` are the same.
    /// Without it each node counts for itself.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub url: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// The number of the database, whatever the address says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<u32>,
    /// How long a request waits for an answer at most; 1 second at most.
    pub timeout: Length,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            prefix: "doorward:".to_owned(),
            database: None,
            timeout: Length(Ttl::from_millis(50)),
        }
    }
}

/// The server that nodes share.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Its address, in a form that the client knows.
    pub url: Secret<String>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// The number of the database, whatever the address says.
    pub database: Option<u32>,
    /// How long a request waits.
    pub timeout: Ttl,
}

/// What the section says; `None` without an address.
pub(super) fn cache(section: &Cache, warnings: &mut Vec<String>) -> Checked<Option<CacheConfig>> {
    let url = secret("cache.url", section.url.as_ref(), section.url_file.as_deref(), warnings)?;
    let Some(url) = url else { return Ok(None) };
    if section.timeout.0 == Ttl::ZERO || section.timeout.0 > LONGEST_TIMEOUT {
        return refused("cache.timeout: more than nothing and 1s at most; every login waits for it");
    }
    let is_good = section.prefix.len() <= 64 && section.prefix.bytes().all(|c| c.is_ascii_graphic());
    if !is_good {
        return refused("cache.prefix: at most 64 printable characters without blanks");
    }
    Ok(Some(CacheConfig {
        url: address(&url)?,
        prefix: section.prefix.clone(),
        database: section.database,
        timeout: section.timeout.0,
    }))
}

/// The address under the name by which the client knows the protocol. It is not repeated: it may hold a password.
fn address(url: &Secret<String>) -> Checked<Secret<String>> {
    let Some((scheme, rest)) = url.expose().split_once("://") else {
        return refused("cache.url: this is no address like \"redis://host:6379\"");
    };
    let scheme = match scheme {
        "redis" | "valkey" | "dragonfly" => "redis",
        "rediss" | "valkeys" | "dragonflys" => "rediss",
        "unix" | "redis+unix" | "valkey+unix" => "unix",
        "memcached" | "memcache" => {
            return refused(
                "cache.url: memcached has no step that looks and counts at once, so limits could not be shared; use Redis, \
                 Valkey or Dragonfly, or leave the key out",
            );
        }
        other => {
            return refused(format!(
                "cache.url: {other}:// is not known; redis, rediss, unix, valkey, valkeys, dragonfly"
            ));
        }
    };
    Ok(Secret::new(format!("{scheme}://{rest}")))
}
