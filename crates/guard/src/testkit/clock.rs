//! A clock that stands still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// A clock for tests; its clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use doorward_guard::Clock;
/// use doorward_guard::testkit::TestClock;
///
/// let clock = TestClock::at(1_000);
/// clock.pass(Duration::from_secs(60));
/// assert_eq!(clock.now(), 1_060);
/// ```
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows `now`, seconds since 1970.
    pub fn at(now: i64) -> Self {
        Self(Arc::new(AtomicI64::new(now)))
    }

    /// Lets so much time pass.
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_secs()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// Some day in 2027.
    fn default() -> Self {
        Self::at(1_800_000_000)
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}
