//! Processes by their numbers: who started whom, and signals to those that a test has not started itself.

use rustix::process::{Pid, Signal, kill_process};

/// What the process `parent` has started.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let numbers = processes.filter_map(|one| one.file_name().to_str()?.parse::<u32>().ok());
    let line = format!("PPid:\t{parent}\n");
    numbers
        .filter(|process| {
            std::fs::read_to_string(format!("/proc/{process}/status"))
                .is_ok_and(|status| status.contains(&line))
        })
        .collect()
}

pub(crate) fn signal(process: u32, signal: Signal) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // One that has ended meanwhile needs no signal.
    let _ = kill_process(process.expect("a process"), signal);
}
