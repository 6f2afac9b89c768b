//! News between nodes: that something has ended, and that it is time to look into the database.
//!
//! A message says who sent it and nothing else. It is a hint: whoever hears one asks the database, and whoever hears none asks
//! it every second anyhow. So a message that is lost costs a moment, and one that somebody made up costs a look.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::RedisError;
use tokio::time::{interval, sleep, timeout};

use super::cache::Cache;

const CHANNEL: &str = "news";
/// So long after a fault the channel is sought again.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a silent channel is asked whether it is still there.
const PING: Duration = Duration::from_secs(5);

/// The channel on which nodes wake each other.
#[derive(Debug, Clone)]
pub struct NewsChannel {
    cache: Arc<Cache>,
    /// What this node calls itself: it does not wake itself.
    node: String,
}

impl NewsChannel {
    /// The channel of `cache`, for the node that calls itself `node`.
    pub const fn new(cache: Arc<Cache>, node: String) -> Self {
        Self { cache, node }
    }

    /// Wakes the other nodes, if the server is there.
    pub async fn tell(&self) {
        let (channel, node) = (self.cache.key(CHANNEL), self.node.clone());
        let _ = self
            .cache
            .ask(async move |mut connection| {
                redis::cmd("PUBLISH").arg(channel).arg(node).query_async::<i64>(&mut connection).await
            })
            .await;
    }

    /// Calls `wake` whenever another node has told, and when news may have been missed. Never ends.
    pub async fn listen(self, wake: impl Fn() + Send) {
        loop {
            if let Err(fault) = self.listen_once(&wake).await {
                tracing::debug!(%fault, "The channel of news is broken; seeking it again");
            }
            sleep(PAUSE).await;
        }
    }

    async fn listen_once(&self, wake: &impl Fn()) -> Result<(), RedisError> {
        let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let channel = timeout(PATIENCE, self.cache.listen()).await.map_err(late)??;
        let (mut sink, mut messages) = channel.split();
        timeout(PATIENCE, sink.subscribe(self.cache.key(CHANNEL))).await.map_err(late)??;
        wake();
        let mut ping = interval(PING);
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) if message.get_payload_bytes() == self.node.as_bytes() => {}
                    Some(_) => wake(),
                    None => return Ok(()),
                },
                _ = ping.tick() => timeout(PATIENCE, sink.ping::<redis::Value>()).await.map_err(late)?.map(drop)?,
            }
        }
    }
}
