//! Requests as bytes on a connection: what is ambiguous or too large is refused before any handler sees it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use doorward_testkit::{RealServer, free_folder};

/// Longer than any answer takes; shorter than the server's own patience with a head that does not come.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything the server says to these bytes until it closes the connection, or falls silent.
fn said(server: &RealServer, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may have refused and closed before all was sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn server() -> (tempfile::TempDir, RealServer) {
    let folder = free_folder();
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), "");
    (folder, server)
}

#[test]
fn a_request_that_two_servers_could_read_differently_is_refused_once_and_for_all() {
    let (_folder, server) = server();
    let smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

    for head in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Content-Length : 5",
        "X-Folded: a\r\n b",
        "X-Nul: \0",
        ": no name",
    ] {
        let request = format!("POST /api/v1/login HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{smuggled}");
        let answer = said(&server, request.as_bytes());

        assert!(answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{head:?}: {answer}");
    }
}

#[test]
fn a_body_with_two_lengths_leads_to_one_answer_and_a_closed_connection() {
    let (_folder, server) = server();

    let request = "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = said(&server, request.as_bytes());

    assert!(!answer.contains("404"), "the second request was hidden in the first: {answer}");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let (_folder, server) = server();

    let large = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(200));
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(20_000));

    assert!(said(&server, large.as_bytes()).starts_with("HTTP/1.1 431"));
    assert!(said(&server, many.as_bytes()).starts_with("HTTP/1.1 431"));
    let refused = said(&server, long.as_bytes());
    assert!(["HTTP/1.1 414", "HTTP/1.1 431"].iter().any(|status| refused.starts_with(status)), "{refused}");
}

#[test]
fn the_answer_to_head_has_no_body_even_when_it_is_a_refusal() {
    let (_folder, server) = server();

    let answer = said(&server, b"HEAD /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assert!(answer.starts_with("HTTP/1.1 404") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn what_is_no_http_gets_a_short_answer_and_no_more() {
    let (_folder, server) = server();

    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-x\r\n\r\n",
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let answer = said(&server, noise);

        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}
