//! What the guards of another service cost: beside its own open route, and beside the same service written with axum-login.

use anyhow::{Context, Result};

use super::{CONNECTIONS, compare, requests, steady};
use crate::floor;
use crate::load::{self, Connection, get};
use crate::process::{Cores, Server};
use crate::small::{TOKEN, signed_token};
use crate::table::Table;

/// A flow of three guards against plain axum.
pub(crate) async fn layer(table: &mut Table) -> Result<()> {
    let (guarded, bare) = (Server::small("layer", Cores::One)?, Server::hello(Cores::One)?);
    let token = requests([get("/private", &format!("authorization: Bearer {TOKEN}\r\n"))]);
    // The bare route is sent the same bytes: reading them is not the guards' work.
    let (guarded, bare) = compare((&guarded, &token), (&bare, &token)).await?;
    let ratio = guarded.rate / bare.rate;
    let behind = format!(
        "{:.0}/s {:.2} us, bare {:.0}/s {:.2} us",
        guarded.rate, guarded.cpu_us, bare.rate, bare.cpu_us
    );
    table.add(
        "layer with a flow of three guards ÷ bare route",
        format!("{ratio:.2}"),
        "≥ 0.97",
        ratio >= 0.97,
        behind,
    );
    Ok(())
}

/// A signed token that was seen before against plain axum.
pub(crate) async fn jwt(table: &mut Table) -> Result<()> {
    let (guarded, bare) = (Server::small("jwt", Cores::One)?, Server::hello(Cores::One)?);
    let token = requests([private(&signed_token(0)?)]);
    let (guarded, bare) = compare((&guarded, &token), (&bare, &token)).await?;
    let ratio = guarded.rate / bare.rate;
    let behind = format!(
        "{:.0}/s {:.2} us, bare {:.0}/s {:.2} us",
        guarded.rate, guarded.cpu_us, bare.rate, bare.cpu_us
    );
    table.add(
        "JWT guard, token seen before ÷ bare route",
        format!("{ratio:.2}"),
        "≥ 0.95",
        ratio >= 0.95,
        behind,
    );
    Ok(())
}

/// What the first sight of a signed token adds to the open route of the same service, beside the bare check of its signature.
pub(crate) async fn jwt_first(table: &mut Table) -> Result<()> {
    let tokens = (0..FIRST_SIGHTS).map(signed_token).collect::<Result<Vec<_>>>()?;
    let signed = tokens[0].rsplit_once('.').map_or(&*tokens[0], |(signed, _)| signed);
    let first = requests(tokens.iter().map(|token| private(token)));
    let (mut added, mut checks) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // A service that has just started has seen no token; each is sent once.
        let server = Server::small("jwt", Cores::One)?;
        let open = steady(&server, &requests([get("/open", "")])).await?;
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
    table.add(
        "JWT guard, first sight of a token: added CPU ÷ bare Ed25519 check",
        format!("{ratio:.2}"),
        "≤ 1.25",
        ratio <= 1.25,
        format!("{added:.1} us, bare check {check:.1} us"),
    );
    Ok(())
}

/// Tokens that are sent once each.
const FIRST_SIGHTS: usize = 20_000;
/// Rounds of the row that does so; the medians count.
const ROUNDS: usize = 3;

fn private(token: &str) -> Vec<u8> {
    get("/private", &format!("authorization: Bearer {token}\r\n"))
}

/// A session in memory against the same with axum-login, which looks its user up for each request: in memory, then in SQLite.
pub(crate) async fn session(table: &mut Table) -> Result<()> {
    against(table, "axum-login", "session-guarded GET ÷ the same with axum-login, users in memory", 1.0)
        .await?;
    against(
        table,
        "axum-login-sqlite",
        "session-guarded GET ÷ the same with axum-login, users in SQLite",
        4.0,
    )
    .await
}

async fn against(table: &mut Table, peer: &str, what: &str, goal: f64) -> Result<()> {
    let (ours, theirs) = (Server::small("session", Cores::One)?, Server::small(peer, Cores::One)?);
    let own = cookie(&ours, &get("/private", "authorization: Basic YWRhOmxvdmVsYWNl\r\n")).await?;
    let other = cookie(&theirs, &get("/login", "")).await?;
    let with = |cookie: &str| requests([get("/private", &format!("cookie: {cookie}\r\n"))]);
    let (ours, theirs) = compare((&ours, &with(&own)), (&theirs, &with(&other))).await?;
    let ratio = ours.rate / theirs.rate;
    let behind = format!(
        "{:.0}/s {:.2} us, theirs {:.0}/s {:.2} us",
        ours.rate, ours.cpu_us, theirs.rate, theirs.cpu_us
    );
    table.add(what, format!("{ratio:.2}"), &format!("≥ {goal:.0}"), ratio >= goal, behind);
    Ok(())
}

/// The cookie that the answer to `request` sets.
async fn cookie(server: &Server, request: &[u8]) -> Result<String> {
    let mut connection = Connection::open(&server.address).await?;
    let answer = connection.ask(request).await?;
    let head = String::from_utf8_lossy(answer.head).into_owned();
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
    let value =
        line.with_context(|| format!("no cookie in {head}"))?.split_once(':').map_or("", |(_, value)| value);
    Ok(value.split(';').next().unwrap_or_default().trim().to_owned())
}
