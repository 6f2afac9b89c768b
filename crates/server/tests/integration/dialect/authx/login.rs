//! `/login`, `/token/refresh` and `/logout`.

use doorward_core::Ttl;
use doorward_core::port::Quota;
use serde_json::json;

use super::{Browser, PASSWORD, app, check, done, with};

fn attempt(login: &str, password: &str) -> serde_json::Value {
    json!({ "login": login, "password": password })
}

#[tokio::test]
async fn one_comes_in_by_name_or_address_in_any_spelling() {
    let app = app().await;
    Browser::registered(&app, "anna").await;

    for login in ["anna", "ANNA", "anna@example.com", " Anna@Example.com"] {
        let mut browser = Browser::new(&app);
        done(&browser.post("/login", &attempt(login, PASSWORD)).await);
        assert!(browser.access.is_some() && browser.refresh.is_some());
    }
}

#[tokio::test]
async fn each_refusal_is_what_clients_expect() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;

    check(&anna.post("/login", &json!({ "login": "anna" })).await, 400, "Bad Request");
    check(&anna.post("/login", &json!({ "password": "x" })).await, 400, "Bad Request");
    check(&anna.post("/login", &attempt("anna", "wrong")).await, 401, "Unauthorized");
    app.core.set_active("anna", false).await.unwrap();
    check(&anna.post("/login", &attempt("anna", PASSWORD)).await, 400, "User is banned");
}

#[tokio::test]
async fn too_many_failures_say_how_long_to_wait() {
    let app = with(|plan| {
        plan.rules.limits.login_per_account_and_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    Browser::registered(&app, "anna").await;
    let mut browser = Browser::new(&app);
    for _ in 0..3 {
        check(&browser.post("/login", &attempt("anna", "wrong")).await, 401, "Unauthorized");
    }

    let limited = browser.post("/login", &attempt("anna", PASSWORD)).await;

    check(&limited, 429, "Too many requests");
    assert!((1..=60).contains(&limited.header("retry-after").parse::<u32>().unwrap()));
}

#[tokio::test]
async fn a_refresh_renews_both_cookies_and_names_the_access_token() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let before = anna.clone();
    app.clock.advance(Ttl::from_minutes(11));
    check(&anna.post("/token", &json!(null)).await, 401, "Unauthorized");

    let refreshed = anna.post("/token/refresh", &json!(null)).await.expect(200);

    assert_eq!(refreshed.json(), json!({ "access": anna.access.as_ref().unwrap() }));
    assert!(anna.access != before.access && anna.refresh != before.refresh);
    anna.post("/token", &json!(null)).await.expect(200);
}

#[tokio::test]
async fn a_refresh_needs_a_refresh_token() {
    let app = app().await;
    let anna = Browser::registered(&app, "anna").await;

    for refresh in [None, Some("garbage".to_owned()), anna.access.clone()] {
        let mut browser = Browser { refresh, ..anna.clone() };
        check(&browser.post("/token/refresh", &json!(null)).await, 401, "Unauthorized");
    }
}

#[tokio::test]
async fn logging_out_needs_no_login_and_clears_the_cookies() {
    let app = app().await;
    let mut nobody = Browser::new(&app);
    let mut garbage = Browser { access: Some("x".into()), refresh: Some("y".into()), ..nobody.clone() };
    let mut anna = Browser::registered(&app, "anna").await;

    for browser in [&mut nobody, &mut garbage, &mut anna] {
        let answer = browser.post("/logout", &json!(null)).await;
        done(&answer);
        assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
        assert!(browser.access.is_none() && browser.refresh.is_none());
    }
}
