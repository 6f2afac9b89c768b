//! Bodies in every form that some client sends, queries, and the guards before every route.

use doorward_core::account::{AliasKind, ImportRow};
use doorward_core::client::Client;
use doorward_testkit::{PASSWORD, TestApp};
use http::Method;
use serde_json::json;

use super::{dialect, dialect_with, logged_in, login, register, signed_in};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_login_is_read_from_a_form_and_from_json_in_every_generation() {
    let app = dialect().await;
    register(&app, "ada").await;

    for path in ["/v1/login", "/v2/login", "/v3/users/login"] {
        let form = app.post(path).body(FORM, "username=ada%40example.com&password=correct+horse+battery");
        let json = json!({ "username": "ada@example.com", "password": PASSWORD });
        let other = json!({ "email": "ada@example.com", "password": PASSWORD, "grant_type": "password" });

        form.await.expect(200);
        app.post(path).json(&json).await.expect(200);
        app.post(path).json(&other).await.expect(200);
    }
}

#[tokio::test]
async fn a_refresh_token_is_read_from_an_object_and_as_a_bare_string() {
    let app = dialect().await;
    register(&app, "ada").await;

    for path in ["/v1/refresh_access_token", "/v2/refresh_access_token", "/v3/users/refresh-token"] {
        for is_bare in [true, false] {
            let token = logged_in(&app, "ada").await.refresh;
            let body = if is_bare { json!(token) } else { json!({ "refresh_token": token }) };

            app.post(path).json(&body).await.expect(200);
        }
    }
}

#[tokio::test]
async fn an_address_is_read_from_an_object_and_as_a_bare_string() {
    let app = dialect().await;

    for path in
        ["/v1/request_password_reset", "/v2/request_password_reset", "/v3/users/request-password-reset"]
    {
        app.post(path).json(&json!("ada@example.com")).await.expect(200);
        app.post(path).json(&json!({ "email": "ada@example.com" })).await.expect(200);
    }
    app.post("/v3/users/send-verification-email").json(&json!("ada@example.com")).await.expect(200);
}

#[tokio::test]
async fn a_code_is_read_with_its_address_and_alone() {
    let app = dialect().await;

    for (name, path) in [("ada", "/v2/verify_email"), ("eve", "/v3/users/verify-email")] {
        register(&app, name).await;
        let mail = app.mail_to(&format!("{name}@example.com")).await;
        let body = json!({ "email": format!("{name}@example.com"), "verification_code": mail.code() });

        app.post(path).json(&body).await.expect(200);
    }
    register(&app, "bob").await;
    let token = app.mail_to("bob@example.com").await.token().to_owned();
    app.post("/v3/users/verify-email").json(&json!(token)).await.expect(200);
}

#[tokio::test]
async fn the_dialect_is_off_unless_it_is_switched_on() {
    let app = TestApp::start().await;

    for path in ["/v1/health", "/v2/health", "/v3/health", "/v3/users/me"] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_to_a_number_out_of_range_names_it() {
    let app = dialect().await;
    let root = app.superuser().await;

    for (query, name) in
        [("limit=0", "limit"), ("limit=1001", "limit"), ("offset=-1", "offset"), ("limit=x", "limit")]
    {
        let answer = app.get(&format!("/v3/users?{query}")).bearer(&root.access).await.expect(422).json();

        assert_eq!(answer["detail"][0]["loc"], json!(["query", name]), "{query}");
    }
    let answer = app.get("/v3/users?ids=x").bearer(&root.access).await.expect(422).json();
    assert_eq!(answer["detail"][0]["loc"], json!(["query", "ids"]));
}

#[tokio::test]
async fn accounts_are_passed_over_and_counted() {
    let app = dialect().await;
    let root = app.superuser().await;
    for number in 0..7 {
        register(&app, &format!("user{number}")).await;
    }

    let mut seen = Vec::new();
    for offset in (0..9).step_by(3) {
        let page = app.get(&format!("/v3/users?offset={offset}&limit=3")).bearer(&root.access).await;
        let page = page.expect(200).json();
        assert_eq!(page["total_entries"], 8);
        seen.extend(page["results"].as_array().unwrap().iter().map(|user| user["email"].to_string()));
    }

    assert_eq!(seen.len(), 8);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8, "none is there twice");
}

#[tokio::test]
async fn accounts_are_exported_in_the_columns_that_are_wanted() {
    let app = dialect().await;
    let root = app.superuser().await;
    register(&app, "ada").await;
    let export = |body| app.post("/v3/users/export").bearer(&root.access).json(&body);

    let all = export(json!({})).await.expect(200);
    let some = export(json!({
        "columns": ["email", "is_superuser"],
        "filters": { "is_superuser": { "$eq": false } },
        "include_header": false,
    }));

    assert_eq!(all.header("content-type"), "text/csv");
    assert!(all.text().starts_with("id,email,is_superuser") && all.text().lines().count() == 3);
    assert_eq!(some.await.expect(200).text(), "ada@example.com,false\r\n");
    export(json!({ "columns": ["hashed_password"] })).await.expect(422);
    export(json!({ "filters": { "email": { "$regex": "." } } })).await.expect(422);
}

#[tokio::test]
async fn a_page_of_another_origin_may_send_a_key_where_it_is_listed() {
    let app = dialect_with(|plan| plan.http.allowed_origins = vec!["https://app.example".to_owned()]).await;
    let preflight = |origin: &str| {
        app.call(Method::OPTIONS, "/v3/users/me")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization,x-api-key")
    };

    let listed = preflight("https://app.example").await;
    let other = preflight("https://evil.example").await;

    assert_eq!(listed.header("access-control-allow-origin"), "https://app.example");
    assert!(listed.header("access-control-allow-headers").contains("x-api-key"));
    assert_eq!(other.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_cookie_is_no_credential_here() {
    let app = dialect().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    app.get("/api/v1/me").cookie(&ada.cookie).await.expect(200);
    app.get("/v3/users/me").cookie(&ada.cookie).await.expect(401);
}

#[tokio::test]
async fn one_account_is_the_same_on_every_surface() {
    let app = dialect().await;
    let tokens = signed_in(&app, "ada").await;

    for path in ["/v1/user", "/v2/user", "/v3/users/me", "/api/v1/me"] {
        app.get(path).bearer(&tokens.access).await.expect(200);
    }
    app.refresh(&tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn an_account_that_moved_in_answers_to_the_id_it_had() {
    let app = dialect().await;
    let old = "2acb499e-8428-543b-bd85-0d9098718220";
    register(&app, "bob").await;
    // One password, one hash: that of another account will do.
    let hash = app.user_hash("bob@example.com").await;
    let row = ImportRow {
        email: "ada@example.com".to_owned(),
        password_hash: Some(hash.into()),
        alias: Some((AliasKind::R2r, old.to_owned())),
        ..ImportRow::default()
    };
    let who = app.core.command_line();
    app.core.import_accounts(&who, vec![row], false, &Client::default()).await.unwrap();
    let ada = logged_in(&app, "ada").await;
    let eve = signed_in(&app, "eve").await;

    let read = app.get(&format!("/v3/users/{old}")).bearer(&ada.access).await.expect(200).json();
    assert_eq!(read["results"]["email"], "ada@example.com");
    app.get(&format!("/v3/users/{old}")).bearer(&eve.access).await.expect(403);
}

#[tokio::test]
async fn an_account_is_verified_by_the_word_of_a_superuser_however_they_prove_who_they_are() {
    let app = dialect().await;
    let root = app.superuser().await;
    let key = app.post("/api/v1/api-keys").bearer(&root.access).json(&json!({ "name": "setup" })).await;
    let key = key.expect(201).json()["api_key"].as_str().unwrap().to_owned();
    let (_, ada) = (register(&app, "ada").await, logged_in(&app, "ada").await);
    let new = |name: &str| {
        let email = format!("{name}@example.com");
        app.post("/v3/users").json(&json!({ "email": email, "password": PASSWORD, "is_verified": true }))
    };

    let by_token = new("bob").bearer(&root.access).await.expect(200).json();
    let by_key = new("eve").header("x-api-key", &key).await.expect(200).json();

    assert_eq!(
        (&by_token["results"]["is_verified"], &by_key["results"]["is_verified"]),
        (&json!(true), &json!(true))
    );
    new("zoe").await.expect(403);
    new("zoe").bearer(&ada.access).await.expect(403);
    login(&app, "zoe", PASSWORD).await.expect(401);
}
