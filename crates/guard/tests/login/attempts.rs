//! Attempts: each belongs to one browser and one guard, and is good once.

use std::time::Duration;

use doorward_guard::guards::{OAuth2, Registration};
use doorward_guard::testkit::{Endpoint, Fault};
use doorward_guard::{OnAuth, any};

use crate::app::{Browser, ISSUER, World};

#[tokio::test]
async fn a_callback_without_an_attempt_is_refused() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let state = browser.open("/").await.param("state").unwrap();

    for path in [
        "/auth/callback".to_owned(),
        "/auth/callback?code=c1".to_owned(),
        "/auth/callback?code=c1&state=other".to_owned(),
        format!("/auth/callback?code=c1&state={state}&state={state}"),
        format!("/auth/callback?code=c1&code=c2&state={state}"),
    ] {
        assert_eq!(browser.open(&path).await.status, 400, "{path}");
    }
    assert_eq!(world.provider.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_callback_without_a_code_is_refused() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let state = browser.open("/").await.param("state").unwrap();

    assert_eq!(browser.open(&format!("/auth/callback?state={state}")).await.status, 400);
    assert_eq!(world.provider.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_attempt_is_over_after_ten_minutes() {
    for (seconds, status) in [(599, 200), (600, 400)] {
        let world = World::new();
        let mut browser = world.browser(world.oauth2());
        let start = browser.open("/").await;
        world.clock.pass(Duration::from_secs(seconds));
        let back = browser.approve(&world.provider, &start);

        assert_eq!(browser.open(&back).await.status, status, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_attempt_is_good_once_even_for_a_browser_that_keeps_its_cookie() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let start = browser.open("/").await;
    let back = browser.approve(&world.provider, &start);
    let mut twin = browser.clone();

    assert_eq!(browser.open(&back).await.status, 200);
    assert_eq!(twin.open(&back).await.status, 400);
    assert!(!twin.is_logged_in().await);
    assert_eq!(world.provider.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn of_many_callbacks_at_one_time_one_is_taken() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let start = browser.open("/").await;
    let back = browser.approve(&world.provider, &start);
    // A provider that takes a code as often as it comes: one's own check has to hold.
    let token = r#"{"access_token":"at","token_type":"bearer"}"#.to_owned();
    world.provider.misbehave(Fault::Answer(Endpoint::Token, 200, "application/json".into(), token));
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let (mut twin, back) = (browser.clone(), back.clone());
            tokio::spawn(async move { twin.open(&back).await.status })
        })
        .collect();

    let mut taken = 0;
    for call in calls {
        taken += usize::from(call.await.unwrap() == 200);
    }
    assert_eq!(taken, 1);
    assert_eq!(world.provider.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn the_answer_to_another_browsers_attempt_is_refused() {
    let world = World::new();
    let mut victim = world.browser(world.oauth2());
    let mut attacker = victim.other();
    victim.open("/").await;
    let start = attacker.open("/").await;
    let back = attacker.approve(&world.provider, &start);

    assert_eq!(victim.open(&back).await.status, 400);
    assert!(!victim.is_logged_in().await);
}

#[tokio::test]
async fn the_answer_to_another_guards_attempt_is_refused() {
    let world = World::new();
    let other = Registration::new("cid", "csecret", "https://app.example/auth2");
    let evil = OAuth2::new("https://evil.example/a", "https://evil.example/t", other);
    let guards = world.builder().guard("idp", world.oauth2()).guard("evil", evil);
    let guards = guards.rule(any(), "/a", "idp").rule(any(), "/b", "evil").build().unwrap();
    let mut browser = Browser::before(&guards);
    let state = browser.open("/b").await.param("state").unwrap();

    let answer = browser.open(&format!("/auth/callback?code=c1&state={state}")).await;

    assert_eq!(answer.status, 400);
    assert_eq!(world.provider.count(Endpoint::Token), 0, "the code is not sent to the wrong provider");
}

#[tokio::test]
async fn the_provider_s_refusal_is_told_by_its_name_alone() {
    for (error, status) in [
        ("access_denied", 403),
        ("invalid_request", 400),
        ("unauthorized_client", 400),
        ("invalid_scope", 400),
        ("server_error", 503),
        ("temporarily_unavailable", 503),
        ("something_else", 400),
    ] {
        let world = World::new();
        let mut browser = world.browser(world.oauth2());
        let state = browser.open("/").await.param("state").unwrap();
        let more = "error_description=%3Cb%3Etext&error_uri=https%3A%2F%2Fevil.example%2Fx";
        let answer = browser.call(&format!("/auth/callback?error={error}&{more}&state={state}")).await;

        assert_eq!(answer.status, status, "{error}");
        let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["title"], error);
        assert!(!answer.body.contains("text") && !answer.body.contains("evil"), "{}", answer.body);
        assert_eq!(world.provider.count(Endpoint::Token), 0);
    }
}

#[tokio::test]
async fn the_state_is_judged_before_the_error() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    browser.open("/").await;

    let answer = browser.open("/auth/callback?error=access_denied&state=other").await;

    assert_eq!(answer.status, 400);
    assert!(!answer.body.contains("access_denied"));
}

#[tokio::test]
async fn an_error_is_escaped_on_the_page_that_shows_it() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let state = browser.open("/").await.param("state").unwrap();
    let path = format!("/auth/callback?error=%3Cscript%3Ealert(1)%3C%2Fscript%3E&state={state}");
    let request = http::Request::get(path).header("accept", "text/html").body(axum::body::Body::empty());
    let answer = browser.send(request.unwrap()).await;

    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
}

#[tokio::test]
async fn a_browser_keeps_a_few_attempts_and_several_tabs_work() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2().on_auth(OnAuth::RedirectBack));
    let first = browser.open("/one").await;
    let second = browser.open("/two").await;
    let back = browser.approve(&world.provider, &first);
    assert_eq!(browser.open(&back).await.location(), "https://app.example/one");
    let back = browser.approve(&world.provider, &second);
    assert_eq!(browser.open(&back).await.location(), "https://app.example/two");

    let mut other = browser.other();
    for _ in 0..20 {
        other.open("/").await;
    }
    assert!(other.cookies.len() <= 4, "{} cookies", other.cookies.len());
}

#[tokio::test]
async fn the_cookie_of_an_attempt_says_nothing_and_cannot_be_changed() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let start = browser.open("/secret-page").await;
    let back = browser.approve(&world.provider, &start);
    let value = browser.cookies.values_mut().next().unwrap();
    assert!(!value.contains("secret-page"));
    let last = if value.ends_with('A') { 'B' } else { 'A' };
    value.pop();
    value.push(last);

    assert_eq!(browser.open(&back).await.status, 400);
}

#[tokio::test]
async fn two_guards_cannot_share_a_callback_path() {
    let world = World::new();
    let other = OAuth2::new(
        format!("{ISSUER}/a"),
        format!("{ISSUER}/t"),
        Registration::new("x", "y", "https://app.example/auth/callback"),
    );
    let built = world.builder().guard("idp", world.oauth2()).guard("other", other).build();

    assert!(built.unwrap_err().to_string().contains("one callback path"));
}

#[tokio::test]
async fn several_providers_are_offered_on_a_page_without_scripts() {
    let world = World::new();
    let other = OAuth2::new(
        "https://other.example/a",
        "https://other.example/t",
        Registration::new("x", "y", "https://app.example/auth/other"),
    );
    let guards = world.builder().guard("idp", world.oauth2()).guard("other", other.service_name("<Other>"));
    let mut browser = Browser::before(&guards.rule(any(), "/*", "idp || other").build().unwrap());
    let page = browser.open("/").await;

    assert!(
        page.body.contains("https://idp.example/authorize?")
            && page.body.contains("https://other.example/a?")
    );
    assert!(page.body.contains("&lt;Other&gt;") && !page.body.contains("<script"));
    assert_eq!(browser.cookies.len(), 2, "an attempt for each");
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
}
