//! Rotations through the server on PostgreSQL beside bare ones, each a statement of its own, by as many connections as the database
//! is asked on: of tokens that are rows, as on SQLite, and of the server's own, which is the least that a rotation can be.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tempfile::TempDir;
use tokio_postgres::{Client, Row};

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
const OWN: &str = "
UPDATE floor
SET refresh_digest = $1, refresh_generation = $2, refreshed_at = $2, last_seen_at = $2
WHERE id = $3 AND refresh_digest = $4 AND ended_at IS NULL";

/// A token that is spent and its successor, as rows.
const ROWS: &str = "
WITH spent AS (
    UPDATE tokens
    SET spent_at = $2
    WHERE family = $3 AND digest = $4 AND spent_at IS NULL
    RETURNING family)
INSERT INTO tokens (digest, family)
SELECT $1, family
FROM spent";

const FLOORS: &str = "
CREATE TABLE floor AS SELECT * FROM sessions;
ALTER TABLE floor ADD PRIMARY KEY (id);
CREATE TABLE tokens (digest TEXT NOT NULL PRIMARY KEY, family TEXT NOT NULL, spent_at BIGINT);
INSERT INTO tokens (digest, family) SELECT refresh_digest, id FROM sessions";

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let (postgres, folder) = (Postgres::start()?, TempDir::new()?);
    let url = postgres.url();
    let settings: Vec<_> = CHEAP.iter().copied().chain([("DOORWARD__DATABASE__URL", &*url)]).collect();
    let server = Server::doorward(folder.path(), Cores::All, &settings)?;
    let logins = seed::logins(&server.address, 0..CLIENTS, 1).await?;
    let mut tokens: Vec<String> = logins.into_iter().map(|login| login.refresh).collect();
    let admin = postgres.connect().await?;
    admin.batch_execute(FLOORS).await?;
    let (mut rounds, mut own) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let left = "SELECT family, digest FROM tokens WHERE spent_at IS NULL ORDER BY family";
        let raw = bare(&postgres, ROWS, &admin.query(left, &[]).await?).await?;
        let left = "SELECT id, refresh_digest FROM floor ORDER BY id";
        own.push(bare(&postgres, OWN, &admin.query(left, &[]).await?).await?);
        let (outcome, next) = rotate(&server, tokens).await?;
        anyhow::ensure!(outcome.bad == 0 && outcome.shed == 0, "the last bad answer: {}", outcome.bad_status);
        tokens = next;
        rounds.push((outcome.rate() / raw, outcome, raw));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    own.sort_by(f64::total_cmp);
    let (ratio, outcome, raw) = &rounds[ROUNDS / 2];
    table.add(
        "refreshes on PostgreSQL, 64 clients ÷ raw one-statement rotations on 32 connections (P13)",
        format!("{ratio:.2}"),
        "≥ 0.80",
        *ratio >= 0.8,
        format!(
            "{}; raw {raw:.0}/s; the server's own statement, bare: {:.0}/s",
            words(outcome),
            own[ROUNDS / 2]
        ),
    );
    Ok(())
}

/// Names each token once.
static NEXT: AtomicI64 = AtomicI64::new(0);

/// Rotations per second by `statement`, each connection with some of the families and their tokens.
async fn bare(postgres: &Postgres, statement: &'static str, families: &[Row]) -> Result<f64> {
    let mut families: Vec<(String, String)> =
        families.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_>>()?;
    let mut lanes = Vec::new();
    for _ in 0..RAW_CONNECTIONS {
        let mine = families.split_off(families.len().saturating_sub(CLIENTS / RAW_CONNECTIONS));
        lanes.push((postgres.connect().await?, mine));
    }
    let started = Instant::now();
    let lanes: Vec<_> = lanes
        .into_iter()
        .map(|(client, mine)| tokio::spawn(lane(client, statement, mine, started)))
        .collect();
    let mut done = 0;
    for lane in lanes {
        done += lane.await??;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

async fn lane(
    client: Client,
    statement: &'static str,
    mut mine: Vec<(String, String)>,
    started: Instant,
) -> Result<u32> {
    let statement = client.prepare(statement).await?;
    let mut done = 0_u32;
    while started.elapsed() < RAW_LENGTH {
        for (family, token) in &mut mine {
            let at = NEXT.fetch_add(1, Ordering::Relaxed);
            // As long as a digest.
            let next = format!("{family}{at:07x}");
            let touched = client.execute(&statement, &[&next, &at, &*family, &*token]).await?;
            anyhow::ensure!(touched == 1, "a rotation has found no row");
            *token = next;
            done += 1;
        }
    }
    Ok(done)
}
