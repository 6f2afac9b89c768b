//! The world as tests want it: a clock they turn, randomness that repeats, a store in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::password::PasswordHash;
use crate::port::{Clock, Entropy, HashError, Limited, Limiter, PasswordHasher, Quota, Verdict};
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};

pub use super::fake_store::FakeStore;

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// A clock that shows `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millis()))
    }

    /// Turns the clock forward.
    pub fn advance(&self, by: Ttl) {
        self.0.fetch_add(by.as_millis(), Ordering::SeqCst);
    }
}

impl Default for FakeClock {
    /// 2026-01-31T08:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_millis(1_769_846_400_000))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that differ at each call and are the same in each run. Not random at all.
#[derive(Debug, Default)]
pub struct FixedEntropy(AtomicU64);

impl Entropy for FixedEntropy {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            // SplitMix64: spreads a counter over all bits.
            let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Meters in a map.
#[derive(Debug, Default)]
pub struct FakeLimiter(Mutex<HashMap<String, i64>>);

#[async_trait]
impl Limiter for FakeLimiter {
    async fn reserve(&self, key: &str, quota: Quota, now: Timestamp) -> Result<(), Limited> {
        let mut meters = self.0.lock();
        let full_at = meters.entry(key.to_owned()).or_insert(0);
        let next = (*full_at).max(now.as_millis()) + quota.refill.as_millis();
        let room = i64::from(quota.burst) * quota.refill.as_millis();
        let excess = next - now.as_millis() - room;
        if excess > 0 {
            return Err(Limited { retry_after: Ttl::from_millis(excess) });
        }
        *full_at = next;
        Ok(())
    }

    async fn give_back(&self, key: &str, quota: Quota, _now: Timestamp) {
        if let Some(full_at) = self.0.lock().get_mut(key) {
            *full_at -= quota.refill.as_millis();
        }
    }

    async fn taken(&self, key: &str, quota: Quota, now: Timestamp) -> u32 {
        let full_at = self.0.lock().get(key).copied().unwrap_or_default();
        quota.taken(full_at, now.as_millis())
    }
}

/// A hasher whose hashes are readable: for tests of rules, where the hash function does not matter.
#[derive(Debug, Default)]
pub struct FakeHasher {
    /// How many passwords were checked.
    pub checks: AtomicU64,
}

#[async_trait]
impl PasswordHasher for FakeHasher {
    async fn hash(&self, plain: Secret<String>) -> Result<PasswordHash, HashError> {
        Ok(PasswordHash::from_text(format!("fake:{}", plain.expose())))
    }

    async fn verify(
        &self,
        plain: Secret<String>,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, HashError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        let is_match = stored.is_some_and(|stored| stored.as_str() == format!("fake:{}", plain.expose()));
        Ok(if is_match { Verdict::Match } else { Verdict::Mismatch })
    }
}
