//! Meters of attempts in this process's memory.
//!
//! GCRA, the leaky bucket as a meter. A key has one number, the moment `e` at which its meter will be empty; a key without a
//! meter has `e = now`. With `T` the refill and `B` the burst of the quota, at the moment `now`:
//!
//! - an attempt would move it to `e' = max(e, now) + T`;
//! - it is let through when `e' - now <= B * T`, and `e'` is kept; otherwise nothing is kept, and the same attempt would be
//!   let through `e' - now - B * T` later;
//! - giving back moves it to `max(e - T, now)`.
//!
//! So after a rest exactly `B` attempts pass at once, then one per `T`, and over any span `s` at most `B + s / T`.
//!
//! Does not share meters with other processes.
//!
//! Invariants: looking at a meter and moving it is one step under its shard's lock, so racing callers never share a place.
//! Memory is bounded: empty meters are dropped, and when every meter that fits is in use, keys without one are refused rather
//! than let through.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use doorward_core::port::{Limited, Limiter, Quota};
use doorward_core::{Timestamp, Ttl};
use parking_lot::Mutex;

const SHARDS: usize = 16;
/// Meters in all: about 100 bytes each, so 25 MiB when a flood of addresses fills them.
const METERS: usize = 262_144;
/// A shard with fewer meters than this is not swept.
const SWEEP_FROM: usize = 64;
/// A full shard looks for empty meters so often at most, and tells those it has no room for to wait as long.
const FULL_PAUSE: Ttl = Ttl::from_seconds(1);

/// Meters in memory: emptied by a restart, not shared with other processes.
#[derive(Debug)]
pub struct MemoryLimiter {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    room: usize,
}

#[derive(Debug)]
struct Shard {
    /// When each meter will be empty, in milliseconds since 1970.
    meters: HashMap<Box<str>, i64>,
    /// With so many meters the next sweep is due: twice what the last one left, so that sweeping stays cheap on average.
    sweep_at: usize,
    /// While full, not before this moment.
    sweep_after: i64,
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::with_room_for(METERS)
    }
}

impl MemoryLimiter {
    /// A limiter that holds `meters` meters at most, shared out evenly; at least one in each of its parts.
    pub fn with_room_for(meters: usize) -> Self {
        let shards = std::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { shards, hasher: RandomState::new(), room: (meters / SHARDS).max(1) }
    }

    /// The number of meters that are held, empty ones that were not yet dropped among them.
    pub fn held(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().meters.len()).sum()
    }

    fn shard(&self, key: &str) -> &Mutex<Shard> {
        // The hash is keyed: nobody can choose keys that meet in one shard.
        let at = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or_default();
        &self.shards[at]
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self { meters: HashMap::new(), sweep_at: SWEEP_FROM, sweep_after: i64::MIN }
    }
}

impl Shard {
    fn reserve(&mut self, key: &str, quota: Quota, now: i64, room: usize) -> Result<(), Limited> {
        let refill = quota.refill.as_millis();
        let burst = refill.saturating_mul(i64::from(quota.burst.max(1)));
        let meter = self.meters.get_mut(key);
        let kept = meter.as_deref().copied().unwrap_or(now);
        let kept = match now.saturating_add(burst) {
            // Nothing is kept beyond this, so the clock was set back. How much was left nobody knows: room for one attempt.
            full if kept > full => full - refill,
            _ => kept,
        };
        let empty_at = kept.max(now).saturating_add(refill);
        let excess = empty_at.saturating_sub(now).saturating_sub(burst);
        if excess > 0 {
            return Err(Limited { retry_after: Ttl::from_millis(excess) });
        }
        match meter {
            Some(meter) => *meter = empty_at,
            None => {
                self.make_room(now, room)?;
                self.meters.insert(key.into(), empty_at);
            }
        }
        Ok(())
    }

    fn give_back(&mut self, key: &str, quota: Quota, now: i64) {
        if let Some(empty_at) = self.meters.get_mut(key) {
            *empty_at = empty_at.saturating_sub(quota.refill.as_millis());
            if *empty_at <= now {
                self.meters.remove(key);
            }
        }
    }

    /// Sees to it that one more meter fits.
    fn make_room(&mut self, now: i64, room: usize) -> Result<(), Limited> {
        let is_full = self.meters.len() >= room;
        if self.meters.len() < self.sweep_at && !is_full {
            return Ok(());
        }
        if is_full && now < self.sweep_after {
            return Err(Limited { retry_after: Ttl::from_millis(self.sweep_after - now) });
        }
        self.meters.retain(|_, empty_at| *empty_at > now);
        self.sweep_at = (self.meters.len() * 2).max(SWEEP_FROM);
        self.meters.shrink_to(self.sweep_at);
        if is_full {
            self.sweep_after = now.saturating_add(FULL_PAUSE.as_millis());
        }
        if self.meters.len() < room { Ok(()) } else { Err(Limited { retry_after: FULL_PAUSE }) }
    }
}

#[async_trait]
impl Limiter for MemoryLimiter {
    async fn reserve(&self, key: &str, quota: Quota, now: Timestamp) -> Result<(), Limited> {
        self.shard(key).lock().reserve(key, quota, now.as_millis(), self.room)
    }

    async fn give_back(&self, key: &str, quota: Quota, now: Timestamp) {
        self.shard(key).lock().give_back(key, quota, now.as_millis());
    }

    async fn taken(&self, key: &str, quota: Quota, now: Timestamp) -> u32 {
        let now = now.as_millis();
        let empty_at = self.shard(key).lock().meters.get(key).copied();
        empty_at.map_or(0, |empty_at| quota.taken(empty_at, now))
    }
}

#[cfg(test)]
mod tests;
