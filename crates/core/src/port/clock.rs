//! The time of day.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// This moment. May jump when the machine's clock is set; never panics.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
