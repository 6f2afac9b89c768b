//! What the first sight of a token adds to an open route, beside the bare check of its signature.

use std::sync::Arc;

use anyhow::Result;
use tempfile::TempDir;

use super::guarded::{authorization, bearers, seeded};
use super::{CONNECTIONS, requests, steady};
use crate::floor;
use crate::load::{self, get};
use crate::process::{Cores, Server};
use crate::seed::CHEAP;
use crate::table::Table;

/// Rounds; the medians count.
const ROUNDS: usize = 3;

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let logins = seeded(&folder).await?;
    let open = requests(logins.iter().map(|login| get("/healthz", &authorization(login))));
    let start = || Server::doorward(folder.path(), Cores::One, CHEAP);
    let what = "first sight of a token: added CPU ÷ bare Ed25519 check (P4)";
    compare(table, (what, &logins[0].access), start, &open, &bearers(&logins)).await
}

/// What each of `first` costs more than each of `open`, the same bytes to a route that does not look at them, on a server that
/// has just started; beside the check of the signature of a token like `token`.
pub(super) async fn compare(
    table: &mut Table,
    (what, token): (&str, &str),
    start: impl Fn() -> Result<Server>,
    open: &Arc<Vec<Vec<u8>>>,
    first: &Arc<Vec<Vec<u8>>>,
) -> Result<()> {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let (mut added, mut checks) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // A server that has just started has seen no token; each is sent once.
        let server = start()?;
        let open = steady(&server, open).await?;
        let before = server.weigh()?;
        let outcome = load::once(&server.address, CONNECTIONS, first.clone()).await?;
        let after = server.weigh()?;
        anyhow::ensure!(outcome.bad == 0, "{} bad answers, the last {}", outcome.bad, outcome.bad_status);
        let each = (after.cpu - before.cpu).as_secs_f64() * 1e6 / outcome.good as f64;
        added.push(each - open.cpu_us);
        checks.push(floor::ed25519_check_us(signed)?);
    }
    added.sort_by(f64::total_cmp);
    checks.sort_by(f64::total_cmp);
    let (added, check) = (added[ROUNDS / 2], checks[ROUNDS / 2]);
    let ratio = added / check;
    let behind = format!("{added:.1} us, bare check {check:.1} us");
    table.add(what, format!("{ratio:.2}"), "≤ 1.25", ratio <= 1.25, behind);
    Ok(())
}
