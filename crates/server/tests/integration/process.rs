//! What only a process can show: its end, its figures, and callers that never finish.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use doorward_testkit::{RealServer, free_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn connect(server: &RealServer) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Everything until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server closes the connection in time");
    answer
}

#[test]
fn a_request_that_is_under_way_is_answered_before_the_process_ends() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let body = r#"{"identifier":"ada","password":"wrong password"}"#;
    let mut stream = connect(&server);
    let head = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut invited = [0; 25];
    stream.read_exact(&mut invited).unwrap();
    assert!(invited.starts_with(b"HTTP/1.1 100 Continue"), "the handler waits for the body");

    server.ask_to_stop();
    // From the moment at which nobody new is let in, the server is stopping.
    while TcpStream::connect(server.address).is_ok() {}
    stream.write_all(body.as_bytes()).unwrap();

    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer:?}");
    assert!(server.wait().success());
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "[server]\nhead_timeout = \"200ms\"\n");
    let complete = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

    // Silence; what may yet become any version of HTTP; half a head; half a head after a whole one.
    for start in ["", "P", "PRI * HTTP/2.0\r\n", "GET /healthz HTTP/1.1\r\nHost:", &format!("{complete}GET")]
    {
        let mut stream = connect(&server);

        stream.write_all(start.as_bytes()).unwrap();

        let answers = rest(stream).matches("200 OK").count();
        assert_eq!(answers, start.matches(complete).count(), "{start:?}");
    }
}

#[test]
fn figures_are_served_on_an_address_of_their_own() {
    let folder = free_folder();
    let free: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = RealServer::start(BINARY, folder.path(), &format!("[metrics]\nbind = \"{free}\"\n"));
    let get = |address: SocketAddr, path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        rest(stream)
    };
    get(server.address, "/healthz");
    get(server.address, "/api/v1/session");
    get(server.address, "/nowhere/../at?token=all");

    let figures = get(free, "/metrics");

    for line in [
        r#"doorward_http_request_seconds_count{route="/healthz",method="GET",status="2xx"} 1"#,
        r#"doorward_http_request_seconds_count{route="other",method="GET",status="4xx"} 1"#,
        r#"doorward_token_checks_total{outcome="authentication_required"} 1"#,
        "doorward_hash_waiting 0",
        "doorward_build_info",
    ] {
        assert!(figures.contains(line), "{line} is not in {figures}");
    }
    assert!(!figures.contains("nowhere"), "no label is the caller's choice");
    assert!(get(server.address, "/metrics").starts_with("HTTP/1.1 404"));
}
