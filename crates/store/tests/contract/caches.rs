//! Every kind of server that nodes can share: alone, behind TLS, behind sentinels, and a cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_core::port::{Limiter, Quota};
use doorward_core::{Secret, Timestamp, Ttl};
use doorward_store::{Cache, CacheOptions, NewsChannel, SharedLimiter};
use doorward_testkit::{RedisCluster, RedisSentinels, RedisServer};
use tokio::sync::Notify;
use tokio::time::timeout;

const QUOTA: Quota = Quota { burst: 4, refill: Ttl::from_seconds(10) };
const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);
const PATIENCE: Duration = Duration::from_secs(30);

fn options(url: &str, authority: Option<&str>) -> CacheOptions {
    CacheOptions {
        url: Secret::new(url.to_owned()),
        prefix: "test:".to_owned(),
        database: None,
        authority: authority.map(|pem| pem.as_bytes().to_vec()),
        timeout: Ttl::from_seconds(1),
    }
}

fn open(url: &str, authority: Option<&str>) -> Arc<Cache> {
    Arc::new(Cache::open(&options(url, authority)).unwrap())
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn well(cache: &Cache) {
    until("the cache answers", async || cache.is_well()).await;
}

/// How many of `attempts` for each of `keys` pass, when they are spread over `nodes`.
async fn passed(nodes: &[SharedLimiter], keys: u32, attempts: usize) -> u32 {
    let mut passed = 0;
    for key in 0..keys {
        for attempt in 0..attempts {
            let node = &nodes[attempt % nodes.len()];
            passed += u32::from(node.reserve(&key.to_string(), QUOTA, NOW).await.is_ok());
        }
    }
    passed
}

/// Whether two nodes that share the server count as one and hear of each other.
async fn is_shared(url: &str, authority: Option<&str>) {
    let caches = [open(url, authority), open(url, authority)];
    for cache in &caches {
        well(cache).await;
    }
    let nodes = caches.clone().map(SharedLimiter::new);
    assert_eq!(passed(&nodes, 20, 8).await, 20 * QUOTA.burst, "{}", caches[0].kind());

    let [one, other] = caches;
    let woken = Arc::new(Notify::new());
    let wake = Arc::clone(&woken);
    tokio::spawn(NewsChannel::new(one, "one".to_owned()).listen(move || wake.notify_one()));
    timeout(PATIENCE, woken.notified()).await.unwrap();
    NewsChannel::new(other, "other".to_owned()).tell().await;
    timeout(PATIENCE, woken.notified()).await.unwrap();
}

#[tokio::test]
async fn a_server_behind_tls_is_shared_by_those_who_trust_its_authority() {
    let (server, authority) = RedisServer::start_with_tls();
    let url = format!("rediss://{}", server.address());
    let stranger = an_authority();

    is_shared(&url, Some(&authority)).await;

    for (url, authority) in [(&*url, Some(&*stranger)), (&url, None), (&server.tcp_url(), None)] {
        let cache = open(url, authority);
        until("nobody is believed", async || cache.away_for().is_some()).await;
        assert!(!cache.is_well());
    }
}

/// The certificate of an authority that has signed nothing here.
fn an_authority() -> String {
    RedisServer::start_with_tls().1
}

#[tokio::test]
async fn a_cluster_is_shared_and_its_servers_share_the_keys() {
    let cluster = RedisCluster::start();

    is_shared(&cluster.url(), None).await;

    for server in &cluster.servers {
        assert!(server.command("KEYS *").contains("test:meter:"));
    }
}

#[tokio::test]
async fn a_cluster_that_has_lost_a_part_counts_as_away_until_it_is_whole() {
    let cluster = RedisCluster::start();
    let cache = open(&cluster.url(), None);
    well(&cache).await;
    let node = [SharedLimiter::new(Arc::clone(&cache))];

    cluster.servers[2].hang();
    until("the loss is seen", async || {
        let _ = node[0].reserve("probe", QUOTA, NOW).await;
        !cache.is_well()
    })
    .await;
    assert!(passed(&node, 20, 8).await <= 20 * QUOTA.burst);

    cluster.servers[2].go_on();
    well(&cache).await;
}

#[tokio::test]
async fn behind_sentinels_the_new_primary_is_found_and_this_node_has_forgotten_nothing() {
    let mut sentinels = RedisSentinels::start();
    is_shared(&sentinels.url(), None).await;
    let cache = open(&sentinels.url(), None);
    well(&cache).await;
    let node = [SharedLimiter::new(Arc::clone(&cache))];

    sentinels
        .fail_over(async || {
            for _ in 0..QUOTA.burst {
                node[0].reserve("lost", QUOTA, NOW).await.unwrap();
            }
        })
        .await;

    until("the new primary is used", async || {
        let _ = node[0].reserve("probe", Quota { burst: 1_000_000, ..QUOTA }, NOW).await;
        sentinels.replica.command("KEYS *").contains("test:meter:") && cache.is_well()
    })
    .await;
    assert!(node[0].reserve("lost", QUOTA, NOW).await.is_err());
}

#[tokio::test]
async fn sentinels_and_servers_that_speak_tls_alone_are_shared_by_those_who_trust_them_also_after_a_failover()
{
    let (mut sentinels, authority) = RedisSentinels::start_with_tls();
    is_shared(&sentinels.url(), Some(&authority)).await;
    let (trusting, stranger) = (open(&sentinels.url(), Some(&authority)), open(&sentinels.url(), None));
    well(&trusting).await;
    until("nobody is believed", async || stranger.away_for().is_some()).await;

    sentinels.fail_over(async || {}).await;

    let node = [SharedLimiter::new(Arc::clone(&trusting))];
    until("the new primary is used", async || {
        let _ = node[0].reserve("probe", Quota { burst: 1_000_000, ..QUOTA }, NOW).await;
        sentinels.replica.command("KEYS *").contains("test:meter:") && trusting.is_well()
    })
    .await;
    assert!(!stranger.is_well());
}

#[tokio::test]
async fn sentinels_that_ask_for_a_password_are_told_it() {
    let sentinels = RedisSentinels::start_with_password("open-sesame");
    let hosts = sentinels.url().replace("://", "://:open-sesame@");
    let cache = open(&hosts, None);

    well(&cache).await;

    assert_eq!(passed(&[SharedLimiter::new(cache)], 1, 8).await, QUOTA.burst);
    let stranger = open(&sentinels.url(), None);
    until("a stranger is told nothing", async || stranger.away_for().is_some()).await;
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_refused_and_not_repeated() {
    for url in [
        "redis-sentinel://:secret@localhost:26379",
        "redis-cluster://:secret@[/",
        "redis://:secret@:x",
        "secret",
    ] {
        let fault = Cache::open(&options(url, None)).unwrap_err().to_string();

        assert!(!fault.contains("secret"), "{fault}");
    }
}
