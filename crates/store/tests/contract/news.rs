//! Nodes wake each other.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::{Secret, Ttl};
use doorward_store::{Cache, CacheOptions, NewsChannel};
use doorward_testkit::RedisServer;
use tokio::sync::Notify;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

fn channel(server: &RedisServer, node: &str) -> NewsChannel {
    let options = CacheOptions {
        url: Secret::new(server.tcp_url()),
        prefix: "test:".to_owned(),
        database: None,
        authority: None,
        timeout: Ttl::from_millis(200),
    };
    NewsChannel::new(Arc::new(Cache::open(&options).unwrap()), node.to_owned())
}

/// What is notified each time the node is woken; it listens already.
async fn listening(channel: NewsChannel) -> Arc<Notify> {
    let woken = Arc::new(Notify::new());
    let wake = Arc::clone(&woken);
    tokio::spawn(channel.listen(move || wake.notify_one()));
    // It is woken once when it begins: something may have happened before.
    timeout(PATIENCE, woken.notified()).await.unwrap();
    woken
}

#[tokio::test]
async fn a_node_is_woken_by_another_and_not_by_itself() {
    let server = RedisServer::start();
    let (one, other) = (channel(&server, "one"), channel(&server, "other"));
    let woken = listening(one.clone()).await;

    one.tell().await;
    assert!(timeout(Duration::from_millis(100), woken.notified()).await.is_err());
    other.tell().await;

    timeout(PATIENCE, woken.notified()).await.unwrap();
}

#[tokio::test]
async fn a_node_that_may_have_missed_something_is_woken() {
    let mut server = RedisServer::start();
    let woken = listening(channel(&server, "one")).await;

    server.restart();

    timeout(PATIENCE, woken.notified()).await.unwrap();
    channel(&server, "other").tell().await;
    timeout(PATIENCE, woken.notified()).await.unwrap();
}
