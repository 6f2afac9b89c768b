//! Traces reach a collector that the standard variables name, and tell it no secret.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use doorward_testkit::{RealServer, free_folder};
use reqwest::Client;
use serde_json::json;

const PASSWORD: &str = "a password nobody should see";

/// A collector; what it receives, one message per request.
fn collector() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                let lower = line.to_lowercase();
                length =
                    lower.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap());
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            let _ = sender.send(body);
        }
    });
    (format!("http://{address}"), received)
}

#[tokio::test]
async fn each_request_is_told_to_the_collector_by_its_route() {
    let folder = free_folder();
    let (endpoint, received) = collector();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)];
    let server = RealServer::start_with(env!("CARGO_BIN_EXE_doorward"), folder.path(), "", &variables);
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    Client::new().post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    Client::new().get(server.url("/nowhere?token=secret-in-a-path")).send().await.unwrap();

    // What has not been sent yet is sent before the process ends.
    assert!(server.stop().success());

    let told: Vec<u8> = received.try_iter().flatten().collect();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("/api/v1/login") && told.contains("doorward"), "{told}");
    assert!(!told.contains(PASSWORD) && !told.contains("secret-in-a-path"), "{told}");
}
