//! How busy the machine is, as its kernel tells.
//!
//! Invariant: where the kernel tells nothing the figure is 0; no answer hangs on it.

use std::fs;

/// The load of the last minute in percent of what the processors can do.
pub(super) fn cpu_percent() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    load * 100.0 / processors as f64
}

/// The memory that is not available, in percent.
pub(super) fn memory_percent() -> f64 {
    let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
    };
    match (kib("MemTotal:"), kib("MemAvailable:")) {
        (Some(total), Some(available)) if total > 0.0 => (total - available) * 100.0 / total,
        _ => 0.0,
    }
}
