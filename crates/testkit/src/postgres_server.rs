//! A PostgreSQL of the test's own, in a temporary folder: it can be restarted, killed, hung and followed by a standby.
//!
//! It is reached by a socket in its folder, and over the network when it is given an address. Nothing of it is flushed to the
//! disk, so that a process may end as it likes and a machine may not.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::processes::{children, signal};

/// The longest a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    child: Option<Child>,
}

impl PostgresServer {
    /// Starts one that runs with `settings` (each `name=value`), and answers commits before they are written unless it is told
    /// otherwise.
    ///
    /// # Panics
    /// When PostgreSQL is not there, which `./dev test` installs.
    pub fn start(settings: &[&str]) -> Self {
        let server = Self::prepare(settings);
        let mut initdb = server.program("initdb");
        initdb.args(["-U", "doorward", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
        run(initdb.arg("-D").arg(server.data()));
        server.running()
    }

    /// Starts a server that takes over whatever this one writes, and can only be read.
    ///
    /// # Panics
    /// When this one gives no copy of itself.
    #[must_use]
    pub fn standby(&self) -> Self {
        let standby = Self::prepare(&[]);
        let mut copy = standby.program("pg_basebackup");
        copy.args(["-h", &self.socket_folder(), "-p", &self.port.to_string(), "-U", "doorward"]);
        copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-D"]).arg(standby.data());
        run(&mut copy);
        standby.running()
    }

    fn prepare(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some((user, group)) = owner() {
            chown(folder.path(), Some(user), Some(group)).expect("the folder can be given away");
        }
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self { folder, port, settings, child: None }
    }

    fn running(mut self) -> Self {
        self.go();
        self
    }

    /// Puts a file that only the server may read into its folder; returns where it is.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn keep(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the file can be written");
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, rights).expect("the file can be closed to others");
        if let Some((user, group)) = owner() {
            chown(&path, Some(user), Some(group)).expect("the file can be given away");
        }
        path
    }

    /// Its address, by its socket.
    pub fn url(&self) -> String {
        format!("postgres://doorward@{}:{}/postgres", self.socket_folder().replace('/', "%2F"), self.port)
    }

    /// Its port, where it listens on the network.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// One address for this server and `other`, whichever of them takes writes.
    pub fn url_with(&self, other: &Self) -> String {
        let place = |one: &Self| format!("{}:{}", one.socket_folder().replace('/', "%2F"), one.port);
        format!("postgres://doorward@{},{}/postgres", place(self), place(other))
    }

    /// Ends it in the midst of everything, as `pg_ctl stop -m immediate` does.
    pub fn stop_at_once(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(child.id(), Signal::CONT);
            signal(child.id(), Signal::QUIT);
            child.wait().expect("the process has ended");
        }
    }

    /// Kills it as the machine's lack of memory would.
    pub fn crash(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process has ended");
        }
    }

    /// Starts it again with other settings beside those it had.
    pub fn restart_with(&mut self, settings: &[&str]) {
        self.stop_at_once();
        self.settings.extend(settings.iter().map(|&setting| setting.to_owned()));
        self.go();
    }

    /// Starts it, where it was, if it does not run, and waits until it answers.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn go(&mut self) {
        let started = Instant::now();
        while !self.answers() {
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not answer: {}", self.complaints());
            // One that was killed leaves others behind for a moment, which a new one does not start beside.
            let has_ended = |child: &mut Child| child.try_wait().is_ok_and(|status| status.is_some());
            if self.child.as_mut().is_none_or(has_ended) {
                self.child = Some(self.spawn());
            }
        }
    }

    fn spawn(&self) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).args(["-k", &self.socket_folder(), "-p", &self.port.to_string()]);
        let usual = ["listen_addresses=", "fsync=off", "synchronous_commit=off", "max_connections=100"];
        for setting in usual.into_iter().chain(self.settings.iter().map(String::as_str)) {
            server.args(["-c", setting]);
        }
        server.stdout(Stdio::null()).stderr(log.expect("the log can be written"));
        server.spawn().expect("PostgreSQL starts: ./dev test installs it")
    }

    fn answers(&self) -> bool {
        let mut asked = self.program("pg_isready");
        asked.args(["-q", "-h", &self.socket_folder(), "-p", &self.port.to_string()]);
        self.child.is_some() && asked.status().is_ok_and(|status| status.success())
    }

    /// Stops the whole of it from answering, without closing a connection.
    pub fn hang(&self) {
        let first = self.child.as_ref().expect("the server runs").id();
        signal(first, Signal::STOP);
        children(first).into_iter().for_each(|child| signal(child, Signal::STOP));
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        let first = self.child.as_ref().expect("the server runs").id();
        children(first).into_iter().for_each(|child| signal(child, Signal::CONT));
        signal(first, Signal::CONT);
    }

    /// Makes a standby a server of its own that takes writes.
    pub fn promote(&self) {
        assert_eq!(self.ask("SELECT pg_promote()"), "t");
    }

    /// What `sql` answers, one row a line.
    ///
    /// # Panics
    /// When it does not.
    pub fn ask(&self, sql: &str) -> String {
        let mut psql = self.program("psql");
        psql.args(["-h", &self.socket_folder(), "-p", &self.port.to_string(), "-U", "doorward"]);
        // A server that takes no writes takes this one's: it is told so to be made well again.
        psql.env("PGOPTIONS", "-c default_transaction_read_only=off");
        run(psql.args(["-d", "postgres", "-v", "ON_ERROR_STOP=1", "-AtXqc", sql])).trim_end().to_owned()
    }

    /// What it has said so far.
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn socket_folder(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// One of PostgreSQL's programs, run by whoever may: it refuses to be root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(programs().join(name));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = owner() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            children(child.id()).into_iter().for_each(|child| signal(child, Signal::CONT));
        }
        self.stop_at_once();
    }
}

/// Where the newest PostgreSQL of this machine has its programs: Debian keeps them beside the path.
fn programs() -> PathBuf {
    let releases = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest = releases.filter_map(|one| one.file_name().to_str()?.parse::<u32>().ok()).max();
    newest
        .map_or_else(PathBuf::new, |release| Path::new("/usr/lib/postgresql").join(format!("{release}/bin")))
}

/// The account that PostgreSQL has on this machine, when this process is root.
fn owner() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").expect("the list of accounts");
    let line =
        accounts.lines().find(|line| line.starts_with("postgres:")).expect("an account for PostgreSQL");
    let mut numbers = line.split(':').skip(2).map(|number| number.parse().expect("a number"));
    Some((numbers.next()?, numbers.next()?))
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("PostgreSQL's programs are there: ./dev test installs them");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}
