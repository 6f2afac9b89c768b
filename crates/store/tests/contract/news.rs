//! Nodes wake each other.

use std::sync::Arc;
use std::time::{Duration, Instant};

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
async fn a_message_that_was_lost_is_missed_by_the_next_sign_of_life() {
    let server = RedisServer::start();
    let woken = listening(channel(&server, "one")).await;
    server.command("PUBLISH test:news other:1");
    timeout(PATIENCE, woken.notified()).await.unwrap();

    server.command("PUBLISH test:news other:1");
    assert!(timeout(Duration::from_millis(100), woken.notified()).await.is_err());
    server.command("PUBLISH test:news other:3");

    timeout(PATIENCE, woken.notified()).await.unwrap();
}

/// Waits until `channel` carries, or does not.
async fn until_it_carries(channel: &NewsChannel, carries: bool) {
    let began = Instant::now();
    while channel.carries() != carries {
        assert!(began.elapsed() < PATIENCE, "{carries}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_channel_carries_while_every_node_is_heard_and_not_when_the_server_is_gone() {
    let mut server = RedisServer::start();
    let (one, other) = (channel(&server, "one"), channel(&server, "other"));
    assert!(!one.carries());
    listening(one.clone()).await;
    let speaking = tokio::spawn(other.clone().listen(|| {}));
    until_it_carries(&other, true).await;
    until_it_carries(&one, true).await;

    speaking.abort();
    until_it_carries(&one, false).await;
    tokio::spawn(other.clone().listen(|| {}));
    until_it_carries(&one, true).await;
    server.crash();
    until_it_carries(&one, false).await;
    server.restart();
    until_it_carries(&one, true).await;
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
