//! What the audit log costs: logins with the line that each of them writes, beside logins without it.
//!
//! A login here is what it costs: one slow hash and one durable write set. The server itself cannot be told to write no line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use doorward_core::audit::{AuditEvent, Deed};
use doorward_core::change::{Change, Changes};
use doorward_core::client::Client;
use doorward_core::password::{HashFunction, HashPool, HashSettings};
use doorward_core::port::{Clock, Journal, PasswordHasher, SystemClock, SystemEntropy};
use doorward_core::{Secret, Ttl};
use doorward_store::{Sqlite, SqliteOptions};
use tempfile::TempDir;

use crate::seed::{self, PASSWORD};
use crate::table::Table;

const LANES: usize = 64;
const LENGTH: Duration = Duration::from_secs(6);
const ROUNDS: usize = 5;

/// What a login needs.
struct World {
    pool: HashPool,
    store: Sqlite,
    user: doorward_core::account::User,
}

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let world = Arc::new(world(&folder).await?);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(rate(&world, false).await?);
        with.push(rate(&world, true).await?);
    }
    with.sort_by(f64::total_cmp);
    without.sort_by(f64::total_cmp);
    let (with, without) = (with[ROUNDS / 2], without[ROUNDS / 2]);
    let ratio = with / without;
    table.add(
        "logins with their line in the audit log ÷ without it",
        format!("{ratio:.2}"),
        "≥ 0.97",
        ratio >= 0.97,
        format!("{with:.1} and {without:.1} hashes and durable write sets a second, {LANES} at once"),
    );
    Ok(())
}

async fn world(folder: &TempDir) -> Result<World> {
    let threads = std::thread::available_parallelism()?.get();
    let settings =
        HashSettings { function: HashFunction::ARGON2ID_OWASP, threads, max_wait: Ttl::from_minutes(1) };
    let pool = HashPool::start(settings, Arc::new(SystemEntropy))?;
    let store = Sqlite::open(&folder.path().join("audit.db"), SqliteOptions::default())?;
    let hash = pool.hash(Secret::new(PASSWORD.to_owned())).await?;
    let user = seed::user(0, hash.as_str())?;
    store.apply(Change::AddUser(Box::new(user.clone())).into()).await?;
    Ok(World { pool, store, user })
}

/// Logins a second.
async fn rate(world: &Arc<World>, is_recorded: bool) -> Result<f64> {
    let (started, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..LANES {
        let (world, done) = (world.clone(), done.clone());
        lanes.spawn(async move {
            while started.elapsed() < LENGTH {
                log_in(&world, is_recorded).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

async fn log_in(world: &World, is_recorded: bool) -> Result<()> {
    let password = Secret::new(PASSWORD.to_owned());
    world.pool.verify(password, Some(world.user.password.clone())).await?;
    let session = seed::session(&world.user);
    let id = session.id.to_string();
    let open = Change::OpenSession { session: Box::new(session), password_version: 1 };
    let mut changes = Changes::from(open);
    if is_recorded {
        let client = Client::new([127, 0, 0, 1].into(), "bench", "request".to_owned());
        let event = AuditEvent::new(SystemClock.now(), Deed::LoginSucceeded, &client, &SystemEntropy);
        changes = changes.recorded(event.by_owner(world.user.id).because(id));
    }
    Ok(world.store.apply(changes).await?)
}
