//! Services built with TP Auth.

mod cookies;
mod cors;
mod pages;
mod scopes;
mod tokens;
mod transcript;
mod weak_spots;

use doorward::config::Environment;
use doorward_testkit::{Answer, PASSWORD, Plan, TestApp, from_base64url};
use serde_json::Value;

pub(super) const SECRET: &str = "a secret of thirty-two bytes or more";
const FORM: &str = "application/x-www-form-urlencoded";

/// An application in whose environment TP Auth's names say `variables`, beside the secret.
async fn with(variables: &[(&str, &str)]) -> TestApp {
    with_settings("", variables).await
}

/// As [`with`], with `settings` in the section of the dialect.
async fn with_settings(settings: &str, variables: &[(&str, &str)]) -> TestApp {
    let text = format!("[dialect.tp]\nenabled = true\n{settings}");
    let secret = variables.iter().all(|(name, _)| *name != "ALGORITHM").then_some(("SECRET_KEY", SECRET));
    let environment = Environment::of(variables.iter().copied().chain(secret));
    let app = TestApp::with(|plan| *plan = Plan::of(&text, &environment)).await;
    app.user("ada").registered().await;
    app
}

async fn token(app: &TestApp, form: &str) -> Answer {
    app.post("/token").body(FORM, form.to_owned()).await
}

/// A login that works.
async fn logged_in(app: &TestApp) -> String {
    let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
    access(&token(app, &form).await.expect(200))
}

fn access(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/refresh").bearer(token).await
}

/// What a token says, without a look at its signature.
fn claims(token: &str) -> Value {
    serde_json::from_slice(&from_base64url(token.split('.').nth(1).unwrap())).unwrap()
}
