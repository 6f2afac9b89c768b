//! The page that asks who sits there offers passkeys, and a real browser takes one there.
//!
//! The browser needs what `./dev test` installs and names in `BROWSER_NODE_MODULES`.

use std::process::Command;

use doorward_core::Digest;
use doorward_testkit::{Answer, Call, Device, PASSWORD, RealServer, TestApp, UNHINDERED, free_folder};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{challenge, device_of, server};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const FORM: &str = "application/x-www-form-urlencoded";
const CALLBACK: &str = "http://127.0.0.1:9999/callback";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-at-the-least";

/// What an application asks for that is called `client`.
fn request(client: &str) -> String {
    let challenge = Digest::of(VERIFIER.as_bytes()).to_string();
    let said = [
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", &*challenge),
        ("code_challenge_method", "S256"),
    ];
    Serializer::new(String::new()).extend_pairs(said).finish()
}

/// Adds an application; its id.
async fn application(app: &TestApp) -> String {
    let root = app.superuser().await;
    let wish = json!({ "name": "Shop", "redirect_uris": [CALLBACK], "is_public": true });
    let added = app.post("/api/v1/admin/clients").bearer(&root.access).json(&wish).await.expect(201).json();
    added["client_id"].as_str().unwrap().to_owned()
}

/// Sends the form of the page with what `device` says.
async fn sent(app: &TestApp, request: &str, device: &mut Device) -> Answer {
    let asked = challenge(app).await;
    let credential = device.get(&asked["options"]).to_string();
    form(app, request, (asked["challenge"].as_str().unwrap(), &credential)).await
}

fn form(app: &TestApp, request: &str, (challenge, credential): (&str, &str)) -> Call {
    let fields = [("request", request), ("challenge", challenge), ("credential", credential)];
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post("/oauth2/passkey").header("sec-fetch-site", "same-origin").body(FORM, body)
}

#[tokio::test]
async fn the_page_offers_passkeys_by_a_script_of_this_server_and_nothing_inline() {
    let app = server().await;
    let request = request(&application(&app).await);

    let page = app.get(&format!("/oauth2/authorize?{request}")).await.expect(200);

    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; form-action 'self' https: http:; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let text = page.text();
    assert_eq!(text.matches("<script").count(), 1);
    assert!(text.contains("<script src=\"/oauth2/passkey.js\" defer></script>"), "{text}");
    assert!(
        text.contains("action=\"/oauth2/passkey\" hidden"),
        "without a script there is no button: {text}"
    );
    assert!(text.contains("autocomplete=\"username webauthn\""), "{text}");
    let script = app.get("/oauth2/passkey.js").await.expect(200);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn where_there_are_no_passkeys_the_page_loads_nothing() {
    let app = TestApp::start().await;
    let request = request(&application(&app).await);

    let page = app.get(&format!("/oauth2/authorize?{request}")).await.expect(200);

    assert!(!page.header("content-security-policy").contains("script-src"));
    assert!(!page.text().contains("<script") && !page.text().contains("passkey"), "{}", page.text());
    assert!(page.text().contains("autocomplete=\"username\""), "{}", page.text());
}

#[tokio::test]
async fn who_has_a_passkey_goes_on_to_the_application_and_nobody_else_does() {
    let app = server().await;
    let request = request(&application(&app).await);
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;

    let came = sent(&app, &request, &mut device).await;
    device.verifies = false;
    let refused = sent(&app, &request, &mut device).await;
    let rubbish = form(&app, &request, ("dwc_x", "{")).await;
    let body = "request=x&challenge=dwc_x&credential=%7B%7D";
    let elsewhere = app.post("/oauth2/passkey").header("sec-fetch-site", "cross-site").body(FORM, body).await;

    assert_eq!(came.status, 303);
    let place = came.header("location");
    assert!(place.starts_with("/oauth2/authorize?"), "{place}");
    let cookie = came.set_cookie("__Host-doorward").split(';').next().unwrap().to_owned();
    let (_, cookie) = cookie.split_once('=').unwrap();
    let question = app.get(place).cookie(cookie).await.expect(200);
    assert!(question.text().contains("value=\"allow\""), "{}", question.text());
    assert_eq!((refused.status.as_u16(), rubbish.status.as_u16()), (401, 400));
    assert!(refused.text().contains("role=\"alert\">This passkey does not open"), "{}", refused.text());
    assert_eq!(elsewhere.status, 403);
}

/// What the browser has been through; `None` on a machine without one.
#[expect(clippy::disallowed_methods, reason = "where clients are installed is told by the environment")]
fn modules() -> Option<String> {
    let modules = std::env::var("BROWSER_NODE_MODULES").ok();
    assert!(
        modules.is_some() || std::env::var("CI").is_err(),
        "BROWSER_NODE_MODULES is not set: run `./dev test`"
    );
    modules
}

#[tokio::test]
async fn a_person_adds_a_passkey_in_a_browser_and_signs_in_with_it_on_the_page() {
    let Some(modules) = modules() else { return };
    let folder = free_folder();
    let port = RealServer::start(BINARY, folder.path(), UNHINDERED).address.port();
    // Browsers know passkeys of a name alone.
    let home = format!("http://localhost:{port}");
    let settings = format!("{UNHINDERED}[server]\npublic_url = \"{home}\"\n");
    let server = RealServer::start(BINARY, folder.path(), &settings);
    let account = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
    let made = reqwest::Client::new().post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let mut add = Command::new(BINARY);
    add.current_dir(folder.path()).env_clear();
    let added =
        add.args(["clients", "add", "Shop", "--json", "--public", "--redirect-uri", CALLBACK]).output();
    let added: Value = serde_json::from_slice(&added.unwrap().stdout).unwrap();

    let start = format!("{home}/oauth2/authorize?{}", request(added["client_id"].as_str().unwrap()));
    let mut visit = Command::new("node");
    visit.args(["tests/integration/passkeys/visit.mjs", &modules, &home, &start, CALLBACK, "ada", PASSWORD]);
    let seen = tokio::task::spawn_blocking(move || visit.output()).await.unwrap().unwrap();

    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    let came = Url::parse(seen["url"].as_str().unwrap()).unwrap();
    assert!(came.query_pairs().any(|(name, _)| name == "code"), "{came}");
    assert_eq!(seen["added"]["name"], "telephone");
    assert_eq!((&seen["without_script"], &seen["complaints"]), (&json!(false), &json!([])));
    let listed = Command::new(BINARY)
        .current_dir(folder.path())
        .env_clear()
        .args(["passkeys", "list", "ada", "--json"])
        .output();
    let listed: Value = serde_json::from_slice(&listed.unwrap().stdout).unwrap();
    assert_eq!(listed["id"], seen["added"]["id"]);
    assert!(listed["last_used_at"].is_string(), "{listed}");
    let removed = Command::new(BINARY)
        .current_dir(folder.path())
        .env_clear()
        .args(["passkeys", "remove", "ada", listed["id"].as_str().unwrap()])
        .output()
        .unwrap();
    assert!(removed.status.success(), "{}", String::from_utf8_lossy(&removed.stderr));
}
