//! A standby that answers what may be slightly old, as long as it is not older than was said.
//!
//! How old it is, is measured without trusting it: now and then the database is asked how much it has written, and the standby how
//! much of it has arrived. It is as old as the last answer of the database that it has wholly caught up with.
//!
//! Invariant: a standby that is away, hangs, lags or is no standby any more is not asked, and whatever it failed to answer is
//! asked of the database itself.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doorward_core::Secret;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use tokio::task::AbortHandle;
use tokio::time::MissedTickBehavior;

use super::connect::{Connections, PostgresOptions};
use crate::OpenError;
use crate::db::{Db, Fault, params};

const UP: &str = "doorward_store_replica_up";
const LAG: &str = "doorward_store_replica_lag_seconds";
const READS: &str = "doorward_store_replica_reads_total";
/// The least age that can be told from none.
const LEAST: Duration = Duration::from_secs(1);
/// Answers of the database that are remembered; what has not caught up with the oldest of them is too old by any measure.
const MARKS: usize = 256;
/// Bytes of the log written, and replayed; nothing on a server that replays none.
const WRITTEN: &str = "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)";
const REPLAYED: &str = "SELECT CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS BIGINT)";

/// Where a standby is, and how old it may be.
#[derive(Debug, Clone)]
pub struct ReplicaOptions {
    /// Its address; may hold a password.
    pub url: Secret<String>,
    /// What is older is not asked.
    pub max_lag: Duration,
}

/// A standby in use.
#[derive(Debug)]
pub(super) struct Replica {
    connections: Connections,
    is_fit: Arc<AtomicBool>,
    watching: AbortHandle,
}

impl Replica {
    /// Begins to watch the standby, which need not be there yet.
    pub(super) fn start(
        wanted: &ReplicaOptions,
        options: &PostgresOptions,
        primary: Connections,
    ) -> Result<Self, OpenError> {
        describe_gauge!(UP, "Whether the read replica answers what may be slightly old");
        describe_gauge!(LAG, Unit::Seconds, "How old the read replica is at most");
        describe_counter!(READS, "Questions whose answer may be slightly old, by who answered them");
        let connections = Connections::new(&any_server(wanted.url.expose()), options)?;
        let is_fit = Arc::new(AtomicBool::new(false));
        let watch = Watch { primary, replica: connections.clone(), marks: VecDeque::new(), fresh_at: None };
        let watching = tokio::spawn(watch.go_on(wanted.max_lag.max(LEAST), is_fit.clone())).abort_handle();
        Ok(Self { connections, is_fit, watching })
    }

    /// Its connections, while it keeps up.
    pub(super) fn fit(&self) -> Option<&Connections> {
        self.is_fit.load(Ordering::Relaxed).then_some(&self.connections)
    }

    /// It did not answer: it is not asked until it has been looked at again.
    pub(super) fn lose(&self) {
        self.is_fit.store(false, Ordering::Relaxed);
    }

    /// Counts an answer.
    pub(super) fn count(is_replica: bool) {
        counter!(READS, "answered_by" => if is_replica { "replica" } else { "primary" }).increment(1);
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// What is known of a standby's age.
#[derive(Debug)]
struct Watch {
    primary: Connections,
    replica: Connections,
    /// How much the database had written, and when.
    marks: VecDeque<(Instant, i64)>,
    /// When the database was as the standby is now.
    fresh_at: Option<Instant>,
}

impl Watch {
    async fn go_on(mut self, max_lag: Duration, is_fit: Arc<AtomicBool>) {
        let every = max_lag / 4;
        let mut ticks = tokio::time::interval(every.min(LEAST));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let lag = match self.look().await {
                Ok(lag) => lag,
                Err(fault) => {
                    tracing::debug!(%fault, "The read replica could not be looked at");
                    None
                }
            };
            // It may grow older until it is looked at again.
            let fits = lag.is_some_and(|lag| lag + every.min(LEAST) <= max_lag);
            if is_fit.swap(fits, Ordering::Relaxed) != fits {
                let how = if fits { "is asked" } else { "is away or too old and not asked" };
                tracing::info!("The read replica {how}");
            }
            gauge!(UP).set(f64::from(u8::from(fits)));
            gauge!(LAG).set(lag.map_or(f64::INFINITY, |lag| lag.as_secs_f64()));
        }
    }

    /// How old the standby is at most; nothing when it has caught up with nothing that is known.
    async fn look(&mut self) -> Result<Option<Duration>, Fault> {
        let now = Instant::now();
        if let Some(written) = self.primary.row(WRITTEN, params![], |row| row.get(0)).await? {
            self.marks.push_back((now, written));
        }
        if self.marks.len() > MARKS {
            self.marks.pop_front();
        }
        let replayed: Option<i64> = self.replica.row(REPLAYED, params![], |row| row.get(0)).await?.flatten();
        let Some(replayed) = replayed else { return Ok(None) };
        while let Some((at, written)) = self.marks.front().copied()
            && written <= replayed
        {
            self.fresh_at = Some(at);
            self.marks.pop_front();
        }
        Ok(self.fresh_at.map(|at| at.elapsed()))
    }
}

/// Of several servers whichever answers, unless the address says otherwise: none of them has to take writes.
fn any_server(url: &str) -> String {
    match url {
        url if url.contains("target_session_attrs") => url.to_owned(),
        url if url.contains('?') => format!("{url}&target_session_attrs=any"),
        url => format!("{url}?target_session_attrs=any"),
    }
}
