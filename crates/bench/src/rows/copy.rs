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

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let accounts = accounts()?;
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    seed::rows(folder.path(), 0..accounts, &cheap_hash().await?).await?;
    let postgres = Postgres::start()?;
    let started = Instant::now();
    let mut child = Command::new(binary()?)
        .args(["copy", "--from", "sqlite:data/doorward.db", "--to", &postgres.url(), "--json"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0.0_f64;
    let status = loop {
        // Gone between two looks: the last one counts.
        peak = peak.max(peak_mib(child.id()).unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let took = started.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "the copy has failed");
    let rate = accounts as f64 / took;
    table.add(
        &format!("copy of {accounts} accounts with a session each to PostgreSQL, verified"),
        format!("{rate:.0} accounts/s"),
        "≥ 20000",
        rate >= 20_000.0,
        format!("{took:.1} s"),
    );
    table.add(
        "the most memory of that copy",
        format!("{peak:.0} MiB"),
        "≤ 64 MiB",
        peak <= 64.0,
        String::new(),
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "who measures says how much by the environment")]
fn accounts() -> Result<usize> {
    match std::env::var("DOORWARD_BENCH_ACCOUNTS") {
        Ok(count) => count.parse().context("DOORWARD_BENCH_ACCOUNTS is no number"),
        Err(_) => Ok(ACCOUNTS),
    }
}

/// The most that was resident so far.
fn peak_mib(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
