//! Where the data of an application are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use doorward::config::DocumentsConfig;
use doorward::documents::Server;
use doorward_core::port::{Clock, Limiter, Store, SystemEntropy};
use doorward_core::{EventId, Secret, Timestamp, Ttl};
use doorward_documents::Library;
use doorward_store::{
    Cache, CacheOptions, FreshDatabase, MemoryLimiter, Postgres, PostgresOptions, SharedLimiter, Sqlite,
    SqliteOptions,
};
use tempfile::TempDir;

/// A database of the caller's own on the PostgreSQL that the environment names; without one, a test goes by SQLite.
///
/// # Panics
/// When that server makes none.
#[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
pub async fn fresh_database() -> Option<FreshDatabase> {
    let server = std::env::var("DOORWARD_TEST_POSTGRES").ok()?;
    Some(FreshDatabase::create(&server).await.expect("a database is made"))
}

/// The address of a database of its own for the servers of `folder`, on the PostgreSQL that the environment names: the same one
/// each time, for as long as the test runs. `None` without such a server, and where something was done before without one.
pub(crate) fn database_of(folder: &Path) -> Option<String> {
    static MADE: Mutex<BTreeMap<PathBuf, FreshDatabase>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if !made.contains_key(folder) && !folder.join("data").exists() {
        // The test's own runtime cannot be waited for here.
        let making = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(fresh_database())
        });
        made.insert(folder.to_owned(), making.join().expect("a database is made")?);
    }
    made.get(folder).map(|database| database.url().expose().clone())
}

/// The address of the Redis that the environment names; without one, nodes share no cache.
#[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
pub(crate) fn shared_cache() -> Option<String> {
    std::env::var("DOORWARD_TEST_REDIS").ok()
}

/// A part of that cache which nobody else uses. An answer is waited for as long as it takes: that of a slow machine is no fault.
fn fresh_cache() -> Option<CacheOptions> {
    let id = EventId::new(Timestamp::from_millis(0), &SystemEntropy);
    shared_cache().map(|url| CacheOptions {
        url: Secret::new(url),
        prefix: format!("test-{id}:"),
        database: None,
        authority: None,
        timeout: Ttl::from_seconds(60),
    })
}

/// Where the data are: in a file, or in a database of their own on the server that the environment names; and where nodes meet.
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
    database: Option<FreshDatabase>,
    cache: Option<CacheOptions>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            database: Box::pin(fresh_database()).await,
            cache: fresh_cache(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("doorward.db")
    }

    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        match &self.database {
            Some(database) => {
                let store = Postgres::connect(&database.url(), &PostgresOptions::default()).await;
                Arc::new(store.expect("the database opens"))
            }
            None => {
                Arc::new(Sqlite::open(&self.file(), SqliteOptions::default()).expect("the database opens"))
            }
        }
    }

    /// The meters of a node: in its memory, or shared with all others of this place.
    pub(crate) fn limiter(&self) -> Arc<dyn Limiter> {
        match &self.cache {
            Some(cache) => {
                let cache = Cache::open(cache).expect("the address of the cache is good");
                Arc::new(SharedLimiter::new(Arc::new(cache)))
            }
            None => Arc::new(MemoryLimiter::default()),
        }
    }

    /// The documents: in a file beside the database, or on its server.
    pub(crate) async fn library(&self, config: DocumentsConfig, clock: Arc<dyn Clock>) -> Library {
        let config = DocumentsConfig { path: self.file().with_file_name("documents.db"), ..config };
        let url = self.database.as_ref().map(FreshDatabase::url);
        let server = url.as_ref().map(|url| Server { url, options: PostgresOptions::default() });
        let library = doorward::documents::open(&config, server, clock, Arc::new(SystemEntropy)).await;
        library.expect("the documents open")
    }
}
