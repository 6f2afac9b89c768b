//! `doorward copy` of accounts with a session each, from SQLite to PostgreSQL, verified; and the memory it takes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::scale::cheap_hash;
use crate::postgres::Postgres;
use crate::process::binary;
use crate::seed;
use crate::table::Table;

/// Accounts, unless the environment says otherwise: `DOORWARD_BENCH_ACCOUNTS`.
const ACCOUNTS: usize = 1_000_000;

/// So many times fewer are copied first, for the memory of both.
const FEWER: usize = 10;

/// What one copy took.
struct Copied {
    time: Duration,
    /// The most that was resident.
    peak_mib: f64,
}

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let accounts = accounts()?;
    let few = copy(accounts / FEWER).await?;
    let all = copy(accounts).await?;
    let rate = accounts as f64 / all.time.as_secs_f64();
    table.add(
        &format!("copy of {accounts} accounts with a session each to PostgreSQL, verified"),
        format!("{rate:.0} accounts/s"),
        "≥ 20000",
        rate >= 20_000.0,
        format!("{:.1} s", all.time.as_secs_f64()),
    );
    let growth = all.peak_mib / few.peak_mib;
    table.add(
        "the most memory of that copy ÷ of a tenth of it",
        format!("{growth:.2}"),
        "≤ 1.25",
        growth <= 1.25,
        format!("{:.0} MiB, {:.0} MiB", all.peak_mib, few.peak_mib),
    );
    Ok(())
}

async fn copy(accounts: usize) -> Result<Copied> {
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    seed::rows(folder.path(), 0..accounts, &cheap_hash().await?).await?;
    let postgres = Postgres::start()?;
    let started = Instant::now();
    let mut child = Command::new(binary()?)
        .args(["copy", "--from", "sqlite:data/doorward.db", "--to", &postgres.url(), "--json"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak_mib = 0.0_f64;
    let status = loop {
        // Gone between two looks: the last one counts.
        peak_mib = peak_mib.max(resident_mib(child.id()).unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    anyhow::ensure!(status.success(), "the copy has failed");
    Ok(Copied { time: started.elapsed(), peak_mib })
}

#[expect(clippy::disallowed_methods, reason = "who measures says how much by the environment")]
fn accounts() -> Result<usize> {
    match std::env::var("DOORWARD_BENCH_ACCOUNTS") {
        Ok(count) => count.parse().context("DOORWARD_BENCH_ACCOUNTS is no number"),
        Err(_) => Ok(ACCOUNTS),
    }
}

/// The most that was resident so far.
fn resident_mib(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
