//! Sessions (V7), and what browsers are told about them (V3).

use std::collections::HashSet;

use doorward_testkit::{PASSWORD, SignedIn, TestApp, assert_problem};
use serde_json::json;

/// All bytes of the database, its log among them.
fn bytes_at_rest(app: &TestApp) -> Vec<u8> {
    let folder = app.database();
    let files = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn v7_2_3_what_proves_a_session_is_random_and_kept_as_a_digest() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let mut seen = HashSet::new();

    for _ in 0..50 {
        let ada = SignedIn::read(&app.post("/api/v1/login").json(&body).await.expect(200));

        assert!(ada.cookie.len() >= 22 && ada.refresh.len() >= 22, "128 bits at least");
        assert!(seen.insert(ada.cookie.clone()) && seen.insert(ada.refresh.clone()));
    }
    let bytes = bytes_at_rest(&app);
    assert!(holds(&bytes, "ada@example.com"), "the database is looked into");
    assert!(!seen.iter().any(|secret| holds(&bytes, secret)));
    assert!(!holds(&bytes, PASSWORD));
}

#[tokio::test]
async fn v7_2_4_a_login_gives_a_new_session_and_ends_the_one_it_replaces() {
    let app = TestApp::start().await;
    let before = app.user("ada").signed_in_by_cookie().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });

    let answer = app.post("/api/v1/login").cookie(&before.cookie).json(&body).await.expect(200);

    let after = SignedIn::read(&answer);
    assert_ne!((&after.cookie, &after.session), (&before.cookie, &before.session));
    assert_problem!(app.get("/api/v1/session").cookie(&before.cookie).await, 401, "token_revoked");
    assert_eq!(app.verdict(&before.access).await, 401);
    app.get("/api/v1/session").cookie(&after.cookie).await.expect(200);
}

#[tokio::test]
async fn v7_4_1_a_logout_ends_the_session_at_the_server() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
    assert_problem!(app.get("/api/v1/session").cookie(&ada.cookie).await, 401, "token_revoked");
}

#[tokio::test]
async fn v7_4_2_an_account_that_is_disabled_has_no_sessions() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    app.core.set_active("ada", false).await.unwrap();

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
    assert_eq!(app.get("/api/v1/session").cookie(&ada.cookie).await.status, 401);
}

#[tokio::test]
async fn v7_4_2_an_account_that_is_deleted_has_no_sessions_and_no_keys() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let key =
        app.post("/api/v1/api-keys").bearer(&ada.access).json(&json!({ "name": "x" })).await.expect(201);
    let key = key.json()["api_key"].as_str().unwrap().to_owned();
    let id = app.get("/api/v1/me").bearer(&key).await.expect(200).json()["id"].as_str().unwrap().to_owned();

    app.delete(&format!("/api/v1/admin/users/{id}")).bearer(&root.access).await.expect(204);

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_eq!(app.verdict(&key).await, 401);
    assert_eq!(app.refresh(&ada.refresh).await.status, 401);
    assert_eq!(app.get("/api/v1/session").cookie(&ada.cookie).await.status, 401);
    assert_problem!(app.login("ada", PASSWORD).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn v3_3_1_v3_3_4_the_cookie_is_the_hosts_own_and_no_script_reads_it() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });

    let answer = app.post("/api/v1/login").json(&body).await.expect(200);

    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 2, "the session's and the device's");
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        let (pair, attributes) = cookie.split_once(';').unwrap();
        let attributes: Vec<_> = attributes.split(';').map(str::trim).collect();
        assert!(pair.starts_with("__Host-"), "{cookie}");
        for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
            assert!(attributes.contains(&attribute), "{attribute}: {cookie}");
        }
        assert!(!attributes.iter().any(|attribute| attribute.to_lowercase().starts_with("domain")));
    }
}

#[tokio::test]
async fn v3_5_1_v3_5_3_a_page_of_another_site_changes_nothing_and_a_form_is_no_json() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let logout = |site: &str| {
        let cookie = format!("__Host-doorward={}", ada.cookie);
        app.post("/api/v1/logout").header("cookie", &cookie).header("sec-fetch-site", site)
    };

    for site in ["cross-site", "same-site"] {
        assert_problem!(logout(site).await, 403, "cross_site");
    }
    let form = app.post("/api/v1/login").body("application/x-www-form-urlencoded", "identifier=ada").await;
    assert_problem!(form, 415, "unsupported_media_type");
    app.get("/api/v1/session").cookie(&ada.cookie).await.expect(200);
}

#[tokio::test]
async fn v3_5_3_what_is_safe_to_ask_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    let before = app.get("/api/v1/me").cookie(&ada.cookie).await.expect(200).json();
    let document = serde_json::to_value(doorward::openapi::document()).unwrap();
    let reads = document["paths"].as_object().unwrap().iter().filter(|(_, item)| item.get("get").is_some());

    for path in reads.map(|(path, _)| path.replace("{id}", &ada.session)) {
        for method in [http::Method::GET, http::Method::HEAD] {
            app.call(method, &path).cookie(&ada.cookie).header("sec-fetch-site", "cross-site").await;
        }
    }
    for path in ["/api/v1/logout", "/api/v1/logout/everywhere", "/api/v1/me/password", "/api/v1/refresh"] {
        assert_problem!(app.get(path).cookie(&ada.cookie).await, 405, "method_not_allowed");
    }
    app.get(&format!("/account/verify-email?token={token}")).await.expect(200);

    assert_eq!(app.get("/api/v1/me").cookie(&ada.cookie).await.expect(200).json(), before);
    assert_eq!(app.verdict(&ada.access).await, 200);
}

#[tokio::test]
async fn v3_4_2_no_origin_is_let_in_that_is_not_listed_to_the_letter() {
    let app = TestApp::with(|plan| plan.http.allowed_origins = vec!["https://app.example".into()]).await;

    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://APP.example.",
        "https://evilapp.example",
    ] {
        let answer = app.get("/healthz").header("origin", origin).await;

        assert!(answer.headers.get("access-control-allow-origin").is_none_or(|allowed| allowed != origin));
        assert!(answer.headers.get("access-control-allow-origin").is_none_or(|allowed| allowed != "*"));
    }
    let listed = app.get("/healthz").header("origin", "https://app.example").await;
    assert_eq!(listed.headers["access-control-allow-origin"], "https://app.example");
}

#[tokio::test]
async fn v3_4_3_v3_4_6_every_answer_tells_browsers_to_trust_nothing() {
    let app = TestApp::with(|plan| plan.http.public_url = "https://auth.example".into()).await;

    for path in ["/healthz", "/api/v1/me", "/nowhere"] {
        let headers = app.get(path).await.headers;

        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["strict-transport-security"].to_str().unwrap().contains("max-age=31536000"));
    }
}

#[tokio::test]
async fn v3_4_5_no_page_tells_others_where_its_reader_was() {
    let app = TestApp::start().await;

    for path in ["/docs/", "/account/reset-password?token=x", "/account/verify-email?token=x"] {
        let page = app.get(path).await.expect(200);

        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}
