//! Meters of attempts that all nodes share.
//!
//! The arithmetic is that of [`MemoryLimiter`], in one script that the server runs as one step. The meters of this node run
//! along in its memory: they refuse by themselves whoever has used up the place here alone, without a question, and what they
//! know is not lost with the server.
//!
//! While the server is away, this node goes by its own meters with **half the burst** (one at least) and the same refill. A
//! server that comes back empty gives others' meters a fresh start, and this node's none.
//!
//! Invariant: looking at a meter and moving it is one step of the server, so nodes never share a place. Keys are digests: no
//! name and no address is kept there.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use doorward_core::port::{Limited, Limiter, Quota};
use doorward_core::{Digest, Timestamp, Ttl};
use redis::Script;

use super::cache::Cache;
use super::memory::MemoryLimiter;

/// A meter outlives the moment at which it is empty by so many milliseconds, and one that is full for longer was kept before the
/// clock was set back: clocks of nodes differ by less.
const SLACK: i64 = 60_000;

/// Takes a place: `refill`, `burst` (the length of all places), `now`, `slack`. Gives 0, or how many milliseconds to wait.
static RESERVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, full = tonumber(ARGV[3]), tonumber(ARGV[3]) + tonumber(ARGV[2])
         local kept = tonumber(redis.call('GET', KEYS[1]) or 0)
         if kept > full + tonumber(ARGV[4]) then kept = full - tonumber(ARGV[1]) end
         local empty_at = math.max(kept, now) + tonumber(ARGV[1])
         local excess = empty_at - now - tonumber(ARGV[2])
         if excess > 0 then return excess end
         redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', string.format('%.0f', empty_at - now + tonumber(ARGV[4])))
         return 0",
    )
});

/// Gives a place back: `refill`, `now`, `slack`.
static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local found = redis.call('GET', KEYS[1])
         if not found then return 0 end
         local now = tonumber(ARGV[2])
         local empty_at = tonumber(found) - tonumber(ARGV[1])
         if empty_at <= now then return redis.call('DEL', KEYS[1]) end
         redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', string.format('%.0f', empty_at - now + tonumber(ARGV[3])))
         return 1",
    )
});

/// Meters that all nodes with the same cache share.
#[derive(Debug)]
pub struct SharedLimiter {
    cache: Arc<Cache>,
    own: MemoryLimiter,
}

impl SharedLimiter {
    /// Meters in `cache`.
    pub fn new(cache: Arc<Cache>) -> Self {
        Self { cache, own: MemoryLimiter::default() }
    }

    fn key(&self, key: &str) -> String {
        self.cache.key(&format!("meter:{}", Digest::of(key.as_bytes())))
    }

    /// How long to wait by the shared meter, if at all; `None` when there is no answer.
    async fn ask(&self, key: &str, quota: Quota, now: Timestamp) -> Option<Ttl> {
        let (key, refill) = (self.key(key), quota.refill.as_millis());
        let places = refill.saturating_mul(i64::from(quota.burst.max(1)));
        let wait = self.cache.ask(async move |mut connection| {
            let mut call = RESERVE.key(key);
            call.arg(refill).arg(places).arg(now.as_millis()).arg(SLACK);
            call.invoke_async::<i64>(&mut connection).await
        });
        wait.await.map(Ttl::from_millis)
    }
}

/// What this node lets through by itself.
fn alone(quota: Quota) -> Quota {
    Quota { burst: (quota.burst / 2).max(1), ..quota }
}

#[async_trait]
impl Limiter for SharedLimiter {
    async fn reserve(&self, key: &str, quota: Quota, now: Timestamp) -> Result<(), Limited> {
        self.own.reserve(key, quota, now).await?;
        match self.ask(key, quota, now).await {
            Some(Ttl::ZERO) => Ok(()),
            Some(retry_after) => {
                self.own.give_back(key, quota, now).await;
                Err(Limited { retry_after })
            }
            None => {
                self.own.give_back(key, quota, now).await;
                self.own.reserve(key, alone(quota), now).await
            }
        }
    }

    async fn give_back(&self, key: &str, quota: Quota, now: Timestamp) {
        self.own.give_back(key, quota, now).await;
        let (key, refill) = (self.key(key), quota.refill.as_millis());
        // Without an answer the place stays taken there until time gives it back.
        let _ = self
            .cache
            .ask(async move |mut connection| {
                let mut call = GIVE_BACK.key(key);
                call.arg(refill).arg(now.as_millis()).arg(SLACK);
                call.invoke_async::<i64>(&mut connection).await
            })
            .await;
    }

    async fn taken(&self, key: &str, quota: Quota, now: Timestamp) -> u32 {
        let shared = self.key(key);
        let found = self.cache.ask(async move |mut connection| {
            redis::cmd("GET").arg(shared).query_async::<Option<i64>>(&mut connection).await
        });
        match found.await {
            Some(empty_at) => empty_at.map_or(0, |empty_at| quota.taken(empty_at, now.as_millis())),
            None => self.own.taken(key, quota, now).await,
        }
    }
}
