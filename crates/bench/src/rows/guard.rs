//! What the guards of another service cost: beside its own open route, and beside the same service written with axum-login.

use anyhow::{Context, Result};

use super::{first_sight, ratio, requests};
use crate::load::{Connection, get};
use crate::process::{Cores, Server};
use crate::small::{TOKEN, signed_token};
use crate::table::Table;

/// A flow of three guards against plain axum, which is sent the same bytes: reading them is not the guards' work.
pub(crate) async fn layer(table: &mut Table) -> Result<()> {
    let (guarded, bare) = (Server::small("layer", Cores::One)?, Server::hello(Cores::One)?);
    let sent = requests([private(TOKEN)]);
    let what = ("layer with a flow of three guards ÷ bare route", "bare", 0.97);
    ratio(table, what, (&guarded, &sent), (&bare, &sent)).await
}

/// A signed token that was seen before against plain axum, which is sent the same bytes.
pub(crate) async fn jwt(table: &mut Table) -> Result<()> {
    let (guarded, bare) = (Server::small("jwt", Cores::One)?, Server::hello(Cores::One)?);
    let sent = requests([private(&signed_token(0)?)]);
    let what = ("JWT guard, token seen before ÷ bare route", "bare", 0.95);
    ratio(table, what, (&guarded, &sent), (&bare, &sent)).await
}

/// A service behind three guards that hears of revocations, against the same without news.
pub(crate) async fn news(table: &mut Table) -> Result<()> {
    let (heard, unheard) = (Server::small("heard", Cores::One)?, Server::small("unheard", Cores::One)?);
    let sent = requests([private(&signed_token(0)?)]);
    let what = ("guarded GET, 3 guards and live news of revocations ÷ without", "without", 0.98);
    ratio(table, what, (&heard, &sent), (&unheard, &sent)).await
}

/// What the first sight of a signed token adds to the open route of the same service, beside the bare check of its signature.
pub(crate) async fn jwt_first(table: &mut Table) -> Result<()> {
    let tokens = (0..FIRST_SIGHTS).map(signed_token).collect::<Result<Vec<_>>>()?;
    let to = |path: &str| requests(tokens.iter().map(|token| bearing(path, token)));
    let what = "JWT guard, first sight of a token: added CPU ÷ bare Ed25519 check";
    let start = || Server::small("jwt", Cores::One);
    first_sight::compare(table, (what, &tokens[0]), start, &to("/open"), &to("/private")).await
}

/// Tokens that are sent once each.
const FIRST_SIGHTS: usize = 20_000;
fn private(token: &str) -> Vec<u8> {
    bearing("/private", token)
}

fn bearing(path: &str, token: &str) -> Vec<u8> {
    get(path, &format!("authorization: Bearer {token}\r\n"))
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
    ratio(table, (what, "theirs", goal), (&ours, &with(&own)), (&theirs, &with(&other))).await
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
