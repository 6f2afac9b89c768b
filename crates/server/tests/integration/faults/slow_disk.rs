//! Every flush to the disk takes a fifth of a second, and half a one in the long form.

use std::time::{Duration, Instant};

use doorward_testkit::{RealServer, UNHINDERED, free_folder};

use super::load::{Load, Talk};
use super::{BINARY, is_long, may_trace};

/// Lets flushes take longer, as the word before the binary says; becomes the binary.
const SLOW: [&str; 8] = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fdatasync,fsync", "-e"];

#[tokio::test]
async fn reads_do_not_wait_for_flushes() {
    if !may_trace() {
        return;
    }
    let folder = free_folder();
    let delay = Duration::from_millis(if is_long() { 500 } else { 200 });
    let inject = format!("inject=fdatasync,fsync:delay_enter={}", delay.as_micros());
    let log = folder.path().join("strace").display().to_string();
    let mut command = SLOW.to_vec();
    command.extend([&*inject, "-o", &log, BINARY]);
    let server = RealServer::start_by(&command, folder.path(), UNHINDERED, &[]);
    let talk = Talk::to(&[&server]);
    let known = talk.token().await;
    let began = Instant::now();
    talk.register().await.unwrap();
    assert!(began.elapsed() >= delay, "a write waits for its flush");

    let load = Load::start(&talk, if is_long() { 8 } else { 2 });
    let reads = talk.reads(&known, if is_long() { 2_000 } else { 300 }).await;

    let facts = load.check(&talk).await;
    let (middle, late) = (reads[reads.len() / 2], reads[reads.len() * 99 / 100]);
    println!(
        "slow disk: {facts} writes, {delay:?} for each flush; reads meanwhile p50 {middle:?}, p99 {late:?}"
    );
    // Short, a few of the reads may meet whatever else this machine does.
    let held = if is_long() { late } else { middle };
    assert!(held < delay, "{held:?}");
}
