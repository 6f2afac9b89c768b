//! The built binary, as its users start it.
//!
//! Readiness is read from what the server prints, so nothing here waits by the clock; a server that says nothing for
//! [`PATIENCE`] has failed. Where the environment names a PostgreSQL and a Redis for the tests, a
//! server uses them unless its settings name others.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::place::{database_of, shared_cache};

/// The longest a server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings with hashes that cost next to nothing and limits that nothing meets: for tests that send many requests and are
/// about something else.
pub const UNHINDERED: &str = r#"
[crypto]
argon2_memory = "64KiB"
argon2_passes = 1
[limits]
login_per_account_and_network = { burst = 1000000, refill = "1ms" }
login_per_account = { burst = 1000000, refill = "1ms" }
login_per_network = { burst = 1000000, refill = "1ms" }
register_per_network = { burst = 1000000, refill = "1ms" }
mail_per_address = { burst = 1000000, refill = "1ms" }
mail_per_network = { burst = 1000000, refill = "1ms" }
codes_per_network = { burst = 1000000, refill = "1ms" }
"#;

/// Keeps a server's accounts in its file, also where the environment has a PostgreSQL for the tests: for what is about that file.
pub const IN_A_FILE: &str = "[database]\nurl = \"sqlite:data/doorward.db\"\n";

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct RealServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it has printed until it was ready: addresses, and the first administrator's password.
    pub greeting: String,
    child: Child,
}

/// A folder for one server's configuration and data, gone at the end of the test.
pub fn free_folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

impl RealServer {
    /// Starts `binary serve` in `folder` on 127.0.0.1, with `settings` as its whole `doorward.toml` beside the address, and
    /// waits until it takes requests.
    ///
    /// The first start in a folder takes a free port, a later one the same port again: tokens name the address as their
    /// issuer, and would not count at another.
    ///
    /// # Panics
    /// When it does not get as far; with what it has written to standard error.
    pub fn start(binary: &str, folder: &Path, settings: &str) -> Self {
        Self::start_with(binary, folder, settings, &[])
    }

    /// As [`RealServer::start`], with `variables` as the rest of its environment.
    ///
    /// # Panics
    /// As [`RealServer::start`].
    pub fn start_with(binary: &str, folder: &Path, settings: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_by(&[binary], folder, settings, variables)
    }

    /// As [`RealServer::start_with`], by a command that becomes the binary: its words come last in `command`.
    ///
    /// # Panics
    /// As [`RealServer::start`].
    pub fn start_by(command: &[&str], folder: &Path, settings: &str, variables: &[(&str, &str)]) -> Self {
        let file = folder.join("doorward.toml");
        let database = database(folder, settings, variables);
        std::fs::write(&file, format!("{settings}{database}")).expect("the configuration can be written");
        let remembered = folder.join("address");
        let bind = std::fs::read_to_string(&remembered).unwrap_or_else(|_| "127.0.0.1:0".to_owned());
        let mut child = Command::new(command[0])
            .args(&command[1..])
            .arg("serve")
            .current_dir(folder)
            .env_clear()
            .env("DOORWARD__SERVER__BIND", bind)
            .envs(cache(folder, settings, variables))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let complaints = drain(child.stderr.take().expect("standard error is piped"));
        let lines = lines(child.stdout.take().expect("standard output is piped"));
        let mut greeting = String::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            greeting.push_str(&line);
            greeting.push('\n');
            // The greeting ends with an empty line.
            if let Some(address) = line.is_empty().then(|| address_in(&greeting)).flatten() {
                std::fs::write(remembered, address.to_string()).expect("the address can be written");
                return Self { address, greeting, child };
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        panic!("the server did not start: {greeting}{}", complaints.join().unwrap_or_default());
    }

    /// The whole address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What the process holds in memory, in KiB.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Kills the process as a crash would: at once, without a word.
    pub fn crash(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process has ended");
    }

    /// Asks the process to stop; it may still have requests to finish.
    pub fn ask_to_stop(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("the process can be asked");
    }

    /// Asks the process to read its certificate again.
    pub fn ask_to_reload(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).expect("the process can be asked");
    }

    /// Waits until the process has ended by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("the process has ended")
    }

    /// Asks the process to stop, and waits until it has.
    pub fn stop(self) -> ExitStatus {
        self.ask_to_stop();
        self.wait()
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A section that names a database of the folder's own where the environment has a PostgreSQL for the tests; nothing when the test
/// says which database is meant, or keeps documents, which are in a file beside it. Commands in the folder find it, too.
fn database(folder: &Path, settings: &str, variables: &[(&str, &str)]) -> String {
    let is_said =
        settings.contains("[database]") || variables.iter().any(|(name, _)| name.contains("DATABASE"));
    let url = if is_said || settings.contains("[documents]") { None } else { database_of(folder) };
    url.map(|url| format!("\n[database]\nurl = \"{url}\"\n")).unwrap_or_default()
}

/// Variables that name the tests' cache, and a part of it for the servers of `folder`; none when there is no such cache, or when the
/// test says which one is meant.
fn cache(folder: &Path, settings: &str, variables: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let is_said = settings.contains("[cache]") || variables.iter().any(|(name, _)| *name == "DB_URL");
    let Some(url) = shared_cache().filter(|_| !is_said) else { return Vec::new() };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("test-{name}:");
    vec![
        ("DOORWARD__CACHE__URL", url),
        ("DOORWARD__CACHE__PREFIX", prefix),
        ("DOORWARD__CACHE__TIMEOUT", "1s".to_owned()),
    ]
}

/// The address and port of a URL in a line of text.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("://")?;
    rest.split(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()).next()?.parse().ok()
}

/// The lines of a server, read by a thread of their own so that the pipe never fills.
fn lines(output: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more: the pipe is still emptied.
            let _ = sender.send(line);
        }
    });
    receiver
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let _ = pipe.read_to_string(&mut text);
        text
    })
}
