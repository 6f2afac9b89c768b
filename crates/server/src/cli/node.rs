//! The rules joined to this machine: database, master key, hashing threads, clock.

use std::fmt::Display;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use doorward_core::password::HashPool;
use doorward_core::port::{AuthProvider, Clock, Limiter, Outside, Store, SystemClock, SystemEntropy};
use doorward_core::token::MasterKey;
use doorward_core::{Code, Core, Error, Ports};
use doorward_documents::Library;
use doorward_jose::SigningKey;
use doorward_store::{
    Cache, CacheOptions, MemoryLimiter, MirroredSessions, Postgres, PostgresOptions, ReplicaOptions,
    SharedLimiter, Sqlite, SqliteOptions, Tls,
};

use super::exit::{Exit, Failure};
use super::master_key;
use crate::config::{CacheConfig, Config, DatabaseServer, DatabaseTls, Shelf};
use crate::documents::{self, OfAccounts};
use crate::{outside, upstream};

/// The rules at work on this machine.
pub(super) struct Node {
    pub(super) core: Arc<Core>,
    pub(super) pool: Arc<HashPool>,
    /// The time that it goes by.
    pub(super) clock: Arc<dyn Clock>,
    /// What it shares with other nodes.
    pub(super) cache: Option<Arc<Cache>>,
    /// Where services look sessions up.
    pub(super) mirror: Option<MirroredSessions>,
}

impl Node {
    /// Opens everything; makes what is missing at the first start.
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        Self::open_with(config, Vec::new()).await
    }

    /// As [`Node::open`], with other ways to prove who somebody is.
    pub(super) async fn open_with(
        config: &Config,
        mut providers: Vec<Arc<dyn AuthProvider>>,
    ) -> Result<Self, Failure> {
        let Opened { store, clock, .. } = open_database(config).await?;
        let master = master_key(&config.master_key_file, &*store).await?;
        let entropy = Arc::new(SystemEntropy);
        let pool = HashPool::start(config.hash, entropy.clone())
            .map_err(|fault| Failure::new(Exit::Configuration, format!("crypto: {fault}")))?;
        let pool = Arc::new(pool);
        let outside =
            outside::open(&config.outside).map_err(|fault| Failure::new(Exit::Configuration, fault))?;
        let configured = upstream::providers(&config.http, &master.for_logins(), &clock);
        providers.extend(configured.map_err(|fault| Failure::new(Exit::Configuration, fault))?);
        let cache = config.cache.as_ref().map(|cache| open_cache(cache, &cache.meters)).transpose()?;
        let mirror = open_mirror(config)?;
        let ports = Ports {
            store,
            hasher: pool.clone(),
            limiter: limiter(cache.as_ref()),
            clock: clock.clone(),
            entropy,
            outside: Outside {
                mirror: mirror.clone().map(|mirror| Arc::new(mirror) as _),
                providers,
                passkeys: outside::passkeys(config.passkeys.as_ref())
                    .map_err(|fault| Failure::new(Exit::Configuration, fault))?,
                ..outside
            },
        };
        let core = Core::open(ports, config.rules.clone(), &master, fixed_key(config)?)
            .await
            .map_err(|error| sealed_with_another(error, &config.master_key_file))?;
        Ok(Self { core: Arc::new(core), pool, clock, cache, mirror })
    }
}

/// What the node shares with others; it need not answer yet.
fn open_cache(cache: &CacheConfig, shelf: &Shelf) -> Result<Arc<Cache>, Failure> {
    let unusable =
        |key: &str, fault: &dyn Display| Failure::new(Exit::Configuration, format!("cache.{key}: {fault}"));
    let authority = cache.tls_ca_file.as_ref().map(std::fs::read).transpose();
    let options = CacheOptions {
        url: cache.url.clone(),
        prefix: shelf.prefix.clone(),
        database: shelf.database.map(i64::from),
        authority: authority.map_err(|fault| unusable("tls_ca_file", &fault))?,
        timeout: cache.timeout,
    };
    let opened = Cache::open(&options);
    opened.map(Arc::new).map_err(|fault| unusable("url", &fault))
}

/// The picture of sessions, if one is kept.
fn open_mirror(config: &Config) -> Result<Option<MirroredSessions>, Failure> {
    let shelf = config.cache.as_ref().and_then(|cache| Some((cache, cache.mirror.as_ref()?)));
    shelf.map(|(cache, shelf)| open_cache(cache, shelf).map(MirroredSessions::new)).transpose()
}

/// Meters that nodes share, where they share something.
fn limiter(cache: Option<&Arc<Cache>>) -> Arc<dyn Limiter> {
    match cache {
        Some(cache) => Arc::new(SharedLimiter::new(cache.clone())),
        None => Arc::new(MemoryLimiter::default()),
    }
}

/// The key that the configuration gives, if it gives one.
fn fixed_key(config: &Config) -> Result<Option<SigningKey>, Failure> {
    let key = match (&config.signing_pem, &config.signing_secret) {
        (Some(pem), _) => SigningKey::from_pem(pem.expose()).map(Some),
        (None, Some(secret)) => SigningKey::from_secret(secret.expose().as_bytes()).map(Some),
        (None, None) => Ok(None),
    };
    key.map_err(|fault| Failure::new(Exit::Configuration, format!("crypto.secret_key: {fault}")))
}

/// The database, made and brought up to date if need be.
pub(super) struct Opened {
    pub(super) store: Arc<dyn Store>,
    /// The time that counts for what is in it.
    pub(super) clock: Arc<dyn Clock>,
    /// The migrations that were run, by number.
    pub(super) migrated: Vec<i64>,
}

/// Opens the database that `config` names.
pub(super) async fn open_database(config: &Config) -> Result<Opened, Failure> {
    if let Some(server) = &config.database_server {
        let store = Postgres::connect(&server.url, &server_options(server)).await?;
        let (clock, migrated) = (store.clock(), store.migrated().to_vec());
        return Ok(Opened { store: Arc::new(store), clock, migrated });
    }
    let path = &config.database;
    make_folder(path).map_err(|fault| Failure::new(Exit::Database, format!("{fault:#}")))?;
    let store = Sqlite::open(path, SqliteOptions { readers: config.readers })?;
    let migrated = store.migrated().to_vec();
    Ok(Opened { store: Arc::new(store), clock: Arc::new(SystemClock), migrated })
}

/// The documents, where they are kept.
///
/// # Errors
/// Exit [`Exit::Database`]: their database does not open.
pub(super) async fn open_library(
    config: &Config,
    clock: Arc<dyn Clock>,
    core: &Arc<Core>,
) -> Result<Option<Library>, Failure> {
    let Some(documents) = &config.documents else { return Ok(None) };
    let server = config.database_server.as_ref();
    let server = server.map(|server| documents::Server { url: &server.url, options: server_options(server) });
    let library = documents::open(documents, server, clock, Arc::new(SystemEntropy)).await;
    let library = library.map_err(|fault| Failure::new(Exit::Database, fault))?;
    Ok(Some(library.with_allowances(Arc::new(OfAccounts(core.clone())))))
}

/// How the database server is spoken to.
pub(super) fn server_options(server: &DatabaseServer) -> PostgresOptions {
    let tls = match (server.tls, &server.tls_ca_file) {
        (DatabaseTls::Off, _) => Tls::Off,
        (_, Some(file)) => Tls::Authority(file.clone()),
        (DatabaseTls::Required, None) => Tls::Required,
        (DatabaseTls::Auto, None) => Tls::Auto,
    };
    PostgresOptions {
        max_connections: server.max_connections,
        statement_timeout: server.statement_timeout.into(),
        tls,
        replica: server
            .replica
            .as_ref()
            .map(|(url, lag)| ReplicaOptions { url: url.clone(), max_lag: (*lag).into() }),
    }
}

/// The folder of `file`, made for its owner alone when it is missing.
pub(super) fn make_folder(file: &Path) -> anyhow::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display())),
        _ => Ok(()),
    }
}

/// The master key; a new one is made while the database holds nothing that was sealed with another.
async fn master_key(path: &Path, store: &dyn Store) -> Result<MasterKey, Failure> {
    let unusable = |fault: anyhow::Error| Failure::new(Exit::Configuration, format!("{fault:#}"));
    if let Some(master) = master_key::read(path).map_err(unusable)? {
        return Ok(master);
    }
    if !store.signing_keys().await.map_err(Error::from)?.is_empty() {
        // Another node that starts at the same time may have made it since.
        return master_key::read(path).map_err(unusable)?.ok_or_else(|| {
            let name = path.display();
            let text = format!(
                "crypto.master_key_file: {name} is missing and the database depends on it; restore it from your backup"
            );
            Failure::new(Exit::Configuration, text)
        });
    }
    make_folder(path).and_then(|()| master_key::create(path)).map_err(unusable)
}

fn sealed_with_another(error: Error, path: &Path) -> Failure {
    match error.code() {
        Code::Internal => Failure::new(
            Exit::Configuration,
            format!(
                "crypto.master_key_file: {} Is {} the file that belongs to this database?",
                error.detail(),
                path.display()
            ),
        ),
        _ => error.into(),
    }
}

/// Runs `work` to its end on a small runtime: for commands that are over in a moment.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| Failure::new(Exit::Refused, format!("cannot start: {fault}")))?;
    runtime.block_on(work)
}
