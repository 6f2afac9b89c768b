//! What the database tells Prometheus.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const COMMITS: &str = "doorward_store_commits_total";
const FAILURES: &str = "doorward_store_commit_failures_total";
const WRITE_SETS: &str = "doorward_store_commit_write_sets";
const SECONDS: &str = "doorward_store_commit_seconds";
const SILENCES: &str = "doorward_store_silences_total";
const WAITING: &str = "doorward_store_queue_depth";

pub(crate) fn describe() {
    describe_counter!(SILENCES, "Times that a database server stopped answering");
    describe_counter!(COMMITS, "Transactions committed, each with one flush");
    describe_counter!(FAILURES, "Transactions that failed; their callers were told so and nothing was kept");
    describe_histogram!(WRITE_SETS, "Write sets that shared one commit");
    describe_histogram!(SECONDS, Unit::Seconds, "From the first change of a commit to the end of its flush");
    describe_gauge!(WAITING, "Write sets that wait for the commit after the one being made");
}

pub(crate) fn committed(write_sets: usize, took: Duration) {
    counter!(COMMITS).increment(1);
    histogram!(WRITE_SETS).record(write_sets as f64);
    histogram!(SECONDS).record(took);
}

pub(crate) fn failed() {
    counter!(FAILURES).increment(1);
}

pub(crate) fn silent() {
    counter!(SILENCES).increment(1);
}

pub(crate) fn waiting(write_sets: usize) {
    gauge!(WAITING).set(write_sets as f64);
}
