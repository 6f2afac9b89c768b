//! The disk takes nothing any more, and later does again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use doorward_testkit::{RealServer, UNHINDERED, free_folder};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::load::{Load, Talk, rest};
use super::{AT_MOST, BINARY, is_long, may_trace, until_it_writes};

/// Becomes the binary that follows; a write that is too large is then refused rather than a signal.
const NO_SIGNAL: [&str; 5] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", BINARY];

/// Lets the disk fail by `spoil` until the test has seen it, and recover by `mend`.
async fn spoil(server: &RealServer, spoil: impl FnOnce(), mend: impl FnOnce()) {
    let talk = Talk::to(&[server]);
    let (known, load) = (talk.token().await, Load::start(&talk, 4));
    talk.more(30).await;
    let unseen = talk.login("n0@example.com").await.unwrap();
    let unseen = super::load::text(&unseen, "access_token");

    spoil();
    while talk.refused() < 20 {
        rest().await;
    }
    let reads = talk.reads(&known, if is_long() { 1_000 } else { 100 }).await;
    assert_eq!(talk.verdict(&unseen).await, Some(200), "a token that is not known yet");
    assert_eq!(talk.ask("/readyz", "", None).await, None, "no new requests are to come here");
    mend();
    let back = until_it_writes(&talk).await;

    assert!(talk.ask("/readyz", "", None).await.is_some());
    let facts = load.check(&talk).await;
    println!(
        "disk: {} refused, {facts} acknowledged writes kept; reads meanwhile p99 {:?}, back after {back:?}",
        talk.refused(),
        reads[reads.len() * 99 / 100]
    );
    assert!(back < AT_MOST && talk.slowest() < AT_MOST);
}

fn is_whole(folder: &Path) -> bool {
    let database = rusqlite::Connection::open(folder.join("data/doorward.db")).unwrap();
    let found: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    found == "ok"
}

#[tokio::test]
async fn while_the_disk_refuses_writes_reads_go_on_and_no_restart_is_needed() {
    let folder = free_folder();
    let server = RealServer::start_by(&NO_SIGNAL, folder.path(), UNHINDERED, &[]);
    let process = Pid::from_raw(i32::try_from(server.process()).unwrap());
    let allow = |bytes| {
        prlimit(process, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    };

    spoil(&server, || allow(Some(0)), || allow(None)).await;

    assert!(server.stop().success());
    assert!(is_whole(folder.path()));
}

/// Lets every write of `process` fail, as when the system has made the disk read-only.
fn read_only(process: u32) -> Child {
    let inject = "inject=pwrite64,pwritev,ftruncate,fdatasync,fsync:error=EROFS";
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64,pwritev,ftruncate,fdatasync,fsync"]);
    strace.args(["-e", inject, "-p", &process.to_string()]).spawn().unwrap()
}

#[tokio::test]
async fn on_a_disk_that_has_become_read_only_reads_go_on_and_no_restart_is_needed() {
    if !may_trace() {
        return;
    }
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), UNHINDERED);
    let tracer = std::cell::OnceCell::new();
    let spoiler = || tracer.set(read_only(server.process())).unwrap();

    spoil(&server, spoiler, || kill_process(Pid::from_child(tracer.get().unwrap()), Signal::TERM).unwrap())
        .await;

    tracer.into_inner().unwrap().wait().unwrap();
    assert!(server.stop().success());
    assert!(is_whole(folder.path()));
}

/// A small disk. It is given back with this.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// One in `folder`; `None` where nobody may make one.
    fn mount(folder: &Path) -> Option<Self> {
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(folder).output();
        mount.is_ok_and(|done| done.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[tokio::test]
async fn on_a_full_disk_reads_go_on_and_space_is_all_that_is_needed() {
    let folder = free_folder();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        eprintln!("left out: a small disk can be made by root alone");
        return;
    };
    let server = RealServer::start(BINARY, folder.path(), UNHINDERED);
    let ballast = disk.0.join("ballast");
    let fill = || {
        let mut file = File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    };

    spoil(&server, fill, || std::fs::remove_file(&ballast).unwrap()).await;

    assert!(server.stop().success());
    assert!(is_whole(folder.path()));
}
