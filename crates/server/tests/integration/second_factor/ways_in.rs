//! Every way in that knows a password asks for it or ends: none goes round it.

use doorward::config::Environment;
use doorward_testkit::{PASSWORD, Plan, TestApp, assert_problem};
use serde_json::json;

use super::ada;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn r2rs_clients_are_told_that_a_password_is_not_enough() {
    let app = TestApp::with(|plan| plan.http.dialects.r2r.enabled = true).await;
    ada(&app).await;
    let form = format!("username=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));

    for path in ["/v1/login", "/v2/login", "/v3/users/login"] {
        let refused = app.post(path).body(FORM, form.clone()).await;

        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        assert_eq!(refused.json()["code"], "second_factor_required");
        assert!(refused.json()["message"].as_str().unwrap().contains("second factor"));
        assert!(!refused.text().contains("dwf_") && !refused.text().contains("access_token"));
    }
}

#[tokio::test]
async fn authxs_clients_are_told_that_a_password_is_not_enough() {
    let app = TestApp::with(|plan| plan.http.dialects.authx.enabled = true).await;
    ada(&app).await;
    let login = json!({ "login": "ada", "password": PASSWORD });

    let refused = app.post("/api/users/login").json(&login).await;

    assert_eq!((refused.status.as_u16(), refused.header("set-cookie")), (403, ""));
    assert!(refused.json()["detail"].as_str().unwrap().contains("second factor"));
}

#[tokio::test]
async fn tp_auths_clients_are_told_that_a_password_is_not_enough() {
    let environment = Environment::of([("SECRET_KEY", "a secret of thirty-two bytes or more")]);
    let plan = Plan::of("[dialect.tp]\nenabled = true\n", &environment);
    let app = TestApp::with(|other| *other = plan).await;
    ada(&app).await;
    let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));

    let refused = app.post("/token").body(FORM, form).await;

    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
    assert!(refused.json()["error_description"].as_str().unwrap().contains("second factor"));
}

#[tokio::test]
async fn the_password_as_a_provider_gives_a_ticket() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let fields = json!({ "fields": { "identifier": "ada", "password": PASSWORD } });

    let refused = app.post("/api/v1/providers/password/finish").json(&fields).await;

    let ticket = refused.check_problem(403, "second_factor_required")["ticket"].as_str().unwrap().to_owned();
    app.second_half(&ticket, &kept.shows(&app)).await.expect(200);
}

#[tokio::test]
async fn a_new_password_by_mail_neither_removes_it_nor_goes_round_it() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let before = app.ticket("ada").await;
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    let new = "another horse battery";

    let body = json!({ "token": token, "new_password": new });
    let reset = app.post("/api/v1/password-reset/confirm").json(&body).await.expect(204);

    assert_eq!(reset.header("set-cookie"), "");
    assert_problem!(app.second_half(&before, &kept.shows(&app)).await, 400, "ticket_invalid");
    let refused = app.login("ada", new).await;
    let ticket = refused.check_problem(403, "second_factor_required")["ticket"].as_str().unwrap().to_owned();
    app.second_half(&ticket, &kept.shows(&app)).await.expect(200);
}

#[tokio::test]
async fn a_ticket_is_no_token_and_no_key() {
    let app = TestApp::start().await;
    ada(&app).await;
    let ticket = app.ticket("ada").await;

    assert_problem!(app.get("/api/v1/me").bearer(&ticket).await, 401, "token_invalid");
    assert_problem!(app.get("/api/v1/me").header("x-api-key", &ticket).await, 401, "token_invalid");
    assert_eq!(app.refresh(&ticket).await.status, 401);
    assert_eq!(app.get("/api/v1/me").cookie(&ticket).await.status, 401);
}
