//! A million accounts and sessions beside a thousand.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use doorward_core::Secret;
use doorward_core::Ttl;
use doorward_core::password::{HashFunction, HashPool, HashSettings};
use doorward_core::port::{PasswordHasher, SystemEntropy};
use serde_json::json;
use tempfile::TempDir;

use super::guarded::cookies;
use super::{requests, steady};
use crate::load::{self, post};
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP, Login, PASSWORD};
use crate::table::Table;

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
/// Sessions in use among the many.
const IN_USE: usize = 100_000;
const LOGINS: usize = 20_000;

/// What the questions cost on one database.
struct Costs {
    login_us: f64,
    session_us: f64,
    refresh_us: f64,
    rss_mib: f64,
    start_ms: f64,
}

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let hash = cheap_hash().await?;
    let few = on(FEW, FEW, &hash).await?;
    let many = on(MANY, IN_USE, &hash).await?;
    let pairs = [
        ("login", many.login_us, few.login_us),
        ("refresh", many.refresh_us, few.refresh_us),
        ("session look-up, 100,000 in use (P6)", many.session_us, few.session_us),
    ];
    for (what, many, few) in pairs {
        let ratio = many / few;
        let behind = format!("{many:.1} us, {few:.1} us");
        table.add(
            &format!("{what}: CPU at 1,000,000 accounts ÷ at 1,000"),
            format!("{ratio:.2}"),
            "≤ 1.25",
            ratio <= 1.25,
            behind,
        );
    }
    table.add(
        "resident memory, 1,000,000 sessions of which 100,000 in use (P6)",
        format!("{:.0} MiB", many.rss_mib),
        "≤ 300 MiB",
        many.rss_mib <= 300.0,
        String::new(),
    );
    table.add(
        "start to first 200 with 1,000,000 accounts",
        format!("{:.0} ms", many.start_ms),
        "≤ 150 ms",
        many.start_ms <= 150.0,
        String::new(),
    );
    Ok(())
}

async fn on(accounts: usize, in_use: usize, hash: &str) -> Result<Costs> {
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    seed::rows(folder.path(), 0..accounts, hash).await?;
    drop(Server::doorward(folder.path(), Cores::All, CHEAP)?);
    let server = Server::doorward(folder.path(), Cores::All, CHEAP)?;
    let start_ms = server.ready_after.as_secs_f64() * 1000.0;
    let body = |n: usize| json!({ "identifier": seed::email(n * 48_271 % accounts), "password": PASSWORD });
    let logins = (0..LOGINS).map(|n| post("/api/v1/login", &body(n)));
    let login_us = each_us(&server, logins).await?;
    let given = opened(&server, in_use, accounts).await?;
    let refresh = given
        .iter()
        .take(LOGINS)
        .map(|login| post("/api/v1/refresh", &json!({ "refresh_token": login.refresh })));
    let refresh_us = each_us(&server, refresh).await?;
    let rotation = cookies(&given);
    steady(&server, &rotation).await?;
    let session_us = steady(&server, &rotation).await?.cpu_us;
    let rss_mib = server.weigh()?.rss_mib;
    drop_folder(server, folder.path());
    Ok(Costs { login_us, session_us, refresh_us, rss_mib, start_ms })
}

/// Opens `count` sessions of different accounts.
async fn opened(server: &Server, count: usize, accounts: usize) -> Result<Vec<Login>> {
    seed::logins(&server.address, 0..count.min(accounts), 1).await
}

/// The server's processor time for each of `all`, sent once.
async fn each_us(server: &Server, all: impl Iterator<Item = Vec<u8>>) -> Result<f64> {
    let before = server.weigh()?;
    let outcome = load::once(&server.address, 8, requests(all)).await?;
    anyhow::ensure!(
        outcome.bad == 0 && outcome.shed == 0,
        "{} bad answers, the last {}",
        outcome.bad + outcome.shed,
        outcome.bad_status
    );
    let after = server.weigh()?;
    Ok((after.cpu - before.cpu).as_secs_f64() * 1e6 / outcome.good as f64)
}

fn drop_folder(server: Server, folder: &Path) {
    drop(server);
    let _ = std::fs::remove_dir_all(folder.join("data"));
}

pub(super) async fn cheap_hash() -> Result<String> {
    let function = HashFunction::Argon2id { memory_kib: 64, passes: 1, lanes: 1 };
    let settings = HashSettings { function, threads: 1, max_wait: Ttl::from_seconds(60) };
    let pool = HashPool::start(settings, Arc::new(SystemEntropy))?;
    Ok(pool.hash(Secret::new(PASSWORD.to_owned())).await?.as_str().to_owned())
}
