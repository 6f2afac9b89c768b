//! Write sets that wait for no other: each on a connection of its own.

use std::time::Duration;

use deadpool_postgres::Transaction;
use doorward_core::change::Changes;
use tokio_postgres::IsolationLevel;

use super::connect::Connections;
use super::run::On;
use crate::apply::{Refusal, apply, is_one_statement};
use crate::db::Fault;

/// How often a write set is tried that others were in the way of.
pub(super) const TRIES: u32 = 4;

/// Applies a write set of free changes.
pub(super) async fn write(connections: &Connections, changes: &Changes) -> Result<(), Refusal> {
    let mut tried = 1;
    loop {
        match attempt(connections, changes).await {
            Err(Refusal::Fault(Fault::Again(_))) if tried < TRIES => rest(tried).await,
            done => return done,
        }
        tried += 1;
    }
}

/// A moment, longer each time, so that those who were in each other's way are not again.
pub(super) async fn rest(tried: u32) {
    tokio::time::sleep(Duration::from_millis(u64::from(tried) * 5)).await;
}

async fn attempt(connections: &Connections, changes: &Changes) -> Result<(), Refusal> {
    let mut client = connections.one().await?;
    if let [change] = changes.as_slice()
        && is_one_statement(change)
    {
        return apply(&On { client: &client, connections }, change).await;
    }
    // Dropped before its end, whoever dropped it, it undoes what was done.
    let begun = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    let transaction: Transaction<'_> = connections.within(async { Ok(begun.start().await?) }).await?;
    for change in changes.as_slice() {
        apply(&On { client: &transaction, connections }, change).await?;
    }
    Ok(connections.within(async { Ok(transaction.commit().await?) }).await?)
}
