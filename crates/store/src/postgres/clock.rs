//! The time that all nodes on one database share: the database's.
//!
//! Nodes compare moments that others have written, above all when they look for what has ended since. So their clocks must not
//! differ by more than they look back, whatever is set on their machines. Between two looks at the database the time goes on
//! with the processor, which nobody sets.
//!
//! Invariant: a machine's own clock, right or wrong, and set how often it may be, moves nothing here.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use doorward_core::Timestamp;
use doorward_core::port::{Clock, SystemClock};

use super::connect::Connections;
use crate::db::{Db, Fault, params};

/// How often the database is asked what time it is.
const LOOK: Duration = Duration::from_secs(5);
/// A difference that is smaller than this is left alone, in milliseconds.
const SMALL: i64 = 20;
/// A difference that is worth a word, in milliseconds.
const NOTABLE: i64 = 5_000;

const NOW: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint";

/// The clock of a database, followed from here.
#[derive(Debug)]
pub struct DatabaseClock {
    started: Instant,
    /// When this process has started by the database's time, in milliseconds since 1970.
    origin: AtomicI64,
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.origin.load(Ordering::Relaxed).saturating_add(self.elapsed()))
    }
}

impl DatabaseClock {
    /// The clock of the database behind `connections`, followed for as long as somebody holds it.
    pub(super) async fn follow(connections: &Connections) -> Result<Arc<Self>, Fault> {
        let clock = Arc::new(Self { started: Instant::now(), origin: AtomicI64::new(0) });
        // Twice: what is done once for a connection would count as part of the way.
        clock.look(connections).await?;
        clock.look(connections).await?;
        clock.compare();
        let (followed, connections) = (Arc::downgrade(&clock), connections.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(clock) = followed.upgrade() else { return };
                if clock.look(&connections).await.is_ok_and(|moved| moved.abs() >= NOTABLE) {
                    tracing::warn!("The clock of the database was set; its time counts");
                    clock.compare();
                }
            }
        });
        Ok(clock)
    }

    /// Asks the database what time it is; says by how much that has moved this clock.
    async fn look(&self, connections: &Connections) -> Result<i64, Fault> {
        let before = self.elapsed();
        let told: Option<i64> = connections.row(NOW, params![], |row| row.get(0)).await?;
        let (after, origin) = (self.elapsed(), self.origin.load(Ordering::Relaxed));
        let Some(told) = told else { return Ok(0) };
        let next = origin_of(told, before, after, origin);
        self.origin.store(next, Ordering::Relaxed);
        Ok(next.saturating_sub(origin))
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Says so when this machine has another time.
    fn compare(&self) {
        let off = SystemClock.now().as_millis().saturating_sub(self.now().as_millis());
        if off.abs() >= NOTABLE {
            tracing::warn!(
                "This machine's clock is {off} ms ahead of the database's, whose time counts; see which is right"
            );
        }
    }
}

/// When this process has started, if the database said `told` somewhere between `before` and `after`. What may be the delay of
/// the answer leaves `known` as it is.
fn origin_of(told: i64, before: i64, after: i64, known: i64) -> i64 {
    let origin = told.saturating_sub(before.midpoint(after));
    let doubt = (after - before) / 2 + SMALL;
    if origin.saturating_sub(known).abs() > doubt { origin } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_a_step_and_no_delay() {
        assert_eq!(origin_of(1_000_000, 100, 110, 0), 999_895);
        assert_eq!(origin_of(1_000_000, 100, 110, 999_900), 999_900);
        assert_eq!(origin_of(1_000_000, 100, 900, 999_200), 999_200, "a slow answer proves little");
        assert_eq!(origin_of(1_000_000, 100, 110, 999_895 + 90_000), 999_895);
    }
}
