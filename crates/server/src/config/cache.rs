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

/// Redis, Valkey or Dragonfly, alone, behind sentinels or as a cluster, for what nodes share and may lose: meters of attempts, and news of what has ended. Losing it
/// logs nobody out and lets nobody in: each node then goes by itself, with stricter limits.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// `redis://[:password@]host:port/0`, `rediss://` for TLS, `unix:///path?db=0`; `valkey`, `valkeys`, `dragonfly` are the same.
    /// `redis-sentinel://[:password@]host,host,host/service` finds the primary by sentinels, `redis-cluster://[:password@]host,host`
    /// a cluster; `rediss-sentinel` and `rediss-cluster` for TLS. Without it each node counts for itself.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub url: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// The number of the database, whatever the address says. A cluster has but one: there the number goes behind the prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<u32>,
    /// With TLS: the authorities that may have signed the server's certificate, PEM, in place of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_ca_file: Option<PathBuf>,
    /// Keeps a picture of the living sessions there, for services that know its address and nothing else of this server.
    pub mirror_sessions: bool,
    /// The number of the database that the picture is in, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror_database: Option<u32>,
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
            tls_ca_file: None,
            mirror_sessions: false,
            mirror_database: None,
            timeout: Length(Ttl::from_millis(50)),
        }
    }
}

/// The server that nodes share.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Its address, in a form that the client knows.
    pub url: Secret<String>,
    /// Where meters are.
    pub meters: Shelf,
    /// Where the picture of sessions is, if there is one.
    pub mirror: Option<Shelf>,
    /// The authorities of the server, in place of the system's.
    pub tls_ca_file: Option<PathBuf>,
    /// How long a request waits.
    pub timeout: Ttl,
}

/// A part of what is kept there.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// What every key and channel begins with.
    pub prefix: String,
    /// The number of the database, whatever the address says.
    pub database: Option<u32>,
}

/// What the section says; `None` without an address.
pub(super) fn cache(section: &Cache, warnings: &mut Vec<String>) -> Checked<Option<CacheConfig>> {
    let url = secret("cache.url", section.url.as_ref(), section.url_file.as_deref(), warnings)?;
    let Some(url) = url else {
        if section.mirror_sessions {
            return refused("cache.mirror_sessions: there is no cache.url to keep the picture at");
        }
        return Ok(None);
    };
    if section.timeout.0 == Ttl::ZERO || section.timeout.0 > LONGEST_TIMEOUT {
        return refused("cache.timeout: more than nothing and 1s at most; every login waits for it");
    }
    let is_good = section.prefix.len() <= 64 && section.prefix.bytes().all(|c| c.is_ascii_graphic());
    if !is_good {
        return refused("cache.prefix: at most 64 printable characters without blanks");
    }
    let (scheme, rest) = address(&url)?;
    if section.tls_ca_file.is_some() && !scheme.starts_with("rediss") {
        return refused(
            "cache.tls_ca_file: the address is one without TLS; say rediss://, or leave the file out",
        );
    }
    let shelf = |number| match number {
        Some(number) if scheme.ends_with("-cluster") => {
            Shelf { prefix: format!("{}{number}:", section.prefix), database: None }
        }
        database => Shelf { prefix: section.prefix.clone(), database },
    };
    Ok(Some(CacheConfig {
        url: Secret::new(format!("{scheme}://{rest}")),
        meters: shelf(section.database),
        mirror: section.mirror_sessions.then(|| shelf(section.mirror_database.or(section.database))),
        tls_ca_file: section.tls_ca_file.clone(),
        timeout: section.timeout.0,
    }))
}

/// The name by which the client knows the protocol, and the rest of the address. It is not repeated: it may hold a password.
fn address(url: &Secret<String>) -> Checked<(String, &str)> {
    let Some((scheme, rest)) = url.expose().split_once("://") else {
        return refused("cache.url: this is no address like \"redis://host:6379\"");
    };
    let (protocol, kind) = scheme.split_once(['-', '+']).unwrap_or((scheme, ""));
    let known = match (protocol, kind) {
        ("redis" | "valkey" | "dragonfly", "") => "redis",
        ("rediss" | "valkeys" | "dragonflys", "") => "rediss",
        ("unix", "") | ("redis" | "valkey", "unix") => "unix",
        ("redis" | "valkey", "sentinel") => "redis-sentinel",
        ("rediss" | "valkeys", "sentinel") => "rediss-sentinel",
        ("redis" | "valkey" | "dragonfly", "cluster") => "redis-cluster",
        ("rediss" | "valkeys" | "dragonflys", "cluster") => "rediss-cluster",
        ("memcached" | "memcache", _) => {
            return refused(
                "cache.url: memcached has no step that looks and counts at once, so limits could not be shared; use Redis, \
                 Valkey or Dragonfly, or leave the key out",
            );
        }
        _ => {
            return refused(format!(
                "cache.url: {scheme}:// is not known; redis, rediss, unix, valkey, valkeys, dragonfly, redis-sentinel, redis-cluster"
            ));
        }
    };
    Ok((known.to_owned(), rest))
}
