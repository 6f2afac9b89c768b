//! Tokens that are over, and fresh ones in their place.

use std::sync::Arc;
use std::time::Duration;

use doorward_guard::testkit::{Endpoint, Fault, TestClock};
use doorward_guard::{
    Clock, KeyDigest, MemoryStore, ScopeSet, SealKey, Secret, Session, SessionStore, Sessions, Soon,
    StoreError, TokenSet,
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::app::World;

fn token(refresh: bool, age: i64, now: i64) -> TokenSet {
    let mut token = TokenSet::bearer("at-1", ScopeSet::EMPTY);
    token.refresh_token = refresh.then(|| Secret::from("rt-1"));
    token.issued_at = now - age;
    token.expires_in = Some(3_600);
    token
}

fn fresh() -> Fault {
    let body = r#"{"access_token":"at-2","token_type":"bearer","expires_in":3600,"refresh_token":"rt-2"}"#;
    Fault::Answer(Endpoint::Token, 200, "application/json".into(), body.into())
}

#[tokio::test]
async fn a_token_is_refreshed_when_it_is_over_or_on_demand() {
    // With a refresh token? Age, by force? Does it go on, and after how many requests?
    for (has_refresh, age, is_forced, goes_on, requests) in [
        (false, 10, false, true, 0),
        (false, 10, true, false, 0),
        (false, 3_700, false, false, 0),
        (true, 10, false, true, 0),
        (true, 10, true, true, 1),
        (true, 3_700, false, true, 1),
    ] {
        let world = World::new();
        world.provider.misbehave(fresh());
        let now = world.clock.now();
        let case = (has_refresh, age, is_forced);
        let after = world.oauth2().refresh(&token(has_refresh, age, now), is_forced, now).await;

        assert_eq!(after.is_some(), goes_on, "{case:?}");
        assert_eq!(world.provider.count(Endpoint::Token), requests, "{case:?}");
        if requests == 1 {
            let after = after.unwrap();
            assert_eq!(after.access_token.reveal(), "at-2");
            assert_eq!(after.refresh_token.unwrap().reveal(), "rt-2");
            let asked = &world.provider.asked(Endpoint::Token)[0];
            assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
            assert_eq!(asked.field("grant_type"), Some("refresh_token"));
            assert_eq!(asked.field("refresh_token"), Some("rt-1"));
            assert_eq!(asked.field("client_secret"), Some("csecret"));
        }
    }
}

#[tokio::test]
async fn a_login_whose_token_is_over_goes_on_with_a_fresh_one() {
    for sessions in [Sessions::in_memory(), Sessions::sealed(SealKey::from_bytes([7; 32]))] {
        let world = World::new();
        let provider = world.provider.clone().token_life(300);
        let mut browser = world.browser_with(world.oidc(), sessions);
        browser.log_in(&world, "/").await;
        for _ in 0..3 {
            world.clock.pass(Duration::from_secs(300));
            assert!(browser.call("/").await.body.starts_with("ada "));
        }
        assert_eq!(provider.count(Endpoint::Token), 4);
        assert!(browser.is_logged_in().await);
        assert_eq!(provider.count(Endpoint::Token), 4, "a fresh token is not refreshed");
    }
}

#[tokio::test]
async fn many_requests_with_one_dead_token_refresh_it_once() {
    for sessions in [Sessions::in_memory(), Sessions::sealed(SealKey::from_bytes([7; 32]))] {
        let world = World::new();
        let provider = world.provider.clone().token_life(300);
        let mut browser = world.browser_with(world.oidc(), sessions);
        browser.log_in(&world, "/").await;
        world.clock.pass(Duration::from_secs(300));
        let calls: Vec<_> = (0..32)
            .map(|_| {
                let mut tab = browser.clone();
                tokio::spawn(async move { tab.call("/").await.status })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), 200);
        }
        // A tab that still has the cookie from before.
        assert_eq!(browser.clone().call("/").await.status, 200);
        assert_eq!(provider.count(Endpoint::Token), 2, "one login, one refresh");
    }
}

#[tokio::test]
async fn a_refresh_that_is_refused_is_a_logout_and_no_error() {
    let world = World::new();
    let provider = world.provider.clone().token_life(300);
    let mut browser = world.browser(world.oidc());
    browser.log_in(&world, "/").await;
    world.clock.pass(Duration::from_secs(300));
    provider.misbehave(Fault::RefreshRefused);

    assert_eq!(browser.call("/").await.status, 401);
    assert_eq!(browser.call("/").await.status, 401);
    assert_eq!(provider.count(Endpoint::Token), 2, "a refused token is not sent again");
    provider.behave();
    assert_eq!(browser.log_in(&world, "/").await.status, 200, "people can log in again");
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_asked_again_later() {
    let world = World::new();
    let provider = world.provider.clone().token_life(300);
    let mut browser = world.browser(world.oidc());
    browser.log_in(&world, "/").await;
    world.clock.pass(Duration::from_secs(300));
    provider.misbehave(Fault::Unreachable(Endpoint::Token));

    let answer = browser.call("/").await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(browser.call("/").await.status, 503);
    assert_eq!(provider.count(Endpoint::Token), 2, "not asked at every request");
    provider.behave();
    world.clock.pass(Duration::from_secs(5));
    assert_eq!(browser.call("/").await.status, 200);
}

#[tokio::test]
async fn a_fresh_id_token_of_another_user_or_issuer_ends_the_login() {
    for fault in [
        Fault::Claim("sub", json!("eve")),
        Fault::Claim("iss", json!("https://evil.example")),
        Fault::Claim("aud", json!("other")),
        Fault::CutSignature,
    ] {
        let world = World::new();
        let provider = world.provider.clone().token_life(300);
        let mut browser = world.browser(world.oidc());
        browser.log_in(&world, "/").await;
        world.clock.pass(Duration::from_secs(300));
        provider.misbehave(fault.clone());

        assert_eq!(browser.call("/").await.status, 401, "{fault:?}");
    }
}

/// A store that writes nothing while somebody holds `gate`.
#[derive(Clone, Default)]
struct Gated {
    sessions: Arc<MemoryStore>,
    gate: Arc<Mutex<()>>,
}

impl SessionStore for Gated {
    fn load(&self, key: &KeyDigest) -> Soon<Result<Option<Arc<Session>>, StoreError>> {
        self.sessions.load(key)
    }

    fn save(&self, key: &KeyDigest, session: Arc<Session>, until: i64) -> Soon<Result<(), StoreError>> {
        let (store, key) = (self.clone(), *key);
        Soon::later(async move {
            let _open = store.gate.lock().await;
            store.sessions.save(&key, session, until).wait().await
        })
    }

    fn remove(&self, key: &KeyDigest) -> Soon<Result<(), StoreError>> {
        self.sessions.remove(key)
    }
}

#[tokio::test]
async fn a_renewal_that_is_under_way_does_not_bring_back_a_session_that_was_logged_out() {
    let (world, store) = (World::new(), Gated::default());
    let provider = world.provider.clone().token_life(300);
    let sessions = Sessions::stored(store.clone(), SealKey::from_bytes([7; 32]));
    let mut browser = world.browser_with(world.oidc(), sessions);
    browser.log_in(&world, "/").await;
    world.clock.pass(Duration::from_secs(300));
    let mut thief = browser.clone();

    let closed = store.gate.lock().await;
    let mut tab = browser.clone();
    let renewal = tokio::spawn(async move { tab.call("/").await.status });
    while provider.count(Endpoint::Token) < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    browser.post("/logout", &[], "").await;
    drop(closed);

    assert_eq!(renewal.await.unwrap(), 401);
    assert!(store.sessions.is_empty(), "what was written after the logout is gone again");
    assert!(!thief.is_logged_in().await);
}

#[test]
fn a_test_clock_moves_for_all_its_clones() {
    let clock = TestClock::at(10);
    let same = clock.clone();
    clock.pass(Duration::from_secs(5));
    assert_eq!(same.now(), 15);
}
