//! Passkeys, with a device in software.

mod adding;
mod attacks;
mod login;
mod managing;
mod page;

use doorward::config::Environment;
use doorward_testkit::{Answer, Device, Plan, SignedIn, TestApp};
use serde_json::{Value, json};

const ORIGIN: &str = "https://auth.example.com";

/// A server that browsers know by a name.
async fn server() -> TestApp {
    server_with("").await
}

async fn server_with(passkeys: &str) -> TestApp {
    let text = format!("[server]\npublic_url = \"{ORIGIN}\"\n[passkeys]\n{passkeys}");
    TestApp::with(|plan| *plan = Plan::of(&text, &Environment::default())).await
}

async fn challenge_for_new(app: &TestApp, who: &SignedIn) -> Value {
    app.post("/api/v1/passkeys/challenge").bearer(&who.access).await.expect(200).json()
}

async fn add(app: &TestApp, who: &SignedIn, asked: &Value, credential: &Value) -> Answer {
    let body = json!({ "challenge": asked["challenge"], "name": "telephone", "credential": credential });
    app.post("/api/v1/passkeys").bearer(&who.access).json(&body).await
}

/// A device with a passkey of `who`, and the passkey as the server shows it.
async fn device_of(app: &TestApp, who: &SignedIn) -> (Device, Value) {
    let mut device = Device::new(ORIGIN);
    let asked = challenge_for_new(app, who).await;
    let credential = device.create(&asked["options"]);
    let passkey = add(app, who, &asked, &credential).await.expect(201).json();
    (device, passkey)
}

async fn challenge(app: &TestApp) -> Value {
    app.post("/api/v1/login/passkey/challenge").await.expect(200).json()
}

fn answer(asked: &Value, credential: &Value) -> Value {
    json!({ "challenge": asked["challenge"], "credential": credential })
}

/// A login with what `device` says to a fresh challenge.
async fn come_in(app: &TestApp, device: &mut Device) -> Answer {
    let asked = challenge(app).await;
    let credential = device.get(&asked["options"]);
    app.post("/api/v1/login/passkey").json(&answer(&asked, &credential)).await
}

/// What the audit log tells of the last deed of this kind: its outcome and the words beside it.
async fn last(app: &TestApp, deed: &str) -> (String, String) {
    let root = match app.core.account_called("root").await {
        Ok(_) => app.user("root").logged_in().await,
        Err(_) => app.superuser().await,
    };
    let log = app.get("/api/v1/admin/audit?limit=100").bearer(&root.access).await.expect(200).json();
    let events = log["items"].as_array().unwrap();
    let event = events.iter().find(|event| event["deed"] == deed).expect("the deed is in the log");
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("detail"))
}
