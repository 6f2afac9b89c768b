//! `/api/v1/providers`: other ways to log in, on the example that is shipped and on Doorward's own.

use std::sync::Arc;

use async_trait::async_trait;
use doorward_core::port::{
    AuthFault, AuthProvider, Begin, LoginAnswer, LoginStart, NoAnswer, ProvenIdentity,
};
use doorward_testkit::{Answer, PASSWORD, RealServer, TestApp, assert_problem, free_folder};
use serde_json::{Value, json};

/// Whoever says so is who they say, but for those who are not.
#[derive(Debug)]
struct Word;

#[async_trait]
impl AuthProvider for Word {
    fn id(&self) -> &str {
        "word"
    }

    async fn begin(&self, start: &LoginStart) -> Result<Begin, AuthFault> {
        match &start.identifier {
            Some(name) => Ok(Begin::Redirect(format!("https://id.example/?who={name}"))),
            None => Ok(Begin::Ask(vec!["name".into()])),
        }
    }

    async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
        match answer.field("name") {
            Some("away") => Err(NoAnswer("the directory is away".into()).into()),
            Some(name) => Ok(ProvenIdentity::outside(
                format!("subject of {name}"),
                answer.field("email").unwrap_or("ada@example.com"),
            )),
            None => Err(AuthFault::Refused),
        }
    }
}

async fn app() -> TestApp {
    TestApp::with(|plan| plan.outside.providers.push(Arc::new(Word))).await
}

async fn finish(app: &TestApp, provider: &str, fields: Value) -> Answer {
    let path = format!("/api/v1/providers/{provider}/finish");
    app.post(&path).json(&json!({ "fields": fields })).await
}

async fn whose(app: &TestApp, answer: Answer) -> String {
    let token = answer.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let me = app.get("/api/v1/me").bearer(&token).await.expect(200).json();
    me["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn providers_are_listed_and_say_what_they_ask_for() {
    let app = app().await;
    let begin =
        |provider: &str, body: Value| app.post(&format!("/api/v1/providers/{provider}/begin")).json(&body);

    assert_eq!(app.get("/api/v1/providers").await.expect(200).json(), json!(["password", "word"]));
    assert_eq!(begin("word", json!({})).await.expect(200).json(), json!({ "ask": ["name"] }));
    assert_eq!(
        begin("word", json!({ "identifier": "ada" })).await.expect(200).json(),
        json!({ "redirect": "https://id.example/?who=ada" })
    );
    assert_eq!(
        begin("password", json!({})).await.expect(200).json(),
        json!({ "ask": ["identifier", "password"] })
    );
    assert_problem!(begin("none", json!({})).await, 404, "not_found");
    assert_problem!(finish(&app, "none", json!({})).await, 404, "not_found");
}

#[tokio::test]
async fn the_same_subject_comes_back_to_the_same_account_whatever_its_address_is() {
    let app = app().await;

    let first = whose(&app, finish(&app, "word", json!({ "name": "ada" })).await).await;
    let again = finish(&app, "word", json!({ "name": "ada", "email": "new@example.com" })).await;
    let other = finish(&app, "word", json!({ "name": "eve", "email": "eve@example.com" })).await;

    assert_eq!(whose(&app, again).await, first);
    assert_ne!(whose(&app, other).await, first);
}

#[tokio::test]
async fn an_address_never_opens_somebody_elses_account() {
    let app = app().await;
    app.user("ada").registered().await;

    let taken = finish(&app, "word", json!({ "name": "mallory", "email": "ada@example.com" })).await;

    assert_problem!(taken, 409, "email_taken");
}

#[tokio::test]
async fn no_password_opens_an_account_that_was_made_by_a_provider() {
    let app = app().await;
    whose(&app, finish(&app, "word", json!({ "name": "ada" })).await).await;

    for password in ["", "!", PASSWORD] {
        assert_problem!(app.login("ada@example.com", password).await, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_disabled_account_is_refused_on_this_path_too() {
    let app = app().await;
    whose(&app, finish(&app, "word", json!({ "name": "ada" })).await).await;
    app.core.set_active("ada@example.com", false).await.unwrap();

    assert_problem!(finish(&app, "word", json!({ "name": "ada" })).await, 403, "account_disabled");
}

#[tokio::test]
async fn closed_registration_holds_for_providers() {
    let app = TestApp::with(|plan| {
        plan.outside.providers.push(Arc::new(Word));
        plan.rules.is_registration_open = false;
    })
    .await;

    assert_problem!(finish(&app, "word", json!({ "name": "ada" })).await, 403, "registration_closed");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_no_refusal() {
    let app = app().await;

    assert_problem!(finish(&app, "word", json!({ "name": "away" })).await, 503, "check_unavailable");
}

#[tokio::test]
async fn attempts_at_a_provider_are_limited() {
    let app = TestApp::with(|plan| {
        plan.outside.providers.push(Arc::new(Word));
        plan.rules.limits.login_per_account_and_network.burst = 3;
    })
    .await;

    for _ in 0..3 {
        assert_problem!(finish(&app, "word", json!({})).await, 401, "invalid_credentials");
    }

    assert_problem!(finish(&app, "word", json!({})).await, 429, "too_many_attempts");
    assert_problem!(finish(&app, "word", json!({ "name": "ada" })).await, 429, "too_many_attempts");
}

#[tokio::test]
async fn the_password_is_a_provider_among_others() {
    let app = app().await;
    let ada = app.user("ada").registered().await;
    let fields = |password: &str| json!({ "identifier": "ada", "password": password });

    assert_problem!(finish(&app, "password", fields("wrong password")).await, 401, "invalid_credentials");
    assert_eq!(whose(&app, finish(&app, "password", fields(PASSWORD)).await).await, ada["id"]);
}

#[tokio::test]
async fn of_thirty_two_first_logins_at_once_one_account_is_made() {
    let app = app().await;

    let answers = app
        .race(32, |app, _| {
            app.post("/api/v1/providers/word/finish").json(&json!({ "fields": { "name": "ada" } }))
        })
        .await;

    let root = app.superuser().await;
    let users = app.get("/api/v1/admin/users").bearer(&root.access).await.expect(200).json();
    assert_eq!(users["items"].as_array().unwrap().len(), 2, "ada and the administrator");
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert!(answers.iter().all(|answer| !answer.status.is_server_error()));
}

/// The example that is shipped, as a server of its own.
#[tokio::test]
async fn a_binary_of_ones_own_serves_a_provider_of_ones_own() {
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().parent().unwrap().join("examples/own_provider");
    let folder = free_folder();

    let server = RealServer::start(example.to_str().unwrap(), folder.path(), "");

    let (client, url) = (reqwest::Client::new(), server.url("/api/v1/providers/badge/finish"));
    for (number, expected) in [("007", 200), ("008", 401)] {
        let request = client.post(&url).json(&json!({ "fields": { "number": number } }));
        assert_eq!(request.send().await.unwrap().status(), expected, "{number}");
    }
}
