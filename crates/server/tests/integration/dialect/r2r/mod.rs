//! R2R's dialect.

mod brought_keys;
mod clients;
mod documents;
mod limits;
mod links;
mod matrix;
mod old_ids;
mod transcripts;
mod weak_spots;
mod wire;

use doorward_testkit::{Answer, PASSWORD, Plan, TestApp};
use serde_json::{Value, json};

/// An application that serves R2R's clients.
async fn dialect() -> TestApp {
    dialect_with(|_| {}).await
}

/// As [`dialect`], set up otherwise too.
async fn dialect_with(change: impl FnOnce(&mut Plan)) -> TestApp {
    TestApp::with(|plan| {
        plan.http.dialects.r2r.enabled = true;
        change(plan);
    })
    .await
}

/// What a login through the dialect gave.
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn read(answer: &Answer) -> Self {
        let results = &answer.json()["results"];
        let token = |name: &str| results[name]["token"].as_str().expect("there is a token").to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token") }
    }
}

/// Makes the account of somebody called `name`; gives it as it is shown.
async fn register(app: &TestApp, name: &str) -> Value {
    let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
    app.post("/v3/users").json(&body).await.expect(200).json()["results"].clone()
}

/// Tries to log in.
async fn login(app: &TestApp, name: &str, password: &str) -> Answer {
    let body = json!({ "username": format!("{name}@example.com"), "password": password });
    app.post("/v3/users/login").json(&body).await
}

/// Logs in.
async fn logged_in(app: &TestApp, name: &str) -> Tokens {
    Tokens::read(&login(app, name, PASSWORD).await.expect(200))
}

/// Makes the account and logs in.
async fn signed_in(app: &TestApp, name: &str) -> Tokens {
    register(app, name).await;
    logged_in(app, name).await
}

/// What the dialect says to this token at this moment.
async fn verdict(app: &TestApp, token: &str) -> u16 {
    app.get("/v3/users/me").bearer(token).await.status.as_u16()
}
