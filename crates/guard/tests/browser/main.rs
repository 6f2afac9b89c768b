//! A person with a real browser logs in with a real provider: Debian's Chromium and npm's `oidc-provider`.
//!
//! Needs what `./dev test` installs and names in `BROWSER_NODE_MODULES`. Pictures of the pages are left in the folder that
//! `BROWSER_PICTURES` names.

#![expect(clippy::unwrap_used, reason = "a test whose ground gives way has to stop at once")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use axum::extract::Request;
use axum::routing::get;
use axum::{Router, ServiceExt};
use doorward_guard::guards::{Oidc, Registration};
use doorward_guard::{Guards, OnAuth, User, any};
use serde_json::{Value, json};

/// The provider, ended when dropped.
struct Provider {
    process: Child,
    issuer: String,
}

impl Provider {
    fn start(modules: &str, redirect_uri: &str) -> Self {
        let mut process = Command::new("node")
            .args(["tests/browser/provider.mjs", modules, redirect_uri])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = lines.next().unwrap().unwrap();
        // Whatever else it says is read and dropped: it ends when nobody listens.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, issuer }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the browser and the provider are installed; `None` on a machine without them.
#[expect(clippy::disallowed_methods, reason = "where they are installed is told by the environment")]
fn modules() -> Option<String> {
    let modules = std::env::var("BROWSER_NODE_MODULES").ok();
    assert!(
        modules.is_some() || std::env::var("CI").is_err(),
        "BROWSER_NODE_MODULES is not set: run `./dev test`"
    );
    if modules.is_none() {
        eprintln!("left out: BROWSER_NODE_MODULES names no folder; `./dev test` installs what is needed");
    }
    modules
}

#[expect(clippy::disallowed_methods, reason = "where pictures go is told by the environment")]
fn picture(name: &str) -> PathBuf {
    let folder = std::env::var("BROWSER_PICTURES").map_or_else(|_| std::env::temp_dir(), PathBuf::from);
    folder.join(format!("doorward-guard-{name}"))
}

/// Logs in with a browser at an application whose guard does `on_auth`, and tells what the browser saw.
async fn log_in(name: &str, on_auth: OnAuth) -> Option<Value> {
    let modules = modules()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://{}", listener.local_addr().unwrap());
    let callback = format!("{home}/auth/callback");
    let provider = Provider::start(&modules, &callback);
    let registration = Registration::new("app", "a-secret-of-some-length", &callback);
    let oidc =
        Oidc::new(&provider.issuer, registration).scopes(["openid", "profile", "email"]).on_auth(on_auth);
    let guards = Guards::builder().guard("login", oidc).rule(any(), "/*", "login").build().unwrap();
    let reports =
        |user: User| async move { format!("reports for {} of {}", user.id(), user.info().provider) };
    let app = guards.around(Router::new().route("/reports", get(reports)));
    tokio::spawn(async move { axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await });

    let mut visit = Command::new("node");
    visit.args(["tests/browser/visit.mjs", &modules, &format!("{home}/reports?month=5")]).arg(picture(name));
    visit.stderr(Stdio::inherit());
    let seen = tokio::task::spawn_blocking(move || visit.output()).await.unwrap().unwrap();
    assert!(seen.status.success(), "the browser did not arrive");
    let mut seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    seen["home"] = home.into();
    Some(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_answers_the_page_that_was_asked_for() {
    let Some(seen) = log_in("replay", OnAuth::Replay).await else { return };

    let address = seen["arrived"]["url"].as_str().unwrap();
    assert!(address.contains("/auth/callback?"), "{address}");
    assert!(seen["arrived"]["text"].as_str().unwrap().starts_with("reports for ada"), "{seen}");
    assert_eq!(seen["again"]["status"], 200, "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_sends_the_browser_back_to_the_page_that_was_asked_for() {
    let Some(seen) = log_in("redirect", OnAuth::RedirectBack).await else { return };

    assert_eq!(seen["arrived"]["url"], format!("{}/reports?month=5", seen["home"].as_str().unwrap()));
    let session =
        json!({ "name": "__Host-doorward-guard", "secure": true, "httpOnly": true, "sameSite": "Lax" });
    let of_guards = |cookie: &&Value| cookie["name"].as_str().is_some_and(|name| name.starts_with("__Host-"));
    let cookies: Vec<&Value> = seen["cookies"].as_array().unwrap().iter().filter(of_guards).collect();
    assert_eq!(cookies, [&session], "nothing is left of the login itself");
}
