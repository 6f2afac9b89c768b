//! Rotations through the server on PostgreSQL beside the bare statement, sent by as many connections as the database is asked on.

use std::time::{Duration, Instant};

use anyhow::Result;
use tempfile::TempDir;
use tokio_postgres::Client;

use super::refresh::rotate;
use super::words;
use crate::postgres::Postgres;
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP};
use crate::table::Table;

const CLIENTS: usize = 64;
const RAW_CONNECTIONS: usize = 32;
const RAW_LENGTH: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;

/// The server's own statement, on a copy of its table.
const RAW: &str = "
UPDATE floor
SET refresh_digest = $1, refresh_generation = $2, refreshed_at = $3, last_seen_at = $3
WHERE id = $4 AND refresh_digest = $5 AND ended_at IS NULL";

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let (postgres, folder) = (Postgres::start()?, TempDir::new()?);
    let url = postgres.url();
    let settings: Vec<_> = CHEAP.iter().copied().chain([("DOORWARD__DATABASE__URL", &*url)]).collect();
    let server = Server::doorward(folder.path(), Cores::All, &settings)?;
    let logins = seed::logins(&server.address, 0..CLIENTS, 1).await?;
    let mut tokens: Vec<String> = logins.into_iter().map(|login| login.refresh).collect();
    let admin = postgres.connect().await?;
    admin
        .batch_execute("CREATE TABLE floor AS SELECT * FROM sessions; ALTER TABLE floor ADD PRIMARY KEY (id)")
        .await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let raw = raw(&postgres, &admin).await?;
        let (outcome, next) = rotate(&server, tokens).await?;
        anyhow::ensure!(outcome.bad == 0 && outcome.shed == 0, "the last bad answer: {}", outcome.bad_status);
        tokens = next;
        rounds.push((outcome.rate() / raw, outcome, raw));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, outcome, raw) = &rounds[ROUNDS / 2];
    table.add(
        "refreshes on PostgreSQL, 64 clients ÷ the bare statement on 32 connections (P13)",
        format!("{ratio:.2}"),
        "≥ 0.80",
        *ratio >= 0.8,
        format!("{}; bare {raw:.0}/s", words(outcome)),
    );
    Ok(())
}

/// Bare rotations per second, each connection with rows of its own.
async fn raw(postgres: &Postgres, admin: &Client) -> Result<f64> {
    let rows = admin.query("SELECT id, refresh_digest FROM floor ORDER BY id", &[]).await?;
    let mut rows: Vec<(String, String)> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_>>()?;
    let mut lanes = Vec::new();
    for _ in 0..RAW_CONNECTIONS {
        let mine = rows.split_off(rows.len().saturating_sub(CLIENTS / RAW_CONNECTIONS));
        lanes.push((postgres.connect().await?, mine));
    }
    let started = Instant::now();
    let lanes: Vec<_> =
        lanes.into_iter().map(|(client, mine)| tokio::spawn(lane(client, mine, started))).collect();
    let mut done = 0;
    for lane in lanes {
        done += lane.await??;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

async fn lane(client: Client, mut mine: Vec<(String, String)>, started: Instant) -> Result<u32> {
    let statement = client.prepare(RAW).await?;
    let mut done = 0_u32;
    while started.elapsed() < RAW_LENGTH {
        for (id, digest) in &mut mine {
            let (next, number) = (format!("{done:043}"), i64::from(done));
            let touched = client.execute(&statement, &[&next, &number, &number, &*id, &*digest]).await?;
            anyhow::ensure!(touched == 1, "a rotation has found no row");
            *digest = next;
            done += 1;
        }
    }
    Ok(done)
}
