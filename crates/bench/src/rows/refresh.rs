//! Durable rotations beside what raw group commit on the same disk reaches in the same minute.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use memchr::memmem;
use serde_json::json;
use tempfile::TempDir;

use super::words;
use crate::floor::{self, Commits};
use crate::load::{self, Connection, Outcome, post};
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP};
use crate::table::Table;

const CLIENTS: usize = 64;
const LENGTH: Duration = Duration::from_secs(6);

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    // Not in memory: the folder of the build has a disk under it.
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    let server = Server::doorward(folder.path(), Cores::All, CHEAP)?;
    let tokens: Vec<String> =
        seed::logins(&server.address, 0..CLIENTS, 1).await?.into_iter().map(|login| login.refresh).collect();
    let mut rounds = Vec::new();
    let mut tokens = tokens;
    for _ in 0..3 {
        let (rate, flush) = raw(folder.path()).await?;
        let (outcome, next) = rotate(&server, tokens).await?;
        tokens = next;
        rounds.push((outcome.rate() / rate.rate, outcome.p99_ms() / flush.p99_ms, outcome, rate, flush));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, _, outcome, rate, _) = &rounds[1];
    let behind = format!("{}; raw {:.0}/s", words(outcome), rate.rate);
    table.add(
        "refreshes, durable, 64 clients ÷ raw group commit of 128 (P11)",
        format!("{ratio:.2}"),
        "≥ 0.50",
        *ratio >= 0.5,
        behind,
    );
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (_, ratio, outcome, _, flush) = &rounds[1];
    let behind = format!("p99 {:.1} ms, raw commits of 32: p99 {:.1} ms", outcome.p99_ms(), flush.p99_ms);
    table.add(
        "refresh p99 ÷ p99 of raw group commit of 32 (P12)",
        format!("{ratio:.1}"),
        "≤ 3",
        *ratio <= 3.0,
        behind,
    );
    Ok(())
}

async fn raw(folder: &Path) -> Result<(Commits, Commits)> {
    let folder = folder.to_owned();
    let both = move || {
        let scratch = TempDir::new_in(&folder)?;
        anyhow::Ok((
            floor::rotations(scratch.path(), 128, LENGTH / 2)?,
            floor::rotations(scratch.path(), 32, LENGTH / 2)?,
        ))
    };
    tokio::task::spawn_blocking(both).await?
}

/// Cut out rather than parsed: the clients share the machine with the server.
fn refresh_token(body: &[u8]) -> Option<&str> {
    const NAME: &[u8] = br#""refresh_token":""#;
    let rest = &body[memmem::find(body, NAME)? + NAME.len()..];
    std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
}

/// Each client presents the token it was just given; what it holds at the end comes back.
pub(super) async fn rotate(server: &Server, tokens: Vec<String>) -> Result<(Outcome, Vec<String>)> {
    let (started, mut tasks, mut held) = (Instant::now(), Vec::new(), Vec::new());
    for token in tokens {
        let mut connection = Connection::open(&server.address).await?;
        tasks.push(tokio::spawn(async move {
            let (mut token, mut outcome) = (token, Outcome::default());
            while started.elapsed() < LENGTH {
                let request = post("/api/v1/refresh", &json!({ "refresh_token": token }));
                let one = Instant::now();
                let answer = connection.ask(&request).await?;
                outcome.note(answer.status, one.elapsed());
                refresh_token(answer.body).context("no refresh token")?.clone_into(&mut token);
            }
            anyhow::Ok((outcome, token))
        }));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        let (outcome, token) = task.await??;
        outcomes.push(tokio::spawn(async move { Ok(outcome) }));
        held.push(token);
    }
    Ok((load::gather(started, outcomes).await?, held))
}
