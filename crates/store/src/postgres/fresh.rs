//! Databases for tests: made from a template that has its tables already, gone with the test.
//!
//! Not part of a server: behind the feature `fake`.

use doorward_core::port::SystemEntropy;
use doorward_core::{EventId, Secret, Timestamp};
use tokio_postgres::{Client, NoTls};

use super::connect::{Connections, PostgresOptions};
use super::migrate;
use crate::migrate::latest_version;
use crate::{OpenError, db::Fault};

/// One maker of the template at a time, among all processes.
const LOCK: &str = "SELECT pg_advisory_lock(7236292003)";

/// A database of a test's own. It is dropped with this.
#[derive(Debug)]
pub struct FreshDatabase {
    server: String,
    name: String,
}

impl FreshDatabase {
    /// A new database, with today's tables and nothing in them, on the server of the database at `url`.
    ///
    /// # Errors
    /// Whatever the server refuses.
    pub async fn create(url: &str) -> Result<Self, OpenError> {
        let template = format!("doorward_template_{}", latest_version());
        let admin = client(url).await?;
        run(&admin, LOCK).await?;
        let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
        if admin.query(&exists, &[]).await.map_err(unusable)?.is_empty() {
            make_template(&admin, url, &template).await?;
        }
        let name = EventId::new(Timestamp::from_millis(0), &SystemEntropy).to_string();
        let name = format!("test_{}", name.replace('-', "_"));
        run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self { server: url.to_owned(), name })
    }

    /// Where it is.
    pub fn url(&self) -> Secret<String> {
        Secret::new(in_the_place_of(&self.server, &self.name))
    }

    /// Does to it whatever `sql` says, beside all rules.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn tamper(&self, sql: &str) -> Result<(), OpenError> {
        run(&client(self.url().expose()).await?, sql).await
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // The test's own runtime cannot be waited for here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let dropped = runtime.block_on(async { run(&client(&server).await?, &sql).await });
            dropped.map_err(std::io::Error::other)
        });
        let _ = dropping.join();
    }
}

/// Made under another name and renamed, so that a maker that was killed leaves nothing half done behind.
async fn make_template(admin: &Client, url: &str, template: &str) -> Result<(), OpenError> {
    let draft = format!("{template}_draft");
    run(admin, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await?;
    run(admin, &format!("CREATE DATABASE {draft}")).await?;
    let connections = Connections::new(&in_the_place_of(url, &draft), &PostgresOptions::default())?;
    migrate::run(&connections).await?;
    drop(connections);
    // Connections end a moment after they are dropped.
    let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{draft}'");
    run(admin, &others).await?;
    run(admin, &format!("ALTER DATABASE {draft} RENAME TO {template}")).await
}

async fn client(url: &str) -> Result<Client, OpenError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(unusable)?;
    tokio::spawn(connection);
    Ok(client)
}

async fn run(client: &Client, sql: &str) -> Result<(), OpenError> {
    client.batch_execute(sql).await.map_err(unusable)
}

fn unusable(fault: tokio_postgres::Error) -> OpenError {
    OpenError::Postgres(Fault::from(fault).to_string())
}

/// `url` with another database.
fn in_the_place_of(url: &str, database: &str) -> String {
    let (url, options) =
        url.split_once('?').map_or((url, String::new()), |(url, rest)| (url, format!("?{rest}")));
    let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
    format!("{server}/{database}{options}")
}
