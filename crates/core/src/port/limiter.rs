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

impl Quota {
    /// How many places are taken at `now` of a meter that is empty at `empty_at`, both in milliseconds.
    pub fn taken(&self, empty_at: i64, now: i64) -> u32 {
        let (left, refill) = (empty_at.saturating_sub(now).max(0), self.refill.as_millis().max(1));
        let places = left.saturating_add(refill - 1) / refill;
        u32::try_from(places).unwrap_or(u32::MAX).min(self.burst)
    }
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

    /// How many places under `key` are taken at this moment: to be told, not to decide by.
    async fn taken(&self, key: &str, quota: Quota, now: Timestamp) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_have_begun_to_come_back_are_still_taken() {
        let quota = Quota { burst: 3, refill: Ttl::from_seconds(1) };

        for (empty_at, taken) in [(-5, 0), (0, 0), (1, 1), (1_000, 1), (1_001, 2), (3_000, 3), (90_000, 3)] {
            assert_eq!(quota.taken(empty_at, 0), taken, "{empty_at}");
        }
    }
}
