//! A Redis server of the test's own, in a temporary folder: it can be killed, hung, started again and emptied.
//!
//! It listens on a unix socket and, when asked for one, on a free port. It keeps nothing on the disk.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The longest a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one.
    ///
    /// # Panics
    /// When the program `redis-server` is not there, which `./dev test` installs.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let mut server = Self { folder, port, child: None };
        server.restart();
        server
    }

    /// The address of its socket.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket())
    }

    /// Its address on the network.
    pub fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--unixsocket", &self.socket()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--databases", "16"])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server starts: ./dev test installs it");
        self.child = Some(child);
        let started = Instant::now();
        while self.try_command("PING").is_none_or(|answer| !answer.starts_with("+PONG")) {
            assert!(started.elapsed() < PATIENCE, "redis-server does not answer");
            std::thread::yield_now();
        }
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

    fn try_command(&self, text: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(format!("{text}\r\nQUIT\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
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
