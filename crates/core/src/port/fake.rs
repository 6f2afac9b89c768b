//! A clock that tests turn and randomness that repeats.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::port::{Clock, Entropy};
use crate::time::{Timestamp, Ttl};

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
