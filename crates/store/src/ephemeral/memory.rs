//! Meters of attempts in this process's memory.
//!
//! GCRA: each key has one number, the moment at which its meter will be empty. An attempt moves it forward by one refill; it
//! is refused when the meter would then be fuller than the burst. Keys whose meter is empty hold nothing and are dropped.
//!
//! Invariant: memory is bounded. When every key that fits is in use, keys that are not known yet are refused rather than
//! let through.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use doorward_core::port::{Limited, Limiter, Quota};
use doorward_core::{Timestamp, Ttl};
use parking_lot::Mutex;

const SHARDS: usize = 16;
/// Keys that a shard holds at most; about 100 bytes each.
const KEYS_PER_SHARD: usize = 16_384;
/// What somebody is told to wait who finds no room.
const FULL: Ttl = Ttl::from_seconds(10);

/// Meters in memory: emptied by a restart, not shared with other processes.
#[derive(Debug)]
pub struct MemoryLimiter {
    shards: Vec<Mutex<HashMap<String, i64>>>,
    hasher: RandomState,
    keys_per_shard: usize,
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::with_room_for(SHARDS * KEYS_PER_SHARD)
    }
}

impl MemoryLimiter {
    /// A limiter that holds about `keys` meters at most.
    pub fn with_room_for(keys: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), keys_per_shard: keys.div_ceil(SHARDS) }
    }

    fn shard(&self, key: &str) -> &Mutex<HashMap<String, i64>> {
        let hash = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or_default();
        &self.shards[hash]
    }
}

#[async_trait]
impl Limiter for MemoryLimiter {
    async fn reserve(&self, key: &str, quota: Quota, now: Timestamp) -> Result<(), Limited> {
        let (now, refill) = (now.as_millis(), quota.refill.as_millis());
        let room = refill.saturating_mul(i64::from(quota.burst.max(1)));
        let mut meters = self.shard(key).lock();
        let empty_at = meters.get(key).copied().unwrap_or(now).max(now);
        let next = empty_at.saturating_add(refill);
        let excess = next.saturating_sub(now).saturating_sub(room);
        if excess > 0 {
            return Err(Limited { retry_after: Ttl::from_millis(excess) });
        }
        if meters.len() >= self.keys_per_shard && !meters.contains_key(key) {
            meters.retain(|_, empty_at| *empty_at > now);
            if meters.len() >= self.keys_per_shard {
                return Err(Limited { retry_after: FULL });
            }
        }
        meters.insert(key.to_owned(), next);
        Ok(())
    }

    async fn give_back(&self, key: &str, quota: Quota, now: Timestamp) {
        let mut meters = self.shard(key).lock();
        if let Some(empty_at) = meters.get_mut(key) {
            *empty_at -= quota.refill.as_millis();
            if *empty_at <= now.as_millis() {
                meters.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const QUOTA: Quota = Quota { burst: 3, refill: Ttl::from_seconds(10) };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_millis(1_000_000) + Ttl::from_seconds(seconds)
    }

    #[tokio::test]
    async fn a_burst_passes_and_the_next_one_is_told_how_long_to_wait() {
        let limiter = MemoryLimiter::default();
        for _ in 0..3 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
        }

        let limited = limiter.reserve("k", QUOTA, at(0)).await.unwrap_err();

        assert_eq!(limited.retry_after, Ttl::from_seconds(10));
        assert!(limiter.reserve("k", QUOTA, at(9)).await.is_err());
        assert!(limiter.reserve("k", QUOTA, at(10)).await.is_ok());
        assert!(limiter.reserve("k", QUOTA, at(10)).await.is_err());
    }

    #[tokio::test]
    async fn what_is_given_back_can_be_taken_again() {
        let limiter = MemoryLimiter::default();
        for _ in 0..100 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
            limiter.give_back("k", QUOTA, at(0)).await;
        }
    }

    #[tokio::test]
    async fn giving_back_more_than_was_taken_makes_no_credit() {
        let limiter = MemoryLimiter::default();
        for _ in 0..10 {
            limiter.give_back("k", QUOTA, at(0)).await;
        }

        for _ in 0..3 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
        }
        assert!(limiter.reserve("k", QUOTA, at(0)).await.is_err());
    }

    #[tokio::test]
    async fn keys_do_not_share_a_meter() {
        let limiter = MemoryLimiter::default();

        for key in ["a", "b", "c", "d"] {
            limiter.reserve(key, Quota { burst: 1, ..QUOTA }, at(0)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn when_all_room_is_in_use_strangers_are_refused_and_room_comes_back() {
        let limiter = MemoryLimiter::with_room_for(64);
        for key in 0..1_000 {
            let _ = limiter.reserve(&key.to_string(), QUOTA, at(0)).await;
        }

        let kept: usize = limiter.shards.iter().map(|shard| shard.lock().len()).sum();

        assert!(kept <= 64, "{kept}");
        assert_eq!(limiter.reserve("new", QUOTA, at(0)).await.unwrap_err().retry_after, FULL);
        assert!(limiter.reserve("new", QUOTA, at(60)).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn racing_callers_share_the_burst_and_no_more() {
        let limiter = Arc::new(MemoryLimiter::default());

        let racers: Vec<_> = (0..64)
            .map(|_| {
                let limiter = Arc::clone(&limiter);
                tokio::spawn(async move { limiter.reserve("k", QUOTA, at(0)).await.is_ok() })
            })
            .collect();
        let mut passed = 0;
        for racer in racers {
            passed += u32::from(racer.await.unwrap());
        }

        assert_eq!(passed, 3);
    }
}
