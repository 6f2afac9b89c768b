//! The servers under measurement: started on a free port, pinned to a core, weighed, and ended.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Which cores a server may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    /// The first alone; the load comes from the second.
    One,
    /// The second alone.
    Other,
    /// All of them, shared with the load.
    All,
}

/// A server process, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
}

/// What the kernel has counted of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weight {
    /// Processor time, user and system.
    pub(crate) cpu: Duration,
    /// Resident memory, MiB.
    pub(crate) rss_mib: f64,
}

impl Server {
    /// Starts plain axum with one route that says hello: the floor.
    pub(crate) fn hello(cores: Cores) -> Result<Self> {
        Self::small("hello", cores)
    }

    /// Starts one of the small services of [`crate::small`].
    pub(crate) fn small(which: &str, cores: Cores) -> Result<Self> {
        let own = std::env::current_exe()?;
        Self::start(command(&own, cores).args(["serve", which]), "/open")
    }

    /// Starts Doorward on `folder` with more settings as `DOORWARD__…` variables.
    pub(crate) fn doorward(folder: &Path, cores: Cores, settings: &[(&str, &str)]) -> Result<Self> {
        let mut command = command(&binary()?, cores);
        command.arg("serve").current_dir(folder).env("DOORWARD__SERVER__BIND", "127.0.0.1:0");
        command.envs(settings.iter().copied());
        Self::start(&mut command, "/healthz")
    }

    fn start(command: &mut Command, probe: &str) -> Result<Self> {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let Some(line) = lines.next() else {
                let _ = child.kill();
                bail!("the server ended before it listened: {:?}", child.wait()?);
            };
            if let Some((_, rest)) = line?.split_once("http://") {
                break rest.split(['/', ' ']).next().unwrap_or_default().to_owned();
            }
        };
        // Whatever else it prints is read and dropped, so that it never blocks.
        std::thread::spawn(move || lines.for_each(drop));
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        server.first_answer(probe)?;
        server.ready_after = started.elapsed();
        Ok(server)
    }

    fn first_answer(&self, probe: &str) -> Result<()> {
        use std::io::{Read, Write};
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let Ok(mut stream) = std::net::TcpStream::connect(&self.address) else { continue };
            write!(stream, "GET {probe} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            if answer.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
        }
        bail!("no answer on {probe} within a minute")
    }

    /// What the process has used so far.
    pub(crate) fn weigh(&self) -> Result<Weight> {
        let id = self.child.id();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let fields: Vec<&str> = stat.rsplit_once(')').context("odd stat")?.1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = rss.trim().trim_end_matches(" kB").parse()?;
        Ok(Weight { cpu: Duration::from_millis(ticks * 10), rss_mib: kib / 1024.0 })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(program: &Path, cores: Cores) -> Command {
    match cores {
        Cores::All => Command::new(program),
        Cores::One => pinned("0", program),
        Cores::Other => pinned("1", program),
    }
}

fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// The release binary beside this one.
pub(crate) fn binary() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("doorward");
    if !path.exists() {
        bail!("{} is missing: run `./dev bench`, which builds it", path.display());
    }
    Ok(path)
}
