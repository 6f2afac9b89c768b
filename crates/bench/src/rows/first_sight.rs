//! What the first sight of a token adds to an open route, beside the bare check of its signature.

use anyhow::Result;
use tempfile::TempDir;

use super::guarded::{bearers, seeded};
use super::{CONNECTIONS, requests, steady};
use crate::floor;
use crate::load::{self, get};
use crate::process::{Cores, Server};
use crate::seed::CHEAP;
use crate::table::Table;

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let logins = seeded(&folder).await?;
    let token = &logins[0].access;
    let signed = token.rsplit_once('.').map_or(&**token, |(signed, _)| signed);
    // A server that has just started has seen no token; each is sent once.
    let mut added = Vec::new();
    let mut checks = Vec::new();
    for _ in 0..3 {
        let server = Server::doorward(folder.path(), Cores::One, CHEAP)?;
        let open = steady(&server, &requests([get("/healthz", "")])).await?;
        let before = server.weigh()?;
        let outcome = load::once(&server.address, CONNECTIONS, bearers(&logins)).await?;
        let after = server.weigh()?;
        anyhow::ensure!(outcome.bad == 0, "{} bad answers, the last {}", outcome.bad, outcome.bad_status);
        let each = (after.cpu - before.cpu).as_secs_f64() * 1e6 / outcome.good as f64;
        added.push(each - open.cpu_us);
        checks.push(floor::ed25519_check_us(signed)?);
    }
    added.sort_by(f64::total_cmp);
    checks.sort_by(f64::total_cmp);
    let ratio = added[1] / checks[1];
    let behind = format!("{:.1} us, bare check {:.1} us", added[1], checks[1]);
    table.add(
        "first sight of a token: added CPU ÷ bare Ed25519 check (P4)",
        format!("{ratio:.2}"),
        "≤ 1.25",
        ratio <= 1.25,
        behind,
    );
    Ok(())
}
