//! A Redis server of the test's own, in a temporary folder: it can be killed, hung, started again and emptied.
//!
//! It listens on a unix socket and on a free port. It keeps nothing on the disk. Many that are as one are in
//! [`super::redis_fleet`].

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The longest a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a server says last.
const LAST: &str = "that-was-all";

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    /// What its configuration says beside where it listens.
    settings: String,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one.
    ///
    /// # Panics
    /// When the program `redis-server` is not there, which `./dev test` installs.
    pub fn start() -> Self {
        Self::start_with(|port| format!("port {port}\ndatabases 16\n"))
    }

    /// Starts one that speaks TLS on its port, and returns the PEM of the authority that its clients have to trust.
    ///
    /// # Panics
    /// As [`RedisServer::start`].
    pub fn start_with_tls() -> (Self, String) {
        let seal = Seal::new();
        (Self::start_with(|port| seal.settings(port)), seal.authority)
    }

    /// Starts one whose configuration is what `settings` says of a free port.
    pub(crate) fn start_with(settings: impl Fn(u16) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self { folder, port: 0, settings: String::new(), child: None };
        loop {
            server.port = free_port();
            server.settings = settings(server.port);
            // Somebody else may have taken the port meanwhile.
            if server.try_start() {
                return server;
            }
        }
    }

    /// The address of its socket.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket())
    }

    /// Its address on the network.
    pub fn tcp_url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Its host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    fn socket(&self) -> String {
        self.folder.path().join("redis.sock").display().to_string()
    }

    /// Kills it as a crash would.
    pub fn crash(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process has ended");
        }
    }

    /// Starts it again, empty, where it was.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn restart(&mut self) {
        self.crash();
        assert!(self.try_start(), "redis-server does not start");
    }

    /// Whether it has started.
    fn try_start(&mut self) -> bool {
        let file = self.folder.path().join("redis.conf");
        let sentinel = self.settings.contains("sentinel monitor").then_some("--sentinel");
        let settings = format!(
            "bind 127.0.0.1\nunixsocket {}\ndir {}\nsave \"\"\nappendonly no\ndaemonize no\n{}",
            self.socket(),
            self.folder.path().display(),
            self.settings
        );
        std::fs::write(&file, settings).expect("the configuration can be written");
        let child = Command::new(program())
            .arg(&file)
            .args(sentinel)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server starts: ./dev test installs it");
        let child = self.child.insert(child);
        let process = Pid::from_child(child);
        let started = Instant::now();
        while self.try_command("PING").is_none_or(|answer| !answer.starts_with("+PONG")) {
            if self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|end| end.is_some())) {
                self.child = None;
                return false;
            }
            assert!(started.elapsed() < PATIENCE, "redis-server does not answer: {process:?}");
            std::thread::yield_now();
        }
        true
    }

    /// Stops it from answering, without closing a connection.
    pub fn hang(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("the server runs");
        kill_process(Pid::from_child(child), signal).expect("the process can be told");
    }

    /// The answer to a command without blanks in its words, as it goes over the wire.
    ///
    /// # Panics
    /// When there is none.
    pub fn command(&self, text: &str) -> String {
        self.try_command(text).expect("the server answers")
    }

    /// Asks until the answer has `part` in it. No answer at all is none yet: sentinels cut off whoever is connected when they make
    /// a server the primary.
    ///
    /// # Panics
    /// When it never has.
    pub fn await_answer(&self, text: &str, part: &str) {
        let started = Instant::now();
        loop {
            let answer = self.try_command(text).unwrap_or_default();
            if answer.contains(part) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{text}: {answer}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn try_command(&self, text: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let password = self.settings.lines().find_map(|line| line.strip_prefix("requirepass "));
        let greeting = password.map(|password| format!("AUTH {password}\r\n")).unwrap_or_default();
        // A sentinel knows no QUIT.
        stream.write_all(format!("{greeting}{text}\r\nPING {LAST}\r\n").as_bytes()).ok()?;
        let last = format!("${}\r\n{LAST}\r\n", LAST.len());
        let (mut answer, mut part) = (Vec::new(), [0; 4_096]);
        while !answer.ends_with(last.as_bytes()) {
            let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
            answer.extend_from_slice(&part[..count]);
        }
        answer.truncate(answer.len() - last.len());
        let mut answer = String::from_utf8_lossy(&answer).into_owned();
        if !greeting.is_empty() {
            answer = answer.strip_prefix("+OK\r\n")?.to_owned();
        }
        Some(answer)
    }
}

/// The program: Redis, unless the environment names one that does the same.
#[expect(clippy::disallowed_methods, reason = "a test is told what its server is by its environment")]
fn program() -> String {
    std::env::var("DOORWARD_TEST_REDIS_PROGRAM").unwrap_or_else(|_| "redis-server".to_owned())
}

/// What servers need to speak TLS. They read it when they start: those of many are started while it is there.
#[derive(Debug)]
pub(crate) struct Seal {
    folder: TempDir,
    /// The PEM of the authority that clients have to trust.
    pub(crate) authority: String,
}

impl Seal {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in [("cert.pem", made.cert.pem()), ("key.pem", made.signing_key.serialize_pem())] {
            std::fs::write(folder.path().join(name), text).expect("the folder can be written to");
        }
        Self { folder, authority: made.cert.pem() }
    }

    /// Lets a server speak TLS on `port` and nothing else, also to others of its kind.
    pub(crate) fn settings(&self, port: u16) -> String {
        let folder = self.folder.path().display();
        format!(
            "port 0\ntls-port {port}\ntls-replication yes\ntls-auth-clients no\ntls-cert-file {folder}/cert.pem\n\
             tls-ca-cert-file {folder}/cert.pem\ntls-key-file {folder}/key.pem\n"
        )
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that nobody had when it was asked for.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("a free port").port()
}
