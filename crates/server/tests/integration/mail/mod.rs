//! Mail out of the real binary into a real mail server, with what may come between.
//!
//! The mail server is `sink.py` on aiosmtpd, which `./dev test` installs; `MAIL_SINK_PYTHON` names the Python that has it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use doorward_testkit::{RealServer, UNHINDERED, free_folder};
use serde_json::{Value, json};

/// Longer than the server holds a mail that it was killed over.
const PATIENCE: Duration = Duration::from_secs(50);

/// A running mail server.
struct Sink {
    port: u16,
    mails: Receiver<Value>,
    child: Child,
}

impl Sink {
    /// A mail server on `port`; `None` where there is no Python to run it with.
    fn start(port: u16, files: &[&Path]) -> Option<Self> {
        let python = python()?;
        let script = Path::new("tests/integration/mail/sink.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(port.to_string())
            .args(files)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().expect("the first line is the port");
        let (sender, mails) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Some(Self { port, mails, child })
    }

    fn next(&self) -> Value {
        self.mails.recv_timeout(PATIENCE).expect("a mail arrives")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the mail server is installed is told by the environment"
)]
fn python() -> Option<String> {
    let python = std::env::var("MAIL_SINK_PYTHON").ok();
    if python.is_none() {
        assert!(std::env::var("CI").is_err(), "MAIL_SINK_PYTHON has to name a Python: run `./dev test`");
        eprintln!("left out: MAIL_SINK_PYTHON names no Python with aiosmtpd; `./dev test` installs it");
    }
    python
}

fn plain(port: u16) -> String {
    format!(
        "{UNHINDERED}[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\ntimeout = \"1s\"\n"
    )
}

fn start(folder: &Path, settings: &str) -> RealServer {
    RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder, settings)
}

async fn register(server: &RealServer, name: &str) {
    let body = json!({ "email": format!("{name}@example.com"), "password": "correct horse battery" });
    let answer = reqwest::Client::new().post(server.url("/api/v1/users")).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn a_mail_arrives_with_one_recipient_and_two_forms() {
    let Some(sink) = Sink::start(0, &[]) else { return };
    let folder = free_folder();
    let server = start(folder.path(), &plain(sink.port));

    register(&server, "ada").await;

    let mail = sink.next();
    assert_eq!(mail["to"], json!(["ada@example.com"]));
    let content = mail["content"].as_str().unwrap();
    assert!(content.contains("text/plain") && content.contains("text/html"), "{content}");
    assert!(content.contains("Subject: Verify your email address for Doorward"), "{content}");
}

#[tokio::test]
async fn a_mail_server_that_is_away_loses_no_mail() {
    let Some(free) = Sink::start(0, &[]) else { return };
    let port = free.port;
    drop(free);
    let folder = free_folder();
    let server = start(folder.path(), &plain(port));
    register(&server, "ada").await;
    server.crash();
    let server = start(folder.path(), &plain(port));
    register(&server, "eve").await;

    let sink = Sink::start(port, &[]).unwrap();

    let mut to = [sink.next()["to"].clone(), sink.next()["to"].clone()];
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, [json!(["ada@example.com"]), json!(["eve@example.com"])]);
}

#[tokio::test]
async fn a_server_that_is_killed_between_the_commit_and_the_mail_loses_none() {
    if python().is_none() {
        return;
    }
    let folder = free_folder();
    // Takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let server = start(folder.path(), &plain(port));
    register(&server, "ada").await;
    let sending = silent.accept().unwrap();
    server.crash();
    drop((sending, silent));
    let sink = Sink::start(port, &[]).unwrap();

    let _server = start(folder.path(), &plain(port));

    assert_eq!(sink.next()["to"], json!(["ada@example.com"]));
}

#[tokio::test]
async fn with_starttls_nothing_leaves_before_the_certificate_was_found_good() {
    let folder = free_folder();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.path().join("password"), "secret of the mail server\n").unwrap();
    let Some(sink) = Sink::start(0, &[&cert, &key]) else { return };
    let settings = |more: &str| {
        format!(
            "{UNHINDERED}[mail]\ntransport = \"smtp\"\nhost = \"localhost\"\nport = {}\nusername = \"doorward\"\n\
             password_file = \"password\"\n{more}",
            sink.port
        )
    };
    let server = start(folder.path(), &settings(""));
    register(&server, "ada").await;
    let refused = waiting(folder.path(), "certificate");
    server.stop();

    let server = start(folder.path(), &settings("ca_file = \"cert.pem\"\n"));

    let mail = sink.next();
    assert!(refused["last_error"].as_str().unwrap().contains("certificate"), "{refused}");
    assert_eq!((&mail["is_tls"], &mail["is_signed_in"]), (&json!(true), &json!(true)));
    assert_eq!(mail["to"], json!(["ada@example.com"]));
    drop(server);
}

/// The only mail in the queue, once its last error tells of `what`.
fn waiting(folder: &Path, what: &str) -> Value {
    for _ in 0..200 {
        let listed = Command::new(env!("CARGO_BIN_EXE_doorward"))
            .args(["mail", "list", "--json"])
            .current_dir(folder)
            .env_clear()
            .output()
            .unwrap();
        let text = String::from_utf8(listed.stdout).unwrap();
        let mail: Value = serde_json::from_str(text.lines().next().unwrap_or("{}")).unwrap();
        if mail["last_error"].as_str().is_some_and(|error| error.contains(what)) {
            return mail;
        }
        thread::yield_now();
    }
    panic!("no mail failed because of {what}");
}
