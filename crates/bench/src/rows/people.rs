//! What those who run the server and their programs do: API keys, searches, imports.

use std::fmt::Write;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::guarded::bearers;
use super::{compare, requests, steady};
use crate::load::{Connection, get, post, with_header};
use crate::process::{Cores, Server, binary};
use crate::seed::{self, CHEAP, PASSWORD};
use crate::table::Table;

const USERS: usize = 1_000;
const EACH: usize = 10;
const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const IMPORTED: usize = 200_000;
/// Times each question is asked.
const ASKED: usize = 200;

/// An API key seen before beside an access token seen before.
pub(crate) async fn api_keys(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::doorward(folder.path(), Cores::All, CHEAP)?;
    let logins = seed::logins(&server.address, 0..USERS, EACH).await?;
    let mut keys = Vec::with_capacity(logins.len());
    let mut connection = Connection::open(&server.address).await?;
    for login in &logins {
        let header = format!("authorization: Bearer {}\r\n", login.access);
        let made = with_header(&post("/api/v1/api-keys", &json!({ "name": "bench" })), &header);
        let answer: Value = serde_json::from_slice(connection.ask(&made).await?.body)?;
        keys.push(answer["api_key"].as_str().context("no key")?.to_owned());
    }
    drop(server);
    let server = Server::doorward(folder.path(), Cores::One, CHEAP)?;
    let by_key = requests(keys.iter().map(|key| get("/api/v1/session", &format!("x-api-key: {key}\r\n"))));
    let by_token = bearers(&logins);
    steady(&server, &by_key).await?;
    steady(&server, &by_token).await?;
    let (key, token) = compare((&server, &by_key), (&server, &by_token)).await?;
    let ratio = key.rate / token.rate;
    let behind =
        format!("{:.0}/s {:.2} us, token {:.0}/s {:.2} us", key.rate, key.cpu_us, token.rate, token.cpu_us);
    table.add(
        "API key ÷ access token, both seen before",
        format!("{ratio:.2}"),
        "≥ 0.90",
        ratio >= 0.90,
        behind,
    );
    Ok(())
}

/// Searches and pages among a million accounts beside a thousand.
pub(crate) async fn search(table: &mut Table) -> Result<()> {
    let few = questions(FEW).await?;
    let many = questions(MANY).await?;
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        let ratio = many / few;
        table.add(
            &format!("account search, {what}: at 1,000,000 ÷ at 1,000"),
            format!("{ratio:.2}"),
            "≤ 3 and < 20 ms",
            ratio <= 3.0 && many < 20.0,
            format!("{many:.2} ms, {few:.2} ms"),
        );
    }
    Ok(())
}

/// What each question takes at the median, in milliseconds.
async fn questions(accounts: usize) -> Result<Vec<(&'static str, f64)>> {
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    seed::rows(folder.path(), 0..accounts, "!").await?;
    let settings = [CHEAP, &[("DOORWARD__AUTH__DEFAULT_ADMIN_PASSWORD", PASSWORD)]].concat();
    let server = Server::doorward(folder.path(), Cores::All, &settings)?;
    let mut connection = Connection::open(&server.address).await?;
    let login = json!({ "identifier": "admin@example.com", "password": PASSWORD });
    let tokens: Value = serde_json::from_slice(connection.ask(&post("/api/v1/login", &login)).await?.body)?;
    let header =
        format!("authorization: Bearer {}\r\n", tokens["access_token"].as_str().context("no token")?);
    let first = get("/api/v1/admin/users?limit=50", &header);
    let page: Value = serde_json::from_slice(connection.ask(&first).await?.body)?;
    let cursor = page["next"].as_str().context("no next page")?;
    let mut times = Vec::new();
    for (what, query) in [
        ("first page", "limit=50".to_owned()),
        ("next page", format!("limit=50&cursor={cursor}")),
        ("beginning of many addresses", "limit=50&q=user".to_owned()),
        ("one address", "limit=50&q=user999@example.com".to_owned()),
        ("filter that few pass", "limit=50&verified=true&active=true".to_owned()),
    ] {
        let request = get(&format!("/api/v1/admin/users?{query}"), &header);
        let mut taken = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let started = Instant::now();
            let status = connection.ask(&request).await?.status;
            ensure!(status == 200, "{query}: {status}");
            taken.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        taken.sort_by(f64::total_cmp);
        times.push((what, taken[ASKED / 2]));
    }
    Ok(times)
}

/// Accounts with foreign hashes read from a file.
pub(crate) async fn import(table: &mut Table) -> Result<()> {
    const HASHES: [&str; 4] = [
        "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "scrypt$seasalt$16384$8$1$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
        "pbkdf2_sha256$600000$seasalt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
    ];
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    let mut text = "email,username,name,password_hash\n".to_owned();
    for n in 0..IMPORTED {
        writeln!(text, "{},person{n},Person {n},\"{}\"", seed::email(n), HASHES[n % HASHES.len()])?;
    }
    std::fs::write(folder.path().join("people.csv"), text)?;
    let run = |arguments: &[&str]| -> Result<f64> {
        let started = Instant::now();
        let done = Command::new(binary()?).args(arguments).current_dir(folder.path()).output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(started.elapsed().as_secs_f64())
    };
    run(&["migrate"])?;
    let first = run(&["users", "import", "people.csv"])?;
    let again = run(&["users", "import", "people.csv"])?;
    let rate = IMPORTED as f64 / first;
    table.add(
        "import of accounts with foreign hashes, from a file",
        format!("{rate:.0}/s"),
        "≥ 20,000/s",
        rate >= 20_000.0,
        format!("{IMPORTED} in {first:.1} s; the same file again in {again:.1} s"),
    );
    Ok(())
}
