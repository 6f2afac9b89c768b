//! What a browser gets when it comes back logged in.

use doorward_guard::{OnAuth, any};

use crate::app::{Browser, World};

const OWN: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")];

#[tokio::test]
async fn a_replay_leaves_no_trace_of_the_code() {
    let world = World::new();
    let answer = world.browser(world.oauth2()).log_in(&world, "/search?q=test&page=2").await;

    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("GET /search?q=test&page=2"), "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn where_routes_have_a_layer_each_the_browser_asks_again() {
    let world = World::new();
    let guards = world.builder().guard("login", world.oauth2()).rule(any(), "/*", "login").build().unwrap();
    let answer = Browser::before_each_route(&guards).log_in(&world, "/?q=test").await;

    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/?q=test"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn what_changes_something_is_not_replayed_unless_told() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let start = browser.post("/transfer", &OWN, "sum=1").await;
    let back = browser.approve(&world.provider, &start);
    let answer = browser.open(&back).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.location(), "https://app.example/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn a_body_is_replayed_by_choice_if_the_application_s_own_page_sent_it() {
    let cross = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site")];
    let bare = [("sec-fetch-mode", "navigate"), ("origin", "https://evil.example")];
    for (headers, is_replayed) in [(OWN, true), (cross, false), (bare, false)] {
        let world = World::new();
        let mut browser = world.browser(world.oauth2().on_auth(OnAuth::ReplayWithBody(100)));
        let start = browser.post("/transfer", &headers, "sum=1").await;
        let back = browser.approve(&world.provider, &start);
        let answer = browser.open(&back).await;

        assert_eq!(answer.body.contains("POST /transfer sum=1"), is_replayed, "{headers:?}: {}", answer.body);
        assert!(browser.is_logged_in().await);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_does_not_stop_the_login() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2().on_auth(OnAuth::ReplayWithBody(100)));
    let start = browser.post("/transfer", &OWN, &"x".repeat(1 << 20)).await;
    assert!(start.set_cookies()[0].len() < 4_096);
    let back = browser.approve(&world.provider, &start);

    assert_eq!(browser.open(&back).await.status, 303);
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn the_way_back_stays_within_the_application() {
    for (referer, location) in [
        (Some("https://app.example/landing?a=1"), "https://app.example/landing?a=1"),
        (Some("https://evil.example/x"), "https://app.example/api/data"),
        (Some("//evil.example/x"), "https://app.example/api/data"),
        (Some("https://app.example@evil.example/"), "https://app.example/api/data"),
        (Some("javascript:alert(1)"), "https://app.example/api/data"),
        (Some("https://app.example/auth/callback?code=c"), "https://app.example/api/data"),
        (None, "https://app.example/api/data"),
    ] {
        let world = World::new();
        let mut browser = world.browser(world.oauth2().on_auth(OnAuth::RedirectBack));
        let start = browser.open_from("/api/data", referer).await;
        let back = browser.approve(&world.provider, &start);
        let answer = browser.open(&back).await;

        assert_eq!((answer.status.as_u16(), answer.location()), (303, location), "{referer:?}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn a_path_with_two_slashes_does_not_lead_away() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2().on_auth(OnAuth::RedirectBack));
    let start = browser.open("//evil.example/x").await;
    if start.status == 303 {
        let back = browser.approve(&world.provider, &start);
        let answer = browser.open(&back).await;
        assert!(answer.location().starts_with("https://app.example/"), "{}", answer.location());
    } else {
        assert_eq!(start.status, 400, "a path that can be read in two ways is refused");
    }
}

#[tokio::test]
async fn the_application_may_choose_the_page_or_answer_itself() {
    let world = World::new();
    let fixed = world.oauth2().on_auth(OnAuth::RedirectTo("/home".into()));
    assert_eq!(world.browser(fixed).log_in(&world, "/x").await.location(), "/home");

    let own =
        OnAuth::own(|login| http::Response::new(format!("{} {}", login.method(), login.target()).into()));
    let answer = world.browser(world.oauth2().on_auth(own)).log_in(&world, "/x?y=1").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "GET /x?y=1"));
    assert!(answer.set_cookies().iter().any(|line| line.starts_with("__Host-doorward-guard=")));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_target_that_is_no_address_is_found_when_guards_are_built() {
    for target in ["//evil.example", "javascript:alert(1)", "home", ""] {
        let world = World::new();
        let guard = world.oauth2().on_auth(OnAuth::RedirectTo(target.into()));
        assert!(world.builder().guard("idp", guard).build().is_err(), "{target}");
    }
}
