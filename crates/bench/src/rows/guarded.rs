//! What a guarded route costs beside an open one, and an open one beside nothing.
//!
//! Both are sent the same credentials in requests of the same length; one of them looks at it.

use std::sync::Arc;

use anyhow::Result;
use tempfile::TempDir;

use super::{ratio, requests, steady};
use crate::load::get;
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP, Login};
use crate::table::Table;

/// Tokens in rotation: 1,000 accounts with ten sessions each.
const USERS: usize = 1_000;
const SESSIONS_EACH: usize = 10;

pub(crate) async fn open(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let ours = Server::doorward(folder.path(), Cores::One, &[])?;
    let floor = Server::hello(Cores::One)?;
    let (open, hello) = (requests([get("/healthz", "")]), requests([get("/open", "")]));
    let what = ("open route ÷ plain axum hello (P2)", "hello", 0.95);
    ratio(table, what, (&ours, &open), (&floor, &hello)).await
}

pub(crate) async fn by_token(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let logins = seeded(&folder).await?;
    let server = Server::doorward(folder.path(), Cores::One, CHEAP)?;
    let idle = server.weigh()?.rss_mib;
    let guarded = bearers(&logins);
    steady(&server, &guarded).await?;
    let open = requests(logins.iter().map(|login| get("/healthz", &authorization(login))));
    let what = ("guarded GET, 10,000 tokens seen before ÷ open route (P1)", "open", 0.95);
    ratio(table, what, (&server, &guarded), (&server, &open)).await?;
    let loaded = server.weigh()?.rss_mib;
    let figure = format!("{idle:.0} / {loaded:.0} MiB");
    table.add(
        "resident memory idle / under load (P18)",
        figure,
        "≤ 25 / 56 MiB",
        idle <= 25.0 && loaded <= 56.0,
        String::new(),
    );
    Ok(())
}

pub(crate) async fn by_cookie(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let logins = seeded(&folder).await?;
    let server = Server::doorward(folder.path(), Cores::One, CHEAP)?;
    let cookies = cookies(&logins);
    steady(&server, &cookies).await?;
    let open = requests(logins.iter().map(|login| get("/healthz", &cookie(login))));
    let what = ("guarded GET by session cookie ÷ open route (P5)", "open", 0.90);
    ratio(table, what, (&server, &cookies), (&server, &open)).await
}

/// A database with ten thousand sessions, made by the server itself.
pub(super) async fn seeded(folder: &TempDir) -> Result<Vec<Login>> {
    let server = Server::doorward(folder.path(), Cores::All, CHEAP)?;
    seed::logins(&server.address, 0..USERS, SESSIONS_EACH).await
}

pub(super) fn authorization(login: &Login) -> String {
    format!("authorization: Bearer {}\r\n", login.access)
}

pub(super) fn bearers(logins: &[Login]) -> Arc<Vec<Vec<u8>>> {
    requests(logins.iter().map(|login| get("/api/v1/session", &authorization(login))))
}

fn cookie(login: &Login) -> String {
    format!("cookie: __Host-doorward={}\r\n", login.cookie)
}

pub(super) fn cookies(logins: &[Login]) -> Arc<Vec<Vec<u8>>> {
    requests(logins.iter().map(|login| get("/api/v1/session", &cookie(login))))
}
