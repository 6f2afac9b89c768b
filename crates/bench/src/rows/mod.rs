//! What is measured, one file per question.

mod audit;
mod copy;
mod count;
mod dialect;
mod documents;
mod first_sight;
mod grpc;
mod guard;
mod guarded;
mod login;
mod nodes;
mod people;
mod refresh;
mod rotate_pg;
mod scale;
mod start;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::load::{self, Outcome};
use crate::process::Server;
use crate::table::Table;

type Row = for<'a> fn(&'a mut Table) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Every row by its name on the command line.
pub(crate) const ALL: &[(&str, Row)] = &[
    ("open", |table| Box::pin(guarded::open(table))),
    ("guarded", |table| Box::pin(guarded::by_token(table))),
    ("session", |table| Box::pin(guarded::by_cookie(table))),
    ("first", |table| Box::pin(first_sight::measure(table))),
    ("audit", |table| Box::pin(audit::measure(table))),
    ("login", |table| Box::pin(login::rate(table))),
    ("dialect", |table| Box::pin(dialect::measure(table))),
    ("storm", |table| Box::pin(login::storm(table))),
    ("refresh", |table| Box::pin(refresh::measure(table))),
    ("rotate-pg", |table| Box::pin(rotate_pg::measure(table))),
    ("two-nodes", |table| Box::pin(nodes::logins(table))),
    ("revoked-elsewhere", |table| Box::pin(nodes::revoked(table))),
    ("copy", |table| Box::pin(copy::measure(table))),
    ("start", |table| Box::pin(start::measure(table))),
    ("api-keys", |table| Box::pin(people::api_keys(table))),
    ("search", |table| Box::pin(people::search(table))),
    ("import", |table| Box::pin(people::import(table))),
    ("documents", |table| Box::pin(documents::search(table))),
    ("ingest", |table| Box::pin(documents::ingest(table))),
    ("scale", |table| Box::pin(scale::measure(table))),
    ("count", |table| Box::pin(async { count::measure(table) })),
    ("layer", |table| Box::pin(guard::layer(table))),
    ("jwt", |table| Box::pin(guard::jwt(table))),
    ("news", |table| Box::pin(guard::news(table))),
    ("grpc", |table| Box::pin(grpc::measure(table))),
    ("jwt-first", |table| Box::pin(guard::jwt_first(table))),
    ("remembered", |table| Box::pin(guard::session(table))),
];

/// Connections of the steady rows.
const CONNECTIONS: usize = 32;
/// Length of one round of a steady row.
const ROUND: Duration = Duration::from_secs(3);
/// Rounds of each side; the medians are compared.
const ROUNDS: usize = 5;

/// A steady load, and the server's processor time for each of its requests.
struct Measured {
    rate: f64,
    cpu_us: f64,
}

async fn steady(server: &Server, requests: &Arc<Vec<Vec<u8>>>) -> Result<Measured> {
    let before = server.weigh()?;
    let outcome = load::steady(&server.address, CONNECTIONS, ROUND, requests.clone()).await?;
    let after = server.weigh()?;
    anyhow::ensure!(
        outcome.bad == 0 && outcome.shed == 0,
        "{} bad answers, the last {}",
        outcome.bad + outcome.shed,
        outcome.bad_status
    );
    // The warm-up is a sixth of the time and not counted in the rate.
    let asked = outcome.good as f64 * 1.2;
    Ok(Measured { rate: outcome.rate(), cpu_us: (after.cpu - before.cpu).as_secs_f64() * 1e6 / asked })
}

/// The medians of several rounds of each side, taken in turn.
async fn compare(
    (first, ours): (&Server, &Arc<Vec<Vec<u8>>>),
    (second, floor): (&Server, &Arc<Vec<Vec<u8>>>),
) -> Result<(Measured, Measured)> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(steady(first, ours).await?);
        b.push(steady(second, floor).await?);
    }
    Ok((median(a), median(b)))
}

fn median(mut rounds: Vec<Measured>) -> Measured {
    let middle = rounds.len() / 2;
    rounds.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    let cpu_us = rounds[middle].cpu_us;
    rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    Measured { rate: rounds[middle].rate, cpu_us }
}

/// A row that compares the rates of two loads: `what` is the first ÷ the second, which is called `floor`.
async fn ratio(
    table: &mut Table,
    (what, floor, goal): (&str, &str, f64),
    first: (&Server, &Arc<Vec<Vec<u8>>>),
    second: (&Server, &Arc<Vec<Vec<u8>>>),
) -> Result<()> {
    let (first, second) = compare(first, second).await?;
    let ratio = first.rate / second.rate;
    let behind = format!(
        "{:.0}/s {:.2} us, {floor} {:.0}/s {:.2} us",
        first.rate, first.cpu_us, second.rate, second.cpu_us
    );
    table.add(what, format!("{ratio:.2}"), &format!("≥ {goal:.2}"), ratio >= goal, behind);
    Ok(())
}

/// What an outcome says in a few words.
fn words(outcome: &Outcome) -> String {
    format!("{:.0}/s, p99 {:.1} ms", outcome.rate(), outcome.p99_ms())
}

fn requests(all: impl IntoIterator<Item = Vec<u8>>) -> Arc<Vec<Vec<u8>>> {
    Arc::new(all.into_iter().collect())
}
