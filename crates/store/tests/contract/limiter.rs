//! What every limiter promises, wherever its meters are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_core::port::{Limiter, Quota};
use doorward_core::{Secret, Timestamp, Ttl};
use doorward_store::{Cache, CacheOptions, MemoryLimiter, SharedLimiter};
use doorward_testkit::RedisServer;

const QUOTA: Quota = Quota { burst: 4, refill: Ttl::from_seconds(10) };

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_millis(1_769_846_400_000) + Ttl::from_seconds(seconds)
}

/// A node of those that share `server`.
fn node(server: &RedisServer) -> Arc<SharedLimiter> {
    let options = CacheOptions {
        url: Secret::new(server.url()),
        prefix: "test:".to_owned(),
        database: Some(3),
        authority: None,
        timeout: Ttl::from_millis(200),
    };
    Arc::new(SharedLimiter::new(Arc::new(Cache::open(&options).unwrap())))
}

/// Every kind there is; the server lives as long as they do.
fn kinds() -> (RedisServer, Vec<Arc<dyn Limiter>>) {
    let server = RedisServer::start();
    let shared: Arc<dyn Limiter> = node(&server);
    (server, vec![Arc::new(MemoryLimiter::default()), shared])
}

async fn passes(limiter: &dyn Limiter, key: &str, at: Timestamp) -> bool {
    limiter.reserve(key, QUOTA, at).await.is_ok()
}

#[tokio::test]
async fn a_burst_passes_and_the_next_one_is_told_how_long_to_wait() {
    let (_server, kinds) = kinds();
    for limiter in kinds {
        for _ in 0..4 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
        }

        let limited = limiter.reserve("k", QUOTA, at(0)).await.unwrap_err();

        assert_eq!(limited.retry_after, Ttl::from_seconds(10));
        assert!(!passes(&*limiter, "k", at(9)).await);
        assert!(passes(&*limiter, "k", at(10)).await);
        assert!(!passes(&*limiter, "k", at(10)).await);
        assert!(passes(&*limiter, "other", at(10)).await);
    }
}

#[tokio::test]
async fn how_many_places_are_taken_is_told() {
    let (_server, kinds) = kinds();
    for limiter in kinds {
        assert_eq!(limiter.taken("k", QUOTA, at(0)).await, 0);
        for _ in 0..3 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
        }

        let taken = [limiter.taken("k", QUOTA, at(0)).await, limiter.taken("k", QUOTA, at(15)).await];

        assert_eq!(taken, [3, 2]);
        assert_eq!(limiter.taken("other", QUOTA, at(0)).await, 0);
    }
}

#[tokio::test]
async fn what_is_given_back_can_be_taken_again_and_makes_no_credit() {
    let (_server, kinds) = kinds();
    for limiter in kinds {
        for _ in 0..20 {
            limiter.reserve("k", QUOTA, at(0)).await.unwrap();
            limiter.give_back("k", QUOTA, at(0)).await;
        }
        limiter.give_back("k", QUOTA, at(0)).await;

        for _ in 0..4 {
            assert!(passes(&*limiter, "k", at(0)).await);
        }
        assert!(!passes(&*limiter, "k", at(0)).await);
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nobody_out_and_lets_one_attempt_in() {
    let (_server, kinds) = kinds();
    for limiter in kinds {
        limiter.reserve("k", QUOTA, at(86_400)).await.unwrap();

        assert!(passes(&*limiter, "k", at(0)).await);
        let limited = limiter.reserve("k", QUOTA, at(0)).await.unwrap_err();

        assert_eq!(limited.retry_after, Ttl::from_seconds(10));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_share_the_burst_and_no_more() {
    let (_server, kinds) = kinds();
    for limiter in kinds {
        let racers: Vec<_> = (0..64)
            .map(|_| {
                let limiter = Arc::clone(&limiter);
                tokio::spawn(async move { passes(&*limiter, "k", at(0)).await })
            })
            .collect();
        let mut passed = 0;
        for racer in racers {
            passed += u32::from(racer.await.unwrap());
        }

        assert_eq!(passed, 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_count_an_attempt_once() {
    let server = RedisServer::start();
    let nodes = [node(&server), node(&server), node(&server)];

    let racers: Vec<_> = (0..60)
        .map(|number| {
            let node = Arc::clone(&nodes[number % 3]);
            tokio::spawn(async move { passes(&*node, "k", at(0)).await })
        })
        .collect();
    let mut passed = 0;
    for racer in racers {
        passed += u32::from(racer.await.unwrap());
    }

    assert_eq!(passed, 4);
}

#[tokio::test]
async fn keys_are_kept_as_digests_that_vanish_by_themselves_in_the_database_that_was_said() {
    let server = RedisServer::start();
    let limiter = node(&server);

    limiter.reserve("login/name:ada/192.0.2.1/0", QUOTA, at(0)).await.unwrap();

    let keys = server.command("SELECT 3\r\nKEYS *");
    assert!(keys.contains("test:meter:") && !keys.contains("ada") && !keys.contains("192.0.2.1"), "{keys}");
    let key = keys.lines().find(|line| line.starts_with("test:")).unwrap().to_owned();
    let life = server.command(&format!("SELECT 3\r\nPTTL {key}"));
    assert!(life.lines().nth(1).unwrap().trim_start_matches(':').parse::<i64>().unwrap() <= 70_000, "{life}");
}

#[tokio::test]
async fn without_the_server_a_node_goes_on_with_half_the_burst_and_what_it_had_counted() {
    let mut server = RedisServer::start();
    let (limiter, other) = (node(&server), node(&server));
    assert!(passes(&*limiter, "k", at(0)).await);
    assert!(passes(&*other, "k", at(0)).await);

    server.crash();

    assert!(passes(&*limiter, "k", at(0)).await);
    assert!(!passes(&*limiter, "k", at(0)).await);
    assert!(passes(&*limiter, "new", at(0)).await);
    assert!(passes(&*limiter, "new", at(0)).await);
    assert!(!passes(&*limiter, "new", at(0)).await);
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_once_and_then_passed_by() {
    let server = RedisServer::start();
    let limiter = node(&server);
    assert!(passes(&*limiter, "k", at(0)).await);

    server.hang();
    let began = Instant::now();
    for number in 0..100 {
        assert!(passes(&*limiter, &number.to_string(), at(0)).await);
    }
    let waited = began.elapsed();
    server.go_on();

    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_server_that_comes_back_empty_is_used_again_and_gives_this_node_no_fresh_start() {
    let mut server = RedisServer::start();
    let limiter = node(&server);
    for _ in 0..4 {
        assert!(passes(&*limiter, "k", at(0)).await);
    }

    server.restart();
    assert!(!passes(&*limiter, "k", at(0)).await);
    // It is tried again now and then: until it is, this node goes by itself.
    let began = Instant::now();
    while !server.command("SELECT 3\r\nKEYS *").contains("test:meter:") {
        assert!(began.elapsed() < Duration::from_secs(10), "the server is used again");
        let _ = limiter.reserve("probe", Quota { burst: 1_000_000, ..QUOTA }, at(0)).await;
        tokio::task::yield_now().await;
    }

    assert!(!passes(&*limiter, "k", at(0)).await);
    server.command("FLUSHALL");
    assert!(!passes(&*limiter, "k", at(0)).await);
}
