//! Counting attempts, for limits that all paths share.

use std::fmt;

use async_trait::async_trait;

use crate::time::{Timestamp, Ttl};

/// How often something may happen: `burst` times at once, then once per `refill`.
///
/// This is GCRA, the leaky bucket as a meter: one number per key, no window edges to exploit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many may happen at once after a rest; at least 1.
    pub burst: u32,
    /// How long until one more may happen.
    pub refill: Ttl,
}

/// Refused by a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// How long until the same attempt would be let through, if nothing else happens meanwhile.
    pub retry_after: Ttl,
}

/// Keeps the meters. May forget (a restart empties it); must never let two racing callers share one place.
#[async_trait]
pub trait Limiter: Send + Sync + fmt::Debug {
    /// Takes one place under `key`, before the work it pays for is done.
    ///
    /// # Errors
    /// [`Limited`] when none is left; nothing is counted then.
    async fn reserve(&self, key: &str, quota: Quota, now: Timestamp) -> Result<(), Limited>;

    /// Gives one place under `key` back: the attempt turned out to be an honest one.
    async fn give_back(&self, key: &str, quota: Quota, now: Timestamp);
}
