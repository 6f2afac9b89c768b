//! What fails beside the server: its database, its disk, its clock, and its own nodes one after the other.
//!
//! Everything here is a process of its own under load. The suite runs each fault in its short form; `./dev faults 20` runs so
//! many rounds of each and prints the figures. How long something took is printed and held only to what no machine may exceed.

mod encrypt_database;
mod fail_over;
mod fill_disk;
mod hang_database;
mod kill_migration;
mod load;
mod restart_database;
mod roll_over;
mod rotate_keys;
mod slow_disk;
mod turn_clock;
mod upgrade_nodes;

use std::process::Command;
use std::time::{Duration, Instant};

use doorward_testkit::{PostgresServer, RealServer, UNHINDERED};
use load::Talk;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// The longest that any answer, and any recovery, may take: what is promised is five seconds, and this machine may be slow.
const AT_MOST: Duration = Duration::from_secs(10);
/// The longest that a test waits for something to happen at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a fault is made: a few times in the suite, more when it is asked for.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
fn rounds() -> usize {
    std::env::var("DOORWARD_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

/// Whether more than the short form is wanted.
fn is_long() -> bool {
    rounds() > 2
}

/// Whether calls of other processes to the system can be made slow or to fail; says so if not.
fn may_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let may = tried.is_ok_and(|done| done.status.success());
    if !may {
        eprintln!("left out: processes may not be traced here");
    }
    may
}

/// Settings of a node on the database at `url`.
fn on_database(url: &str) -> String {
    format!("{UNHINDERED}\n[database]\nurl = \"{url}\"\nstatement_timeout = \"{}\"\n", {
        if is_long() { "3s" } else { "1s" }
    })
}

/// A node on `postgres`, in `folder`.
fn node(postgres: &PostgresServer, folder: &TempDir) -> RealServer {
    RealServer::start(BINARY, folder.path(), &on_database(&postgres.url()))
}

/// How long it takes from now until `talk` can write again.
async fn until_it_writes(talk: &Talk) -> Duration {
    let began = Instant::now();
    while talk.register().await.is_none() {
        assert!(began.elapsed() < PATIENCE, "the node does not recover");
        load::rest().await;
    }
    began.elapsed()
}
