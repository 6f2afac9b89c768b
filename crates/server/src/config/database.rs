//! Where the data are: a file of this machine, or a PostgreSQL server.

use std::path::PathBuf;

use doorward_core::{Secret, Ttl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::secret::secret;
use super::settle::{Checked, refused};

/// Where other files are that belong to a database on a server.
const BESIDE: &str = "data/doorward.db";

/// Where the data are.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:` and the path of the file, whose folder is made when it is missing; or `postgres://user@host/name`.
    pub url: String,
    /// A file with the address, for one that holds a password. In place of `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// SQLite: connections that read at the same time.
    pub readers: usize,
    /// PostgreSQL: connections of this process at most.
    pub max_connections: usize,
    /// PostgreSQL: how long the server may work on one statement.
    pub statement_timeout: Length,
    /// PostgreSQL: how the connections are protected.
    pub tls: DatabaseTls,
    /// PostgreSQL: the authorities that may have signed the server's certificate, PEM, in place of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_ca_file: Option<PathBuf>,
    /// PostgreSQL: the address of a standby that answers what may be slightly old: searches and lists of accounts, the audit log,
    /// figures. Never what decides anything; and nothing while it is away or lags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_replica_url: Option<String>,
    /// A file with that address, for one that holds a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_replica_url_file: Option<PathBuf>,
    /// PostgreSQL: how old the standby's answers may be; 2 seconds at least.
    pub read_replica_lag: Length,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:data/doorward.db".to_owned(),
            url_file: None,
            readers: 4,
            max_connections: 16,
            statement_timeout: Length(Ttl::from_seconds(3)),
            tls: DatabaseTls::Auto,
            tls_ca_file: None,
            read_replica_url: None,
            read_replica_url_file: None,
            read_replica_lag: Length(Ttl::from_seconds(5)),
        }
    }
}

/// How connections to a database server are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseTls {
    /// TLS with a verified certificate, but for sockets and loopback addresses of this machine.
    Auto,
    /// TLS with a verified certificate, always.
    Required,
    /// None. Whoever can listen on the way reads and changes everything.
    Off,
}

/// A database server.
#[derive(Debug, Clone)]
pub struct DatabaseServer {
    /// Where it is and who comes; may hold a password.
    pub url: Secret<String>,
    /// Connections at most.
    pub max_connections: usize,
    /// How long a statement may take.
    pub statement_timeout: Ttl,
    /// How connections are protected.
    pub tls: DatabaseTls,
    /// Whose signature counts, if not those the system knows.
    pub tls_ca_file: Option<PathBuf>,
    /// A standby for what may be slightly old, and how old that may be.
    pub replica: Option<(Secret<String>, Ttl)>,
}

/// Judges `[database]`: the file, and the server if it is one. With a server, other files lie where the file would be.
pub(super) fn database(
    database: &Database,
    warnings: &mut Vec<String>,
) -> Checked<(PathBuf, Option<DatabaseServer>)> {
    let url = secret("database.url", None, database.url_file.as_deref(), warnings)?;
    let url = url.unwrap_or_else(|| Secret::new(database.url.clone()));
    match url.expose().split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => {
            Ok((PathBuf::from(path.strip_prefix("//").unwrap_or(path)), None))
        }
        Some(("postgres" | "postgresql", _)) => Ok((BESIDE.into(), Some(server(database, url, warnings)?))),
        _ => refused(
            "database.url: \"sqlite:\" and the path of a file, or \"postgres://user@host/name\" for a server",
        ),
    }
}

fn server(database: &Database, url: Secret<String>, warnings: &mut Vec<String>) -> Checked<DatabaseServer> {
    if database.statement_timeout.0 == Ttl::ZERO {
        return refused("database.statement_timeout: a statement needs some time");
    }
    if database.tls == DatabaseTls::Off {
        if database.tls_ca_file.is_some() {
            return refused("database.tls is \"off\" and database.tls_ca_file is given: keep one");
        }
        warnings.push("database.tls: all data cross the network readable by all".to_owned());
    }
    let replica = replica(database, warnings)?;
    Ok(DatabaseServer {
        url,
        replica,
        max_connections: database.max_connections.clamp(2, 1_000),
        statement_timeout: database.statement_timeout.0,
        tls: database.tls,
        tls_ca_file: database.tls_ca_file.clone(),
    })
}

fn replica(database: &Database, warnings: &mut Vec<String>) -> Checked<Option<(Secret<String>, Ttl)>> {
    let file = database.read_replica_url_file.as_deref();
    let url = secret("database.read_replica_url", None, file, warnings)?;
    let Some(url) = url.or_else(|| database.read_replica_url.clone().map(Secret::new)) else {
        return Ok(None);
    };
    if !matches!(url.expose().split_once(':'), Some(("postgres" | "postgresql", _))) {
        return refused("database.read_replica_url: \"postgres://user@host/name\"");
    }
    if database.read_replica_lag.0 < Ttl::from_seconds(2) {
        return refused(
            "database.read_replica_lag: it is measured to the second, and 2 seconds are the least",
        );
    }
    Ok(Some((url, database.read_replica_lag.0)))
}
