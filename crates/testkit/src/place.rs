//! Where the data of an application are.

use std::path::PathBuf;
use std::sync::Arc;

use doorward::config::DocumentsConfig;
use doorward::documents::Server;
use doorward_core::port::{Clock, Store, SystemEntropy};
use doorward_documents::Library;
use doorward_store::{FreshDatabase, Postgres, PostgresOptions, Sqlite, SqliteOptions};
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

/// Where the data are: in a file, or in a database of their own on the server that the environment names.
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
    database: Option<FreshDatabase>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            database: Box::pin(fresh_database()).await,
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

    /// The documents: in a file beside the database, or on its server.
    pub(crate) async fn library(&self, config: DocumentsConfig, clock: Arc<dyn Clock>) -> Library {
        let config = DocumentsConfig { path: self.file().with_file_name("documents.db"), ..config };
        let url = self.database.as_ref().map(FreshDatabase::url);
        let server = url.as_ref().map(|url| Server { url, options: PostgresOptions::default() });
        let library = doorward::documents::open(&config, server, clock, Arc::new(SystemEntropy)).await;
        library.expect("the documents open")
    }
}
