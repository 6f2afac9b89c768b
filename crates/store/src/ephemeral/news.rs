//! News between nodes: that something has ended, and that it is time to look into the database.
//!
//! A message says who sent it and how often it has told something; each node repeats its last one several times a second. So a
//! node knows whether the channel carries what all of them say, and a message that was lost is missed by the next one. Each is
//! a hint: whoever hears one asks the database, and whoever hears none asks it all the more often. One that somebody made up
//! costs a look.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use parking_lot::Mutex;
use redis::RedisError;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::cache::Cache;

const CHANNEL: &str = "news";
/// So long after a fault the channel is sought again.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the server may take to answer; and a channel that is silent for so long is sought again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a node says that it is there.
const BEAT: Duration = Duration::from_millis(250);
/// A node that was not heard for so long may have told something that did not come.
const LATE: Duration = Duration::from_secs(1);
/// A node that was not heard for so long has ended.
const GONE: Duration = Duration::from_secs(600);
/// More nodes than there are: somebody makes them up.
const MOST_NODES: usize = 1_000;

/// The channel on which nodes wake each other.
#[derive(Debug, Clone)]
pub struct NewsChannel {
    cache: Arc<Cache>,
    /// What this node calls itself: it does not wake itself.
    node: String,
    /// How often it has told something.
    told: Arc<AtomicU64>,
    /// What came, by nodes, this one among them.
    heard: Arc<Mutex<HashMap<String, Heard>>>,
}

/// The last message of a node.
#[derive(Debug)]
struct Heard {
    told: u64,
    at: Instant,
}

impl NewsChannel {
    /// The channel of `cache`, for the node that calls itself `node`.
    pub fn new(cache: Arc<Cache>, node: String) -> Self {
        Self { cache, node, told: Arc::default(), heard: Arc::default() }
    }

    /// Wakes the other nodes, if the server is there.
    pub async fn tell(&self) {
        self.told.fetch_add(1, Ordering::AcqRel);
        self.publish().await;
    }

    /// Whether the channel carries: this node hears itself, and every other one that it has heard of late. What they end is heard
    /// at once then, or missed within [`LATE`].
    pub fn carries(&self) -> bool {
        let heard = self.heard.lock();
        let is_fresh = |last: &Heard| {
            let silence = last.at.elapsed();
            silence < LATE || silence >= GONE
        };
        heard.get(&self.node).is_some_and(|own| own.at.elapsed() < LATE)
            && heard.len() < MOST_NODES
            && heard.values().all(is_fresh)
    }

    /// Says that this node is there, and calls `wake` whenever another one has told something or news may have been missed. Never
    /// ends.
    pub async fn listen(self, wake: impl Fn() + Send + Sync) {
        tokio::join!(self.beat(), self.keep_listening(&wake));
    }

    async fn beat(&self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            self.publish().await;
        }
    }

    async fn publish(&self) {
        let message = format!("{}:{}", self.node, self.told.load(Ordering::Acquire));
        let channel = self.cache.key(CHANNEL);
        let _ = self
            .cache
            .ask(async move |mut line| {
                redis::cmd("PUBLISH").arg(channel).arg(message).query_async::<i64>(&mut line).await
            })
            .await;
    }

    async fn keep_listening(&self, wake: &(impl Fn() + Sync)) {
        loop {
            if let Err(fault) = self.listen_once(wake).await {
                tracing::debug!(%fault, "The channel of news is broken; seeking it again");
            }
            self.heard.lock().remove(&self.node);
            sleep(PAUSE).await;
        }
    }

    async fn listen_once(&self, wake: &impl Fn()) -> Result<(), RedisError> {
        let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let channel = timeout(PATIENCE, self.cache.listen()).await.map_err(late)??;
        let (mut sink, mut messages) = channel.split();
        timeout(PATIENCE, sink.subscribe(self.cache.key(CHANNEL))).await.map_err(late)??;
        wake();
        // This node's own beats are among them.
        while let Some(message) = timeout(PATIENCE, messages.next()).await.map_err(late)? {
            if self.hear(&String::from_utf8_lossy(message.get_payload_bytes())) {
                wake();
            }
        }
        Ok(())
    }

    /// Notes a message; says whether there is something to look for.
    fn hear(&self, message: &str) -> bool {
        let Some((node, told)) = message.rsplit_once(':') else { return true };
        let Ok(told) = told.parse() else { return true };
        let now = Heard { told, at: Instant::now() };
        let mut heard = self.heard.lock();
        if let Some(last) = heard.get_mut(node) {
            let is_news = last.told != told && node != self.node;
            *last = now;
            return is_news;
        }
        heard.retain(|_, last| last.at.elapsed() < GONE);
        if heard.len() < MOST_NODES {
            heard.insert(node.to_owned(), now);
        }
        node != self.node
    }
}
