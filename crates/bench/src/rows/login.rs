//! Logins beside bare hashing, and what a storm of them does to everybody else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use super::{requests, words};
use crate::floor::{self, MEMORY_KIB};
use crate::load::{self, get, post};
use crate::process::{Cores, Server};
use crate::seed::{self, PASSWORD, REAL_HASH};
use crate::table::Table;

const LENGTH: Duration = Duration::from_secs(10);
const ACCOUNTS: usize = 64;

pub(crate) async fn rate(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::doorward(folder.path(), Cores::All, REAL_HASH)?;
    let logins = logins(&server).await?;
    let cores = std::thread::available_parallelism()?.get();
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        floors.push(tokio::task::spawn_blocking(move || floor::hashes_per_second(cores, LENGTH)).await??);
        let outcome = load::steady(&server.address, 64, LENGTH, logins.clone()).await?;
        anyhow::ensure!(outcome.bad == 0, "{} bad answers, the last {}", outcome.bad, outcome.bad_status);
        ours.push(outcome.rate());
    }
    ours.sort_by(f64::total_cmp);
    floors.sort_by(f64::total_cmp);
    let ratio = ours[1] / floors[1];
    let behind = format!("{:.1} logins/s, {:.1} bare hashes/s", ours[1], floors[1]);
    table.add(
        "logins, 64 clients ÷ bare hashes, both cores (P8)",
        format!("{ratio:.2}"),
        "≥ 0.95",
        ratio >= 0.95,
        behind,
    );
    Ok(())
}

/// The open route is asked evenly, at a tenth of the rate that it reaches alone: whoever asks without pause takes every
/// cycle there is, on a machine that it shares with the server, and leaves none whose use could be judged. Bare hashing
/// has the same company.
pub(crate) async fn storm(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::doorward(folder.path(), Cores::All, REAL_HASH)?;
    let logins = logins(&server).await?;
    let open = requests([get("/healthz", "")]);
    let most = load::steady(&server.address, 4, LENGTH / 2, open.clone()).await?.rate();
    let pace = (32, (most / 10.0) as u32);
    let calm = load::paced(&server.address, pace, LENGTH, open.clone()).await?;
    let cores = std::thread::available_parallelism()?.get();
    let bare = tokio::task::spawn_blocking(move || floor::hashes_per_second(cores, LENGTH));
    let (bare, _) = tokio::join!(bare, load::paced(&server.address, pace, LENGTH, open.clone()));
    let bare = bare??;
    // Ten times what the machine can hash.
    let (address, storm, offered) = (server.address.clone(), logins.clone(), (bare * 10.0) as u32);
    let storm =
        tokio::spawn(async move { load::offered(&address, offered, LENGTH + LENGTH / 2, storm).await });
    tokio::time::sleep(LENGTH / 5).await;
    let shaken = load::paced(&server.address, pace, LENGTH, open).await?;
    let memory = server.weigh()?.rss_mib;
    let storm = storm.await??;
    let (p99, share) = (shaken.p99_ms(), shaken.rate() / calm.rate());
    let is_fast = p99 <= (2.0 * calm.p99_ms()).max(5.0) && share >= 0.8;
    let figure = format!("p99 {p99:.1} ms, rate × {share:.2}");
    let behind = format!("calm {}, in the storm {}", words(&calm), words(&shaken));
    table.add(
        "open route, a tenth of its calm rate asked, in a login storm (P9)",
        figure,
        "p99 ≤ 5 ms, ≥ 0.8",
        is_fast,
        behind,
    );
    let (done, shed) = (storm.rate() / bare, storm.shed_p99_ms());
    let figure = format!("× {done:.2}, {shed:.0} ms");
    let behind = format!(
        "{:.1} logins/s of {bare:.1} hashes/s; {} turned away, {} bad",
        storm.rate(),
        storm.shed,
        storm.bad
    );
    table.add(
        "logins done in the storm ÷ bare hashes; the rest answered within (P10)",
        figure,
        "≥ 0.95, 50 ms",
        done >= 0.95 && shed <= 50.0,
        behind,
    );
    let bound = 56.0 + 1.25 * cores as f64 * f64::from(MEMORY_KIB) / 1024.0;
    table.add(
        "resident memory in the storm (P19)",
        format!("{memory:.0} MiB"),
        &format!("≤ {bound:.0} MiB"),
        memory <= bound,
        String::new(),
    );
    Ok(())
}

/// Makes the accounts and gives one login request for each.
async fn logins(server: &Server) -> Result<Arc<Vec<Vec<u8>>>> {
    seed::logins(&server.address, 0..ACCOUNTS, 0).await?;
    let body = |user| json!({ "identifier": seed::email(user), "password": PASSWORD });
    Ok(requests((0..ACCOUNTS).map(|user| post("/api/v1/login", &body(user)))))
}
