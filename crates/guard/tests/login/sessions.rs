//! The session after a login.

use std::time::Duration;

use doorward_guard::testkit::{Fault, ProviderUser};
use doorward_guard::{SealKey, Sessions};

use crate::app::World;

fn both() -> [Sessions; 2] {
    [Sessions::in_memory(), Sessions::sealed(SealKey::from_bytes([7; 32]))]
}

#[tokio::test]
async fn every_login_gives_a_new_name_and_the_old_one_dies() {
    let world = World::new();
    let mut browser = world.browser(world.oidc());
    browser.log_in(&world, "/").await;
    let old = browser.clone();
    let start = browser.other().open("/").await;
    let planted = start.set_cookies()[0].split(';').next().unwrap().split_once('=').unwrap();
    browser.cookies.insert(planted.0.to_owned(), planted.1.to_owned());
    world.provider.log_in(ProviderUser::new("eve"));
    let back = browser.approve(&world.provider, &start);
    browser.open(&back).await;

    assert!(browser.call("/").await.body.starts_with("eve "));
    assert!(!old.clone().is_logged_in().await, "the session from before the login is over");
}

#[tokio::test]
async fn a_planted_session_is_nobody_s_and_is_replaced() {
    for sessions in both() {
        let world = World::new();
        let mut browser = world.browser_with(world.oidc(), sessions);
        browser.cookies.insert("__Host-doorward-guard".into(), "planted".into());
        assert!(!browser.is_logged_in().await);
        browser.log_in(&world, "/").await;

        assert_ne!(browser.cookies["__Host-doorward-guard"], "planted");
        assert!(browser.is_logged_in().await);
    }
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_and_at_the_latest_after_a_day() {
    for sessions in both() {
        let world = World::new();
        let mut browser = world.browser_with(world.oidc(), sessions.clone());
        browser.log_in(&world, "/").await;
        world.clock.pass(Duration::from_secs(3_600));
        assert!(!browser.is_logged_in().await, "not used for an hour");

        let world = World::new();
        let mut browser = world.browser_with(world.oidc(), sessions);
        browser.log_in(&world, "/").await;
        let mut hours = 0;
        while browser.is_logged_in().await {
            world.clock.pass(Duration::from_secs(1_800));
            hours += 1;
        }
        assert_eq!(hours, 48, "half hours");
    }
}

#[tokio::test]
async fn a_logout_is_final_and_the_application_s_own_pages_alone_can_do_it() {
    for sessions in both() {
        let world = World::new();
        let mut browser = world.browser_with(world.oidc(), sessions);
        browser.log_in(&world, "/").await;
        let thief = browser.clone();

        for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let answer = browser.post("/logout", &[foreign, ("host", "app.example")], "").await;
            assert_eq!(answer.status, 403, "{foreign:?}");
        }
        assert!(browser.is_logged_in().await);
        let own = [("origin", "https://app.example"), ("host", "app.example")];
        assert_eq!(browser.post("/logout", &own, "").await.status, 303);

        assert!(!browser.is_logged_in().await);
        assert!(!thief.clone().is_logged_in().await, "a copy of the cookie is worth nothing");
    }
}

#[tokio::test]
async fn the_cookie_of_a_session_holds_no_readable_token() {
    let world = World::new();
    let mut browser = world.browser_with(world.oidc(), Sessions::sealed(SealKey::from_bytes([7; 32])));
    let answer = browser.log_in(&world, "/").await;

    let line = answer.set_cookies()[0];
    assert!(line.contains("; Secure; HttpOnly; SameSite=Lax"), "{line}");
    assert!(!line.contains("at-") && !line.contains("ada"), "{line}");
}

#[tokio::test]
async fn a_login_with_a_long_id_token_fits_into_a_cookie_and_is_still_renewed() {
    let world = World::new();
    let provider = world.provider.clone().token_life(300);
    provider.log_in(ProviderUser::new("ada").claim("groups", "x".repeat(4_000)));
    let mut browser = world.browser_with(world.oidc(), Sessions::sealed(SealKey::from_bytes([7; 32])));
    let answer = browser.log_in(&world, "/").await;

    assert_eq!(answer.status, 200);
    assert!(answer.set_cookies().iter().all(|line| line.len() < 4_096));
    world.clock.pass(Duration::from_secs(300));
    assert!(browser.is_logged_in().await, "renewed, and known to be of the same user");

    provider.misbehave(Fault::Claim("sub", serde_json::json!("eve")));
    world.clock.pass(Duration::from_secs(300));
    assert!(!browser.is_logged_in().await);
}
