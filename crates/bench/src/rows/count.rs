//! Instructions for one request to the small services, without a network: they do not mind a busy machine.
//!
//! Not the whole truth: valgrind has no instructions for SHA-256, so that a digest counts for many times what it takes.

use std::process::Command;

use anyhow::{Context, Result};

use crate::calls::TOKENS;
use crate::table::Table;

/// A case by its name, what it is, and the most instructions it may add to a bare route, if there is such a limit.
const ADDED: &[(&str, &str, Option<u64>)] = &[
    ("open", "layer, open route", Some(1_100)),
    ("layer", "layer with a flow of three guards", Some(9_500)),
    ("jwt", "JWT guard, token seen before", Some(6_000)),
    ("session", "session in memory", Some(9_500)),
    ("axum-login", "session of axum-login, its user in memory", None),
];
/// Calls of a short run, and of a long one: their difference is that of the calls alone.
const CALLS: (usize, usize) = (100, 10_100);

/// Counts what each kind of guard adds to a bare route.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let bare = per_call("bare", CALLS)?;
    let behind = format!("bare route {bare}, digest of a key {}", per_call("digest", CALLS)?);
    for (case, what, most) in ADDED {
        let added = per_call(case, CALLS)?.saturating_sub(bare);
        let goal = most.map_or("–".to_owned(), |most| format!("≤ {most}"));
        let is_reached = most.is_none_or(|most| added <= most);
        table.add(
            &format!("instructions of the {what}"),
            added.to_string(),
            &goal,
            is_reached,
            behind.clone(),
        );
    }
    let news = per_call("heard", CALLS)?.saturating_sub(per_call("unheard", CALLS)?);
    table.add(
        "instructions that live news of revocations add, 3 guards",
        news.to_string(),
        "≤ 150",
        news <= 150,
        "10,000 ends are known".to_owned(),
    );
    // Each token is sent once.
    let few = (TOKENS / 4, TOKENS);
    let (first, check) = (per_call("jwt-first", few)?.saturating_sub(bare), per_call("check", few)?);
    let besides = first.saturating_sub(check);
    table.add(
        "instructions of the first sight of a token, besides its Ed25519 check",
        besides.to_string(),
        "≤ 60000",
        besides <= 60_000,
        format!("the check {check}"),
    );
    Ok(())
}

/// Instructions of one call of `case`.
fn per_call(case: &str, (short, long): (usize, usize)) -> Result<u64> {
    Ok(run(case, long)?.saturating_sub(run(case, short)?) / (long - short) as u64)
}

/// Instructions of this program while it calls `case`, `count` times.
fn run(case: &str, count: usize) -> Result<u64> {
    let counted = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["call", case, &count.to_string()])
        .output()
        .context("valgrind is missing: `./dev bench` installs it")?;
    let said = String::from_utf8_lossy(&counted.stderr);
    anyhow::ensure!(counted.status.success(), "{case}: {said}");
    let total = said.lines().find_map(|line| line.split_once("Collected : ")).context("no count")?.1;
    Ok(total.trim().parse()?)
}
