//! Who may do what.

use doorward_core::Secret;
use doorward_testkit::{RealServer, UNHINDERED, free_folder};
use http::Method;
use serde_json::json;

use crate::dialect::r2r::{dialect, dialect_with, logged_in, register, signed_in};

/// Every route of accounts that asks for a credential.
const GUARDED: &[(Method, &str)] = &[
    (Method::POST, "/v1/logout"),
    (Method::POST, "/v2/logout"),
    (Method::POST, "/v3/users/logout"),
    (Method::GET, "/v1/user"),
    (Method::GET, "/v2/user"),
    (Method::GET, "/v3/users/me"),
    (Method::PUT, "/v1/user"),
    (Method::PUT, "/v2/user"),
    (Method::POST, "/v3/users/{id}"),
    (Method::GET, "/v3/users/{id}"),
    (Method::DELETE, "/v1/user"),
    (Method::DELETE, "/v2/user/{id}"),
    (Method::DELETE, "/v3/users/{id}"),
    (Method::POST, "/v1/change_password"),
    (Method::POST, "/v2/change_password"),
    (Method::POST, "/v3/users/change-password"),
    (Method::POST, "/v3/users/{id}/api-keys"),
    (Method::GET, "/v3/users/{id}/api-keys"),
    (Method::DELETE, "/v3/users/{id}/api-keys/{id}"),
    (Method::GET, "/v3/users/{id}/limits"),
    (Method::GET, "/v2/user/{id}/verification_data"),
    (Method::GET, "/v1/users_overview"),
    (Method::GET, "/v2/users_overview"),
    (Method::POST, "/v1/users_overview"),
    (Method::GET, "/v3/users"),
    (Method::POST, "/v3/users/export"),
    (Method::GET, "/v1/server_stats"),
    (Method::GET, "/v2/server_stats"),
    (Method::GET, "/v3/system/status"),
    (Method::GET, "/v1/app_settings"),
    (Method::GET, "/v2/app_settings"),
    (Method::GET, "/v3/system/settings"),
    (Method::GET, "/v1/logs"),
    (Method::GET, "/v2/logs"),
    (Method::GET, "/v1/analytics"),
    (Method::GET, "/v2/analytics"),
];
/// Those of them that are for everybody who is signed in, about themselves.
const OWN: &[&str] = &["logout", "/user", "me", "change", "api-keys", "limits"];

#[tokio::test]
async fn weak_spot_01_without_a_credential_nobody_is_anybody() {
    let app = dialect().await;
    app.superuser().await;
    let id = register(&app, "ada").await["id"].as_str().unwrap().to_owned();

    for (method, path) in GUARDED {
        let answer = app.call(method.clone(), &path.replace("{id}", &id)).json(&json!({})).await;

        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
        assert!(answer.json()["detail"]["message"].is_string(), "{method} {path}");
    }
    let body =
        json!({ "email": "eve@example.com", "password": "correct horse battery", "is_verified": true });
    app.post("/v3/users").json(&body).await.expect(403);
}

#[tokio::test]
async fn weak_spot_01_where_authentication_is_off_only_this_machine_is_let_in() {
    let app = dialect_with(|plan| plan.http.requires_authentication = false).await;
    app.superuser().await;

    let here = app.get("/v1/user").header("host", "127.0.0.1:7272").await.expect(200);
    let rebound = app.get("/v1/user").header("host", "evil.example:7272").await;
    let bad = app.get("/v1/user").bearer("nonsense").await;

    assert_eq!(here.json()["results"]["is_superuser"], true);
    assert_eq!(here.header("x-doorward-warning"), "authentication is off");
    assert_eq!((rebound.status.as_u16(), bad.status.as_u16()), (403, 401));
    let exposed = doorward::config::parse(
        "[server]\nbind = \"0.0.0.0:7272\"\ninsecure_plain_http = true\n[auth]\nrequire_authentication = false\n",
        &doorward::config::Environment::default(),
    );
    assert!(exposed.is_err(), "a server that others reach is not opened by one word");
}

#[tokio::test]
async fn weak_spot_03_the_first_administrator_has_a_password_of_their_own() {
    let published =
        "[dialect.r2r]\nenabled = true\n[auth]\ndefault_admin_password = \"change_me_immediately\"\n";
    let refused = doorward::config::parse(published, &doorward::config::Environment::default());
    assert!(refused.is_err_and(|error| error.to_string().contains("every manual")));

    let folder = free_folder();
    let settings = format!("{UNHINDERED}[dialect.r2r]\nenabled = true\n");
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), &settings);
    let after = |word: &str| {
        let line = server.greeting.lines().find_map(|line| line.trim().strip_prefix(word));
        line.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default().to_owned()
    };
    let (email, password) = (after("admin"), Secret::new(after("password")));
    let form = [("username", email.as_str()), ("password", password.expose())];
    let answer = reqwest::Client::new().post(server.url("/v1/login")).form(&form).send().await.unwrap();

    assert_eq!(answer.status(), 200, "{}", server.greeting);
    assert!(server.stop().success());
    let later = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), &settings);
    assert!(!later.greeting.contains("password"), "it is shown once");
}

#[tokio::test]
async fn weak_spot_14_every_route_has_its_word_on_who_may_use_it() {
    let app = dialect().await;
    let root = app.superuser().await;
    let root = app.get("/v3/users/me").bearer(&root.access).await.expect(200).json()["results"]["id"].clone();
    let eve = signed_in(&app, "eve").await;

    for (method, path) in GUARDED {
        let is_about_somebody = path.contains("{id}");
        if OWN.iter().any(|own| path.contains(own)) && !is_about_somebody {
            continue;
        }
        let target = path.replace("{id}", root.as_str().unwrap());
        let answer = app.call(method.clone(), &target).bearer(&eve.access).json(&json!({})).await;

        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn weak_spot_23_every_refusal_has_a_code_and_no_cause() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    for answer in [
        app.get("/v1/user").bearer("x").await,
        app.get("/v1/user").bearer("a.b.c").await,
        app.get("/v1/users_overview").bearer(&ada.access).await,
        app.post("/v1/login").body("text/plain", "x").await,
        app.post("/v2/register").body("application/json", &b"\xff\xfe"[..]).await,
        app.get("/v3/users/nobody").bearer(&ada.access).await,
        app.delete("/v3/users/nobody/api-keys/x").bearer(&ada.access).await,
    ] {
        assert!(answer.status.is_client_error(), "{}", answer.text());
        let body = answer.json();
        assert!(
            body["code"].is_string() && body["message"].is_string() && !body["detail"].is_null(),
            "{body}"
        );
        for cause in ["SELECT", "panicked", "serde", "src/", "Traceback"] {
            assert!(!answer.text().contains(cause), "{body}");
        }
    }
}

#[tokio::test]
async fn weak_spot_28_no_link_to_a_provider_that_is_not_set_up() {
    let app = dialect().await;

    for provider in ["google", "github", "password", "None"] {
        let link = app.get(&format!("/v3/users/oauth/{provider}/authorize")).await;
        let back = app.get(&format!("/v3/users/oauth/{provider}/callback?code=x&state=constant")).await;

        assert_eq!(link.status, 404, "{provider}");
        assert!(!back.status.is_success(), "{provider}");
    }
}

#[tokio::test]
async fn weak_spot_30_a_header_chooses_no_other_data() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    for project in ["r2r_default", "somebody_else", "'; DROP SCHEMA public"] {
        let answer = app.get("/v3/users/me").bearer(&ada.access).header("x-project-name", project).await;

        assert_eq!(answer.expect(200).json()["results"]["email"], "ada@example.com");
    }
}

#[tokio::test]
async fn weak_spot_34_no_page_of_another_origin_reads_an_answer_unless_it_is_listed() {
    let app = dialect_with(|plan| plan.http.allowed_origins = vec!["https://app.example".to_owned()]).await;

    let other = app.get("/v3/health").header("origin", "https://evil.example").await.expect(200);
    let listed = app.get("/v3/health").header("origin", "https://app.example").await.expect(200);

    assert_eq!(other.header("access-control-allow-origin"), "");
    assert_eq!(listed.header("access-control-allow-origin"), "https://app.example");
    let none = dialect().await.get("/v3/health").header("origin", "https://app.example").await;
    assert_eq!(none.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn weak_spot_35_roles_count_for_tokens_of_the_dialect_too() {
    let app = dialect().await;
    let root = app.superuser().await;
    let ada = register(&app, "ada").await;
    let role = json!({ "name": "support", "scope": "admin:users" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let give = format!("/api/v1/admin/users/{}/roles/support", ada["id"].as_str().unwrap());
    app.put(&give).bearer(&root.access).await.expect(200);

    let tokens = logged_in(&app, "ada").await;

    let session = app.get("/api/v1/session").bearer(&tokens.access).await.expect(200).json();
    assert!(session["scope"].as_str().unwrap().contains("admin:users"), "{session}");
    app.get("/v3/users").bearer(&tokens.access).await.expect(403);
}
