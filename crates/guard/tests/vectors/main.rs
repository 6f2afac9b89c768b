//! Runs a file of guard vectors: language-neutral cases of what a right implementation does.
//!
//! `GUARD_VECTORS` names the file; `guards.json` beside this one stands in. What a case means follows from its kind alone,
//! so that any file of the format can be run. Prints for each area how many cases pass. Invariant: a case whose kind or
//! expectation is not known here has failed; nothing is passed over.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test whose ground gives way has to stop at once"
)]

mod answer;
mod app;
mod browser;
mod guards;
mod held;
mod judge;
mod kinds;
mod login_guards;
mod provider;
mod report;
mod signer;
mod world;

use std::io::Write;

use serde_json::Value;

/// What became of a case: why it failed, if it did.
type Verdict = Result<(), String>;

const FORMAT: &str = "doorward-guard-vectors/1";

fn file() -> (String, Value) {
    #[expect(clippy::disallowed_methods, reason = "the file to run is named from outside")]
    let path = std::env::var("GUARD_VECTORS").unwrap_or_else(|_| "tests/vectors/guards.json".to_owned());
    // Tests run in the folder of their crate; whoever names a file may stand at the root.
    let text = std::fs::read_to_string(&path).or_else(|_| std::fs::read_to_string(format!("../../{path}")));
    let text = text.unwrap_or_else(|fault| panic!("{path}: {fault}"));
    let file: Value = serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    (path, file)
}

#[test]
fn every_case_that_must_pass_does() {
    let (path, file) = file();
    assert_eq!(file["format"], FORMAT, "{path} is of another format");
    let cases = file["cases"].as_array().expect("a list of cases");
    assert_eq!(file["count"].as_u64(), Some(cases.len() as u64), "{path} has lost cases");
    let mut report = report::Report::default();
    for case in cases {
        report.add(case, kinds::run(case));
    }
    // Not by a macro: the figures are to be seen when the test passes, too.
    std::io::stdout().write_all(report.to_string().as_bytes()).expect("a terminal");
    assert!(report.musts_hold(), "{} of {path} fail", report.failed_musts());
}
