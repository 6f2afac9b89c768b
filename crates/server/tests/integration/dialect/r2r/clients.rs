//! R2R's own clients, as they are published, against the built binary.
//!
//! On SQLite, or on the PostgreSQL that the environment names. `./dev test` installs each release into an environment of its own; `R2R_CLIENTS` names the folder they are in.

use std::path::Path;
use std::process::Command;

use doorward_testkit::{Asked, RealServer, StandIn, UNHINDERED, free_folder, fresh_database};
use serde_json::json;

const SETTINGS: &str = r#"
[dialect.r2r]
enabled = true
[auth]
default_admin_email = "root@example.com"
default_admin_password = "a password for the first one"
[mail]
transport = "folder"
folder = "letters"
[documents]
enabled = true
"#;
/// What the model says, whatever it is asked.
const ANSWER: &str = "Aristotle founded the Lyceum [1].";

#[expect(clippy::disallowed_methods, reason = "where the clients are installed is told by the environment")]
fn clients() -> Option<String> {
    let clients = std::env::var("R2R_CLIENTS").ok();
    if clients.is_none() {
        assert!(std::env::var("CI").is_err(), "R2R_CLIENTS has to name a folder: run `./dev test`");
        eprintln!("left out: R2R_CLIENTS names no folder with R2R's clients; `./dev test` installs them");
    }
    clients
}

/// A model that answers as OpenAI's endpoint does, whole or in pieces.
fn model(asked: &Asked) -> (u16, String) {
    if !asked.body.contains("\"stream\":true") {
        return (200, json!({ "choices": [{ "message": { "content": ANSWER } }] }).to_string());
    }
    let piece =
        |text: &str| format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }));
    let pieces: String = ANSWER.split_inclusive(' ').map(piece).collect();
    (200, format!("{pieces}data: [DONE]\n\n"))
}

/// Runs the journeys in `script` with the client of `release` against a server of their own.
async fn travel(release: &str, script: &str) {
    let Some(clients) = clients() else { return };
    let model = StandIn::start(model).await;
    let folder = free_folder();
    let chat = format!("[documents.chat]\nurl = \"{}\"\nmodel = \"stand-in\"\n", model.url("/v1"));
    let database = fresh_database().await;
    let kept =
        database.as_ref().map(|database| format!("[database]\nurl = \"{}\"\n", database.url().expose()));
    let settings = format!("{UNHINDERED}{SETTINGS}{chat}{}", kept.unwrap_or_default());
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), &settings);

    let mut journey = Command::new(Path::new(&clients).join(release).join("bin/python"));
    journey
        .arg(Path::new("tests/integration/dialect/r2r/clients").join(script))
        .arg(server.url(""))
        .arg(folder.path().join("letters"))
        .env_clear()
        .env("HOME", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let journey = tokio::task::spawn_blocking(move || journey.output());
    let journey = journey.await.unwrap().expect("the client's Python starts");

    let (out, err) = (String::from_utf8_lossy(&journey.stdout), String::from_utf8_lossy(&journey.stderr));
    assert!(journey.status.success() && out.contains("done"), "{release}: {out}{err}");
}

#[tokio::test]
async fn the_client_of_the_first_generation_completes_its_journeys() {
    travel("0.2.85", "v1.py").await;
}

#[tokio::test]
async fn the_early_client_of_the_second_generation_completes_its_journeys() {
    travel("0.3.4", "v2.py").await;
}

#[tokio::test]
async fn the_late_client_of_the_second_generation_completes_its_journeys() {
    travel("3.2.41", "v2.py").await;
}

#[tokio::test]
async fn the_client_of_the_third_generation_completes_its_journeys() {
    travel("3.6.6", "v3.py").await;
}
