//! The code flow with an OAuth 2 provider.

use doorward_guard::guards::{ClientAuth, OAuth2, Registration};
use doorward_guard::testkit::{Endpoint, Fault};
use doorward_guard::{UserPatch, Verdict, any};

use crate::app::{Browser, CALLBACK, ISSUER, World};

/// The token endpoint answers with this.
fn token_answer(status: u16, kind: &str, body: &str) -> Fault {
    Fault::Answer(Endpoint::Token, status, kind.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_browser_is_sent_to_the_provider_with_all_that_protects_the_code() {
    let world = World::new();
    let start = world.browser(world.oauth2()).open("/api/data").await;

    assert_eq!(start.status, 303);
    assert!(start.location().starts_with("https://idp.example/authorize?"));
    assert_eq!(start.param("response_type").as_deref(), Some("code"));
    assert_eq!(start.param("client_id").as_deref(), Some("cid"));
    assert_eq!(start.param("redirect_uri").as_deref(), Some(CALLBACK));
    assert_eq!(start.param("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(start.param("code_challenge").unwrap().len(), 43);
    assert_eq!(start.param("state").unwrap().len(), 43);
    assert_eq!(start.param("scope").as_deref(), Some("read write"));
    assert_eq!(start.headers["cache-control"], "no-store");
    let cookie = start.set_cookies()[0];
    assert!(cookie.starts_with("__Host-doorward-guard-login-"), "{cookie}");
    assert!(cookie.ends_with("Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"), "{cookie}");
}

#[tokio::test]
async fn no_two_logins_share_a_secret() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let (first, second) = (browser.open("/").await, browser.open("/").await);

    assert_ne!(first.param("state"), second.param("state"));
    assert_ne!(first.param("code_challenge"), second.param("code_challenge"));
}

#[tokio::test]
async fn an_endpoint_keeps_its_query_and_values_are_encoded() {
    let world = World::new();
    let registration = Registration::new("c&d=e f", "csecret", CALLBACK);
    let guard = OAuth2::new(format!("{ISSUER}/authorize?tenant=1"), format!("{ISSUER}/token"), registration)
        .service_param("login_hint", "a&b@x");

    let start = world.browser(guard).open("/").await;

    assert_eq!(start.param("tenant").as_deref(), Some("1"));
    assert_eq!(start.param("client_id").as_deref(), Some("c&d=e f"));
    assert_eq!(start.param("login_hint").as_deref(), Some("a&b@x"));
    assert_eq!(start.param("scope"), None);
}

#[tokio::test]
async fn a_script_is_told_401_and_not_sent_away() {
    let world = World::new();
    let answer = world.browser(world.oauth2()).call("/api/data").await;

    assert_eq!(answer.status, 401);
    assert!(answer.set_cookies().is_empty(), "nothing is begun");
}

#[tokio::test]
async fn whoever_comes_back_with_a_code_is_logged_in() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let answer = browser.log_in(&world, "/api/data?a=1").await;

    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("GET /api/data?a=1"), "the first request was answered: {}", answer.body);
    assert!(browser.is_logged_in().await);
    assert_eq!(browser.cookies.len(), 1, "the attempt's cookie is gone: {:?}", browser.cookies.keys());
}

#[tokio::test]
async fn the_token_request_carries_the_verifier_and_the_secret_where_it_was_told_to() {
    for (auth, in_form) in [(ClientAuth::Post, true), (ClientAuth::Basic, false)] {
        let world = World::new();
        let registration = Registration::new("cid", "p&q=+%", CALLBACK).auth(auth);
        let guard = OAuth2::new(format!("{ISSUER}/authorize"), format!("{ISSUER}/token"), registration)
            .fetch(world.provider.clone());
        let mut browser = world.browser(guard);
        browser.log_in(&world, "/").await;

        let asked = &world.provider.asked(Endpoint::Token)[0];
        assert_eq!(asked.field("grant_type"), Some("authorization_code"));
        assert_eq!(asked.field("code_verifier").map(str::len), Some(43));
        assert_eq!(asked.field("redirect_uri"), Some(CALLBACK));
        assert_eq!(asked.field("client_secret"), in_form.then_some("p&q=+%"));
        assert_eq!(asked.headers.contains_key("authorization"), !in_form);
        assert!(browser.is_logged_in().await);
    }
}

#[tokio::test]
async fn a_code_cannot_add_a_field_to_the_token_request() {
    let world = World::new();
    let mut browser = world.browser(world.oauth2());
    let start = browser.open("/").await;
    let state = start.param("state").unwrap();
    browser.open(&format!("/auth/callback?code=c1%26grant_type%3Dpassword&state={state}")).await;

    let asked = &world.provider.asked(Endpoint::Token)[0];
    assert_eq!(asked.field("code"), Some("c1&grant_type=password"));
    assert_eq!(asked.fields.iter().filter(|(name, _)| name == "grant_type").count(), 1);
}

#[tokio::test]
async fn what_is_no_clear_success_of_the_token_endpoint_logs_nobody_in() {
    let json = "application/json";
    for (fault, status) in [
        (token_answer(200, json, r#"{"error":"invalid_grant"}"#), 502),
        (token_answer(200, json, r#"{"error":"x","access_token":"at","token_type":"bearer"}"#), 502),
        (token_answer(200, json, r#"{"token_type":"bearer"}"#), 502),
        (token_answer(200, json, r#"{"access_token":"","token_type":"bearer"}"#), 502),
        (token_answer(200, json, r#"{"access_token":"at","token_type":"mac"}"#), 502),
        (token_answer(200, json, r#"["at"]"#), 502),
        (token_answer(200, json, "{"), 502),
        (token_answer(200, "text/html", "<html>"), 502),
        (token_answer(302, json, r#"{"access_token":"at","token_type":"bearer"}"#), 502),
        (token_answer(400, json, r#"{"error":"invalid_grant","error_description":"db password"}"#), 502),
        (token_answer(500, "text/plain", "boom"), 503),
        (Fault::Unreachable(Endpoint::Token), 503),
    ] {
        let world = World::new();
        world.provider.misbehave(fault.clone());
        let mut browser = world.browser(world.oauth2());
        let answer = browser.log_in(&world, "/").await;

        assert_eq!(answer.status, status, "{fault:?}");
        assert!(!answer.body.contains("db password"), "{}", answer.body);
        assert!(!browser.is_logged_in().await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_token_answer_may_be_a_form() {
    let world = World::new();
    let body = "access_token=at-1&scope=read%2Cwrite&token_type=bearer";
    world.provider.misbehave(token_answer(200, "application/x-www-form-urlencoded", body));
    let mut browser = world.browser(world.oauth2().scopes_delimiter(","));

    assert!(browser.log_in(&world, "/").await.body.contains("[read write]"));
}

#[tokio::test]
async fn scopes_are_those_of_the_token_and_never_those_that_were_asked_for() {
    let world = World::new();
    world.provider.misbehave(token_answer(
        200,
        "application/json",
        r#"{"access_token":"at","token_type":"bearer"}"#,
    ));
    assert!(world.browser(world.oauth2()).log_in(&world, "/").await.body.contains(" [] "));

    let world = World::new();
    let body = r#"{"access_token":"at","token_type":"bearer","scope":"read"}"#;
    world.provider.misbehave(token_answer(200, "application/json", body));
    assert!(world.browser(world.oauth2()).log_in(&world, "/").await.body.contains(" [read] "));
}

#[tokio::test]
async fn the_validator_decides() {
    for (verdict, status) in [
        (Verdict::Yes, 200),
        (Verdict::Scopes(["x", "y"].into()), 200),
        (Verdict::No, 403),
        (Verdict::Unknown, 503),
    ] {
        let world = World::new();
        let said = verdict.clone();
        let mut browser = world.browser(world.oauth2().validate(move |_| said.clone()));
        let answer = browser.log_in(&world, "/").await;

        assert_eq!(answer.status, status, "{verdict:?}");
        assert_eq!(browser.is_logged_in().await, status == 200);
        if let Verdict::Scopes(_) = verdict {
            assert!(answer.body.contains("[x y]"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_had_ends_the_login() {
    let world = World::new();
    let guard = || {
        world.oauth2().user_at(format!("{ISSUER}/userinfo"), |record| {
            Some(doorward_guard::UserInfo::new("", record.get("sub")?.as_str()?))
        })
    };
    assert!(world.browser(guard()).log_in(&world, "/").await.body.starts_with("ada "));

    for (answer, status) in [
        (Fault::Answer(Endpoint::UserInfo, 401, "application/json".into(), r#"{"sub":"x"}"#.into()), 502),
        (
            Fault::Answer(Endpoint::UserInfo, 200, "application/json".into(), r#"{"message":"no"}"#.into()),
            502,
        ),
        (Fault::Answer(Endpoint::UserInfo, 200, "text/html".into(), r#"{"sub":"x"}"#.into()), 502),
        (Fault::Unreachable(Endpoint::UserInfo), 503),
    ] {
        world.provider.behave();
        world.provider.misbehave(answer.clone());
        let mut browser = world.browser(guard());
        assert_eq!(browser.log_in(&world, "/").await.status, status, "{answer:?}");
        assert!(!browser.is_logged_in().await);
    }
}

#[tokio::test]
async fn a_hook_tells_more_of_the_user() {
    let world = World::new();
    let guard = world.oauth2().user_info(|user| async move {
        assert!(user.token.is_some(), "the hook may use the token");
        Ok(UserPatch { id: Some("42".into()), ..UserPatch::default() })
    });

    assert!(world.browser(guard).log_in(&world, "/").await.body.starts_with("42 [read write]"));
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused() {
    for (named, works) in [(Some(ISSUER), true), (Some("https://evil.example"), false), (None, false)] {
        let world = World::new();
        world.provider.misbehave(Fault::AnswerIssuer(named.map(str::to_owned)));
        let mut browser = world.browser(world.oauth2().issuer(ISSUER));
        let answer = browser.log_in(&world, "/").await;

        assert_eq!(answer.status == 200, works, "{named:?}");
        assert_eq!(world.provider.count(Endpoint::Token), usize::from(works), "the code goes nowhere");
    }
}

#[tokio::test]
async fn credentials_of_another_guard_need_no_login() {
    let world = World::new();
    let key = doorward_guard::guards::ApiKey::header("x-api-key").secret("k");
    let guards = world
        .builder()
        .guard("idp", world.oauth2())
        .guard("key", key)
        .rule(any(), "/*", "idp || key")
        .build()
        .unwrap();
    let request = http::Request::get("/").header("sec-fetch-mode", "navigate").header("x-api-key", "k");

    let answer = Browser::before(&guards).send(request.body(axum::body::Body::empty()).unwrap()).await;

    assert_eq!(answer.status, 200);
}
