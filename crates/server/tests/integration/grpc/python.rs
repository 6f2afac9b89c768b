//! `grpcio` against the real binary, over TLS and with the secret.
//!
//! Needs the packages `grpcio` and `grpcio-tools`, which `./dev test` installs; `GRPC_PYTHON` names the Python that has them.

use std::path::Path;
use std::process::Command;

use doorward_testkit::free_folder;
use serde_json::{Value, json};

use super::{SECRET, grpc_address, server, signed_in};

#[expect(clippy::disallowed_methods, reason = "where Python is installed is told by the environment")]
fn python() -> Option<String> {
    let python = std::env::var("GRPC_PYTHON").ok();
    assert!(
        python.is_some() || std::env::var("CI").is_err(),
        "GRPC_PYTHON has to name a Python with grpcio: run `./dev test`"
    );
    if python.is_none() {
        eprintln!("left out: GRPC_PYTHON names no Python; `./dev test` installs one with grpcio");
    }
    python
}

#[tokio::test]
async fn a_service_in_python_checks_and_exchanges_tokens_and_hears_the_news() {
    let Some(python) = python() else { return };
    let folder = free_folder();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = format!("tls_cert_file = {cert:?}\ntls_key_file = {key:?}\nsecret = \"{SECRET}\"");
    let server = server(folder.path(), &tls);
    let ada = signed_in(&server, "ada").await;
    let stubs = folder.path().join("stubs");
    std::fs::create_dir(&stubs).unwrap();
    let port = grpc_address(&server).rsplit_once(':').unwrap().1.to_owned();

    let mut client = Command::new(python);
    client
        .arg("tests/integration/grpc/client.py")
        .arg(format!("localhost:{port}"))
        .args([&cert, Path::new(SECRET), Path::new("../proto/proto"), &stubs])
        .args([&ada.id, &ada.token]);
    let ran = tokio::task::spawn_blocking(move || client.output()).await.unwrap().unwrap();

    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let expected = json!({
        "without_secret": "UNAUTHENTICATED",
        "username": "ada",
        "first": "REFRESHED",
        "again": "RESTRICTED",
        "fresh_is_active": true,
        "foreign": "PERMISSION_DENIED",
        "news": ["START", "HEARTBEAT"],
    });
    assert_eq!(told, expected);
}
