//! A PostgreSQL database as one side of a copy: read at one moment, and written by nobody else meanwhile.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deadpool_postgres::Object;
use doorward_core::Secret;
use futures_util::{SinkExt, StreamExt, pin_mut};
use tokio::sync::Mutex;

use super::pages::{Page, Pages, Sender};
use super::progress::{self, Reached};
use super::table::{Kind, Table};
use super::{CopyError, line};
use crate::OpenError;
use crate::db::{Db, Fault, params};
use crate::postgres::{Connections, On, PostgresOptions, migrate};

/// How long connections of servers that were just stopped are waited for, and how often they are looked for.
const LEAVING: (u32, Duration) = (50, Duration::from_millis(100));
/// How long an answer about a single row is waited for: the disk is busy.
const PATIENCE: Duration = Duration::from_secs(600);
/// Tables take as long as they need. A server that hears nothing of its client for long ends what it began.
const UNHURRIED: &str = "
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '10s';
SET standard_conforming_strings = on;
SET application_name = 'doorward copy'";
/// One copy at a time into a database.
const ALONE: &str = "SELECT pg_try_advisory_lock(7236292004)";
const OTHERS: &str = "
SELECT COUNT(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'doorward%'";
const VERSION: &str = "SELECT MAX(version) FROM schema_version";
/// What is written may be lost in a crash of the server together with how far it reached; the end of the copy may not.
const WRITE: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// The database, on a connection of its own.
#[derive(Debug, Clone)]
pub(super) struct Server {
    client: Arc<Mutex<Object>>,
    connections: Connections,
}

impl Server {
    /// Opens what is read from. Whoever wants to write there waits until the copy has ended, or gives up.
    pub(super) async fn source(
        url: &Secret<String>,
        options: &PostgresOptions,
        tables: &[Arc<Table>],
    ) -> Result<(Self, i64), CopyError> {
        let server = Self::connect(url, options).await?;
        server.alone("the source").await?;
        let version = server.ask(VERSION).await?.flatten().unwrap_or(0);
        let names: Vec<&str> = tables.iter().map(|table| &*table.name).collect();
        let begin =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE {} IN SHARE MODE", names.join(", "));
        if version == crate::latest_version() {
            server.run(begin).await?;
        }
        Ok((server, version))
    }

    /// Opens what is written to, with today's tables.
    pub(super) async fn target(url: &Secret<String>, options: &PostgresOptions) -> Result<Self, CopyError> {
        let server = Self::connect(url, options).await?;
        server.alone("the target").await?;
        // Two that begin at the same moment see each other or meet here.
        if !server.ask(ALONE).await?.unwrap_or(false) {
            return Err(CopyError::InUse("the target".to_owned()));
        }
        migrate::run(&server.connections).await?;
        Ok(server)
    }

    async fn connect(url: &Secret<String>, options: &PostgresOptions) -> Result<Self, CopyError> {
        let options = PostgresOptions { statement_timeout: PATIENCE, ..options.clone() };
        let connections = Connections::new(url.expose(), &options)?;
        let client = connections.one().await.map_err(|fault| unusable(&fault))?;
        client.batch_execute(UNHURRIED).await.map_err(|fault| unusable(&fault.into()))?;
        Ok(Self { client: Arc::new(Mutex::new(client)), connections })
    }

    /// Nobody else of Doorward's is connected.
    async fn alone(&self, side: &str) -> Result<(), CopyError> {
        for _ in 0..LEAVING.0 {
            match self.ask::<i64>(OTHERS).await? {
                Some(0) => return Ok(()),
                _ => tokio::time::sleep(LEAVING.1).await,
            }
        }
        Err(CopyError::InUse(side.to_owned()))
    }

    async fn ask<T: crate::db::Column + Send>(&self, sql: &'static str) -> Result<Option<T>, CopyError> {
        let client = self.client.lock().await;
        let db = On { client: &*client, connections: &self.connections };
        db.row(sql, params![], |row| row.get(0)).await.map_err(|fault| unusable(&fault))
    }

    /// The rows of `table` beyond the key `after`, in its order.
    pub(super) fn read(&self, table: &Arc<Table>, after: Option<String>) -> Pages {
        let (sender, pages) = Pages::channel();
        let (client, table) = (self.client.clone(), table.clone());
        tokio::spawn(async move {
            let client = client.lock().await;
            if let Err(fault) = send_rows(&client, &table, after.as_deref(), &sender).await {
                let _ = sender.send(Err(fault)).await;
            }
        });
        pages
    }

    /// Writes rows, and how far they reach.
    pub(super) async fn write(&self, table: &Arc<Table>, page: Page, reached: Reached) -> Result<(), Fault> {
        let client = self.client.lock().await;
        client.batch_execute(WRITE).await?;
        let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.column_names());
        let sink = client.copy_in::<_, Bytes>(&sql).await?;
        pin_mut!(sink);
        sink.send(Bytes::from(page.lines)).await?;
        sink.finish().await?;
        progress::keep(&On { client: &*client, connections: &self.connections }, &table.name, &reached)
            .await?;
        Ok(client.batch_execute("COMMIT").await?)
    }

    pub(super) async fn reached(&self, table: &Arc<Table>) -> Result<Reached, Fault> {
        let client = self.client.lock().await;
        progress::of(&On { client: &*client, connections: &self.connections }, &table.name).await
    }

    pub(super) async fn is_unfinished(&self) -> Result<bool, Fault> {
        let client = self.client.lock().await;
        migrate::holds_unfinished_copy(&On { client: &*client, connections: &self.connections }).await
    }

    pub(super) async fn is_empty(&self, table: &Arc<Table>) -> Result<bool, Fault> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", table.name);
        Ok(self.client.lock().await.query_one(&sql, &[]).await?.try_get(0)?)
    }

    /// Runs statements that bind nothing, all or none of them.
    pub(super) async fn run(&self, sql: String) -> Result<(), Fault> {
        Ok(self.client.lock().await.batch_execute(&sql).await?)
    }

    /// Says that the copy is whole, after all of it has reached the disk.
    pub(super) async fn finish(&self) -> Result<(), Fault> {
        // Planners know nothing of rows that they have not counted. Commits reach the disk in their order.
        self.run("ANALYZE".to_owned()).await?;
        self.run(format!("SET synchronous_commit = on; {}", progress::END)).await
    }
}

async fn send_rows(client: &Object, table: &Table, after: Option<&str>, pages: &Sender) -> Result<(), Fault> {
    let beyond = after.map(|after| beyond(table, after)).unwrap_or_default();
    let rows = client.copy_out(&format!("COPY ({}) TO STDOUT", table.select(&beyond))).await?;
    pin_mut!(rows);
    let mut page = Page::default();
    while let Some(row) = rows.next().await {
        let row = row?;
        let line = str::from_utf8(&row).map_err(|_| Fault::corrupt(&table.name))?;
        page.lines.push_str(line);
        page.rows += 1;
        if page.is_full() && pages.send(Ok(std::mem::take(&mut page))).await.is_err() {
            // Nobody listens any more: the rest is asked for all the same, so that the connection can go on.
            return Ok(());
        }
    }
    let _ = pages.send(Ok(page)).await;
    Ok(())
}

/// The condition of rows beyond the key `after`. `COPY` takes no parameters: texts are written out, and are no commands.
fn beyond(table: &Table, after: &str) -> String {
    let values = after.split('\t').zip(&table.key).map(|(field, at)| {
        let value = line::text(field).unwrap_or_default();
        match table.columns[*at].1 {
            Kind::Text => format!("'{}'", value.replace('\'', "''")),
            Kind::Integer => value.parse::<i64>().unwrap_or(i64::MIN).to_string(),
            Kind::Boolean => (value == "t").to_string(),
        }
    });
    format!(" WHERE ({}) > ({})", table.key_names(), values.collect::<Vec<_>>().join(", "))
}

fn unusable(fault: &Fault) -> CopyError {
    CopyError::Open(OpenError::Postgres(fault.to_string()))
}
