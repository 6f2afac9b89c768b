//! TLS as a client meets it: a certificate that is believed, and replaced without a restart.

use std::fs;
use std::path::Path;

use doorward_testkit::{RealServer, free_folder};
use reqwest::{Certificate, Client, StatusCode};

use crate::cli::doorward_with;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");

/// Puts a new certificate for this machine into `folder`; returns it.
fn new_certificate(folder: &Path) -> Certificate {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
}

fn start(folder: &Path) -> RealServer {
    let settings = "[server]\ntls_cert_file = \"cert.pem\"\ntls_key_file = \"key.pem\"\n";
    RealServer::start(BINARY, folder, settings)
}

/// The status of the health page over a new connection that believes `certificate` alone.
async fn visit(server: &RealServer, certificate: &Certificate) -> Option<StatusCode> {
    let client = Client::builder().tls_certs_only([certificate.clone()]).build().unwrap();
    let answer = client.get(format!("https://{}/healthz", server.address)).send().await;
    answer.ok().map(|answer| answer.status())
}

#[tokio::test]
async fn a_certificate_is_replaced_when_asked_and_a_broken_one_is_not_taken() {
    let folder = free_folder();
    let first = new_certificate(folder.path());
    let server = start(folder.path());
    assert!(server.greeting.contains("https://"), "{}", server.greeting);
    assert_eq!(visit(&server, &first).await, Some(StatusCode::OK));

    fs::write(folder.path().join("key.pem"), "broken").unwrap();
    server.ask_to_reload();
    assert_eq!(visit(&server, &first).await, Some(StatusCode::OK), "the old one goes on");

    let second = new_certificate(folder.path());
    server.ask_to_reload();
    while visit(&server, &second).await.is_none() {}
    assert_eq!(visit(&server, &first).await, None);
    assert!(server.stop().success());
}

#[test]
fn a_health_check_asks_over_tls_whatever_the_certificate_says() {
    let folder = free_folder();
    new_certificate(folder.path());
    let server = start(folder.path());
    let address = server.address.to_string();

    let check = doorward_with(folder.path(), &["healthcheck"], &[("DOORWARD__SERVER__BIND", &address)], "");

    assert_eq!(check.done(), "");
}

#[tokio::test]
async fn a_server_without_a_certificate_outlives_the_request_to_read_it_again() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");

    server.ask_to_reload();

    assert_eq!(reqwest::get(server.url("/healthz")).await.unwrap().status(), StatusCode::OK);
    assert!(server.stop().success());
}
