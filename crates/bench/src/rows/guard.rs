//! What the guards of another service cost: beside its own open route, and beside the same service written with axum-login.

use anyhow::{Context, Result};

use super::{compare, requests};
use crate::load::{Connection, get};
use crate::process::{Cores, Server};
use crate::small::TOKEN;
use crate::table::Table;

/// A flow of three guards against plain axum.
pub(crate) async fn layer(table: &mut Table) -> Result<()> {
    let (guarded, bare) = (Server::small("layer", Cores::One)?, Server::hello(Cores::One)?);
    let token = requests([get("/private", &format!("authorization: Bearer {TOKEN}\r\n"))]);
    let (guarded, bare) = compare((&guarded, &token), (&bare, &requests([get("/private", "")]))).await?;
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
