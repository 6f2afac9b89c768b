//! A PostgreSQL of a row's own: on a disk, flushed as in production, gone with the row.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A running server, reached by a socket in its folder.
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Starts one; it takes up to 300 connections and is otherwise as it comes.
    pub(crate) fn start() -> Result<Self> {
        // Not among what is kept in memory alone, and where another user's process may come, too.
        let folder = TempDir::new_in("/var/tmp")?;
        let mut server = Self { programs: programs()?, user: None, folder };
        server.give_away()?;
        let data = server.data();
        server.run(
            "initdb",
            &["-D", &data, "-U", "doorward", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
        )?;
        let options = format!("-c listen_addresses= -k {} -c max_connections=300", server.path().display());
        let log = server.path().join("log").display().to_string();
        server.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"])?;
        Ok(server)
    }

    /// Where its first database is.
    pub(crate) fn url(&self) -> String {
        let socket = self.path().display().to_string().replace('/', "%2F");
        format!("postgres://doorward@{socket}/postgres")
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Client> {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> String {
        self.path().join("data").display().to_string()
    }

    /// It refuses to run as root: the folder and the processes are those of the system's own user for it.
    fn give_away(&mut self) -> Result<()> {
        let id = |flag: &str, of: &[&str]| -> Result<u32> {
            let told = Command::new("id").arg(flag).args(of).output()?;
            Ok(String::from_utf8(told.stdout)?.trim().parse()?)
        };
        if id("-u", &[])? != 0 {
            return Ok(());
        }
        let user = (id("-u", &["postgres"])?, id("-g", &["postgres"])?);
        std::os::unix::fs::chown(self.path(), Some(user.0), Some(user.1))?;
        self.user = Some(user);
        Ok(())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(self.path()).stdout(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        ensure!(command.status()?.success(), "{program} has failed");
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }
}

/// Where the newest one is installed.
fn programs() -> Result<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let version = |folder: &PathBuf| -> Option<u32> { folder.file_name()?.to_str()?.parse().ok() };
    let newest = found.flatten().map(|entry| entry.path()).max_by_key(version);
    Ok(newest.context("PostgreSQL is not installed")?.join("bin"))
}
