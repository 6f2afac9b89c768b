//! Two nodes on one PostgreSQL: what the second adds, and how soon it hears of what has ended on the first.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;
use tempfile::TempDir;

use super::requests;
use crate::floor;
use crate::load::{self, Connection, get, post};
use crate::postgres::Postgres;
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP, PASSWORD, REAL_HASH};
use crate::table::Table;

const LENGTH: Duration = Duration::from_secs(8);
const ROUNDS: usize = 3;
const CLIENTS: usize = 16;
const ACCOUNTS: usize = 64;
/// Sessions that end.
const ENDS: usize = 300;
/// Longer than this no end may take to be heard of.
const PATIENCE: Duration = Duration::from_secs(10);

/// Two nodes and what they share.
struct Nodes {
    first: Server,
    second: Server,
    _redis: Option<Redis>,
    _postgres: Postgres,
    _folders: [TempDir; 2],
}

impl Nodes {
    fn start(settings: &[(&str, &str)], redis: Option<Redis>) -> Result<Self> {
        let (postgres, folders) = (Postgres::start()?, [TempDir::new()?, TempDir::new()?]);
        let (url, key) = (postgres.url(), folders[0].path().join("master.key").display().to_string());
        let cache = redis.as_ref().map(Redis::url).unwrap_or_default();
        let mut settings = settings.to_vec();
        settings.extend([("DOORWARD__DATABASE__URL", &*url), ("DOORWARD__CRYPTO__MASTER_KEY_FILE", &*key)]);
        if redis.is_some() {
            settings.push(("DOORWARD__CACHE__URL", &cache));
        }
        let first = Server::doorward(folders[0].path(), Cores::One, &settings)?;
        let second = Server::doorward(folders[1].path(), Cores::Other, &settings)?;
        Ok(Self { first, second, _redis: redis, _postgres: postgres, _folders: folders })
    }
}

/// A Redis of the row's own.
struct Redis {
    child: Child,
    folder: TempDir,
}

impl Redis {
    fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let socket = folder.path().join("redis.sock");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(&socket);
        let child = command.stdout(Stdio::null()).spawn().context("redis-server is not installed")?;
        let (redis, began) = (Self { child, folder }, Instant::now());
        while !Path::exists(&socket) {
            anyhow::ensure!(began.elapsed() < PATIENCE, "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(redis)
    }

    fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("redis.sock").display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn logins(table: &mut Table) -> Result<()> {
    let nodes = Nodes::start(REAL_HASH, None)?;
    seed::logins(&nodes.first.address, 0..ACCOUNTS, 0).await?;
    let body = |user| json!({ "identifier": seed::email(user), "password": PASSWORD });
    let logins = requests((0..ACCOUNTS).map(|user| post("/api/v1/login", &body(user))));
    let (mut alone, mut both, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(bare_hashes(2).await? / bare_hashes(1).await?);
        alone.push(rate(&nodes.first, &logins).await?);
        let (one, other) = tokio::join!(rate(&nodes.first, &logins), rate(&nodes.second, &logins));
        both.push(one? + other?);
    }
    alone.sort_by(f64::total_cmp);
    both.sort_by(f64::total_cmp);
    bare.sort_by(f64::total_cmp);
    let (alone, both) = (alone[ROUNDS / 2], both[ROUNDS / 2]);
    let ratio = both / alone;
    table.add(
        "logins of two nodes on one PostgreSQL, a core each ÷ of one node",
        format!("{ratio:.2}"),
        "≥ 1.80",
        ratio >= 1.8,
        format!("{both:.1}/s, {alone:.1}/s; bare hashes of both cores ÷ of one {:.2}", bare[ROUNDS / 2]),
    );
    Ok(())
}

async fn bare_hashes(threads: usize) -> Result<f64> {
    tokio::task::spawn_blocking(move || floor::hashes_per_second(threads, LENGTH / 2)).await?
}

async fn rate(server: &Server, logins: &Arc<Vec<Vec<u8>>>) -> Result<f64> {
    let outcome = load::steady(&server.address, CLIENTS, LENGTH, logins.clone()).await?;
    anyhow::ensure!(outcome.bad == 0, "{} bad answers, the last {}", outcome.bad, outcome.bad_status);
    Ok(outcome.rate())
}

pub(crate) async fn revoked(table: &mut Table) -> Result<()> {
    let nodes = Nodes::start(CHEAP, Some(Redis::start()?))?;
    let logins = seed::logins(&nodes.first.address, 0..ENDS, 1).await?;
    let mut first = Connection::open(&nodes.first.address).await?;
    let mut second = Connection::open(&nodes.second.address).await?;
    let mut times = Vec::new();
    for login in &logins {
        let bearer = format!("authorization: Bearer {}\r\n", login.access);
        let look = get("/api/v1/session", &bearer);
        anyhow::ensure!(second.ask(&look).await?.status == 200, "the session lives on the second node");
        let logout = get("/api/v1/logout", &format!("{bearer}content-length: 0\r\n"));
        let logout = [b"POST", &logout[3..]].concat();
        anyhow::ensure!(first.ask(&logout).await?.status == 204, "the session can be ended");
        let ended = Instant::now();
        while second.ask(&look).await?.status != 401 {
            anyhow::ensure!(ended.elapsed() < PATIENCE, "the second node does not hear of it");
        }
        times.push(ended.elapsed());
    }
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    table.add(
        "from a logout on one node to the refusal on another, PostgreSQL and Redis: p99",
        format!("{:.1} ms", at(99)),
        "≤ 100 ms",
        at(99) <= 100.0,
        format!("p50 {:.1} ms, the longest of {ENDS} {:.1} ms", at(50), at(100)),
    );
    Ok(())
}
