//! Forward auth: what a proxy is told about the requests of others.

mod nginx;
mod same_verdict;
mod sign_in;

use doorward::config::{Config, Environment, parse};
use doorward_testkit::{Answer, Call, SignedIn, TestApp};

const HOST: &str = "wiki.example";
const RULES: &str = r#"
rules = [
  { path = "/*", flow = "session || bearer || api_key || basic" },
  { path = "/edit/*", flow = "session || bearer", scopes = ["wiki:write"] },
  { path = "/open/*", public = true },
  { path = "/feed", flow = "application", scopes = ["wiki:write"] },
]
assertion = true
allowed_origins = ["https://board.example"]
"#;

/// The configuration with the host, `more` at its end.
fn settings(more: &str) -> Config {
    let text = format!(
        "[server]\npublic_url = \"https://auth.example\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[scopes]\n\"wiki:write\" = \"Write\"\n\
         [forward_auth.\"{HOST}\"]\n{RULES}\n{more}"
    );
    parse(&text, &Environment::default()).expect("the configuration is good")
}

async fn start(more: &str) -> TestApp {
    let config = settings(more);
    TestApp::with(|plan| (plan.http, plan.rules.scopes) = (config.http, config.rules.scopes)).await
}

/// What Traefik or Caddy would ask about a GET.
fn asks(app: &TestApp, target: &str) -> Call {
    asks_about(app, "GET", HOST, target)
}

fn asks_about(app: &TestApp, method: &str, host: &str, target: &str) -> Call {
    let call = app.get("/forward-auth").from("10.0.0.9").header("x-forwarded-for", "192.0.2.7");
    let call = call.header("x-forwarded-method", method).header("x-forwarded-host", host);
    call.header("x-forwarded-uri", target)
}

fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

async fn api_key(app: &TestApp, ada: &SignedIn) -> String {
    let body = serde_json::json!({ "name": "robot" });
    let made = app.post("/api/v1/api-keys").bearer(&ada.access).json(&body).await.expect(201).json();
    made["api_key"].as_str().expect("the key is shown").to_owned()
}

#[tokio::test]
async fn whoever_may_pass_is_named_in_every_header() {
    let app = start("").await;
    let root = app.superuser().await;

    let answer = asks(&app, "/edit/page").bearer(&root.access).await.expect(200);

    assert_eq!(answer.header("remote-user"), "root");
    assert_eq!(answer.header("remote-groups"), "superuser");
    assert_eq!(answer.header("remote-email"), "root@example.com");
    assert!(answer.header("remote-scopes").contains("wiki:write"));
    assert_eq!(answer.header("remote-assertion").split('.').count(), 3);
}

#[tokio::test]
async fn an_address_that_nobody_has_proved_is_told_to_nobody() {
    let app = start("").await;
    let ada = app.user("ada").signed_in().await;

    let answer = asks(&app, "/").bearer(&ada.access).await.expect(200);

    assert_eq!(answer.header("remote-email"), "");
    assert!(!answer.header("remote-user").contains('@'));
}

#[tokio::test]
async fn an_open_path_tells_of_nobody_and_lets_no_header_through() {
    let app = start("").await;

    let answer = asks(&app, "/open/page").header("remote-user", "root").await.expect(200);

    for name in ["remote-user", "remote-id", "remote-email", "remote-name", "remote-groups", "remote-scopes"]
    {
        assert_eq!(answer.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn programs_pass_by_what_they_hold_and_are_told_what_is_missing() {
    let app = start("").await;
    let ada = app.user("ada").signed_in().await;
    let key = api_key(&app, &ada).await;
    let password = base64(&format!("any:{key}"));

    assert_eq!(status(&asks(&app, "/").header("x-api-key", &key).await), 200);
    assert_eq!(status(&asks(&app, "/").header("authorization", &format!("Basic {password}")).await), 200);
    let nothing = asks(&app, "/").await;
    assert_eq!(status(&nothing), 401);
    assert!(nothing.headers.get_all("www-authenticate").iter().count() >= 2, "{nothing:?}");
    assert_eq!(status(&asks(&app, "/edit/page").bearer(&ada.access).await), 403, "known, without the right");
    assert_eq!(status(&asks(&app, "/feed").bearer(&ada.access).await), 401, "of no application");

    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);
    assert_eq!(status(&asks(&app, "/").bearer(&ada.access).await), 401, "ended at once");
}

#[tokio::test]
async fn an_application_passes_by_its_own_guard_and_by_its_own_name() {
    let app = start("").await;
    let root = app.superuser().await;
    let wish = serde_json::json!({ "name": "Feed", "redirect_uris": [], "own_scope": "wiki:write" });
    let feed = app.post("/api/v1/admin/clients").bearer(&root.access).json(&wish).await.expect(201).json();
    let text = |name: &str| feed[name].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text("client_id"),
        text("client_secret")
    );
    let given = app.post("/oauth2/token").body("application/x-www-form-urlencoded", form).await.expect(200);
    let token = given.json()["access_token"].as_str().unwrap().to_owned();

    let answer = asks(&app, "/feed").bearer(&token).await.expect(200);

    assert_eq!(answer.header("remote-user"), text("client_id"));
    assert_eq!(answer.header("remote-scopes"), "wiki:write");
    assert_eq!(status(&asks(&app, "/page").bearer(&token).await), 401, "no credential of an account");
}

fn base64(text: &str) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn what_nothing_names_and_who_is_no_proxy_is_refused() {
    let app = start("").await;
    let root = app.superuser().await;

    assert_eq!(status(&asks_about(&app, "GET", "other.example", "/").bearer(&root.access).await), 403);
    assert_eq!(status(&asks(&app, "/").from("192.0.2.1").bearer(&root.access).await), 403);
    assert_eq!(status(&app.get("/forward-auth").from("10.0.0.9").bearer(&root.access).await), 400);
    let nginx = app.get("/forward-auth/nginx").from("10.0.0.9").bearer(&root.access);
    assert_eq!(status(&nginx.await), 403, "nginx knows no 400");
}

#[tokio::test]
async fn paths_that_can_be_read_in_two_ways_are_refused() {
    let app = start("").await;
    let root = app.superuser().await;

    for path in [
        "/open/../edit/x",
        "/open/%2e%2e/edit/x",
        "/open/..%2fedit/x",
        "/open/..;/edit/x",
        "/open/%252e%252e/edit/x",
    ] {
        let answer = asks(&app, path).bearer(&root.access).await;
        assert_eq!(status(&answer), 400, "{path}");
    }
}

#[tokio::test]
async fn envoy_is_answered_below_its_own_path_and_no_preflight_stands_for_a_pass() {
    let cors = "[cors]\nallowed_origins = [\"https://page.example\"]";
    let app = start(cors).await;
    let envoy = |method: &str, path: &str| {
        let method = method.parse().expect("a method");
        app.call(method, &format!("/forward-auth/envoy{path}")).from("10.0.0.9").header("host", HOST)
    };

    assert_eq!(status(&envoy("GET", "/open/page?x=1").await), 200);
    assert_eq!(status(&envoy("POST", "/page").await), 401);
    let preflight = envoy("OPTIONS", "/page")
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST");
    assert_eq!(status(&preflight.await), 401);
}

#[tokio::test]
async fn preflight_requests_pass_where_the_host_lets_them() {
    let app = start("preflight = true").await;
    let preflight = |origin: bool| {
        let call = asks_about(&app, "OPTIONS", HOST, "/page").header("access-control-request-method", "POST");
        if origin { call.header("origin", "https://page.example") } else { call }
    };

    assert_eq!(status(&preflight(true).await), 200);
    assert_eq!(status(&preflight(false).await), 401, "no browser asks so");
}

#[tokio::test]
async fn encoded_bodies_of_others_are_none_of_this_servers() {
    let app = start("").await;

    assert_eq!(status(&asks(&app, "/open/page").header("content-encoding", "gzip").await), 200);
}

#[test]
fn hosts_that_cannot_work_stop_the_start() {
    let refused = |text: &str| parse(text, &Environment::default()).unwrap_err().to_string();
    let host = |rest: &str| {
        format!("[server]\ntrusted_proxies = [\"10.0.0.1\"]\n[forward_auth.\"wiki.example\"]\n{rest}")
    };
    let good = "rules = [{ path = \"/*\", flow = \"session\" }]";

    assert!(parse(&host(good), &Environment::default()).is_ok());
    assert!(refused(&format!("[forward_auth.\"wiki.example\"]\n{good}")).contains("trusted_proxies"));
    assert!(refused(&host("")).contains("rules"));
    assert!(refused(&host("rules = [{ path = \"/*\", flow = \"sesion\" }]")).contains("sesion"));
    assert!(refused(&host(good).replace("wiki.example", "Wiki.example/x")).contains("host"));
}
