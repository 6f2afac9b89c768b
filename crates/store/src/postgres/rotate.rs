//! Refresh tokens that are replaced at the same time, in one statement: one flush of the disk serves all of them.
//!
//! Invariant: a caller is told "done" only after the commit of its own row. Of two that replace the same token, one is told so.

use std::time::Instant;

use doorward_core::change::Change;
use doorward_core::port::{ApplyError, Conflict, StoreError};
use doorward_core::{Digest, SessionId, Timestamp};
use tokio_postgres::types::ToSql;

use super::connect::Connections;
use super::gather::{Asked, Gather};
use super::run::On;
use crate::commits;
use crate::db::{Fault, Row};
use crate::session::{self, ROTATE_SEVERAL};

/// How many one statement replaces at most.
const AT_ONCE: usize = 32;

type Answer = Result<(), ApplyError>;

/// A token that is to be replaced: see [`Change::RotateRefresh`].
#[derive(Debug, Clone, Copy)]
struct Rotation {
    session: SessionId,
    from: Digest,
    to: Digest,
    generation: u32,
    at: Timestamp,
}

/// Replaces refresh tokens.
#[derive(Debug)]
pub(super) struct Rotate(Gather<Rotation, Answer>);

impl Rotate {
    pub(super) fn start(connections: &Connections) -> Self {
        let connections = connections.clone();
        Self(Gather::start(AT_ONCE, move |batch| replace_all(connections.clone(), batch)))
    }

    /// Replaces a token as `change` says. Nothing, if it says something else.
    pub(super) fn apply(&self, change: &Change) -> Option<impl Future<Output = Answer>> {
        let &Change::RotateRefresh { session, from, to, generation, at } = change else { return None };
        let rotation = Rotation { session, from, to, generation, at };
        Some(async move { self.0.ask(rotation).await? })
    }
}

async fn replace_all(connections: Connections, mut batch: Vec<Asked<Rotation, Answer>>) {
    // In one order for all who write: two that wait for each other's rows would wait in vain.
    batch.sort_by_key(|asked| *asked.question.session.as_bytes());
    while !batch.is_empty() {
        // One statement changes a row once.
        let mut last = None;
        let (firsts, others) = batch
            .into_iter()
            .partition(|asked| last.replace(asked.question.session) != Some(asked.question.session));
        replace(&connections, firsts).await;
        batch = others;
    }
}

/// Replaces the tokens of sessions that differ.
async fn replace(connections: &Connections, batch: Vec<Asked<Rotation, Answer>>) {
    let started = Instant::now();
    let rotations: Vec<_> = batch.iter().map(|asked| asked.question).collect();
    match write(connections, &rotations).await {
        Ok(replaced) => {
            commits::committed(batch.len(), started.elapsed());
            for asked in batch {
                let is_done = replaced.contains(&asked.question.session);
                asked.answer(done(is_done));
            }
        }
        // Others were in the way of the statement, and nothing of it is kept.
        Err(Fault::Again(_)) if batch.len() > 1 => {
            for asked in batch {
                let alone = write(connections, std::slice::from_ref(&asked.question)).await;
                asked.answer(alone.map_err(ApplyError::from).and_then(|replaced| done(!replaced.is_empty())));
            }
        }
        Err(fault) => {
            commits::failed();
            let fault = StoreError::from(fault);
            for asked in batch {
                asked.answer(Err(fault.clone().into()));
            }
        }
    }
}

fn done(is_done: bool) -> Answer {
    if is_done { Ok(()) } else { Err(ApplyError::Conflict(Conflict::Stale)) }
}

/// The sessions whose tokens were replaced, of several that differ.
async fn write(connections: &Connections, rotations: &[Rotation]) -> Result<Vec<SessionId>, Fault> {
    let client = connections.one().await?;
    let on = On { client: &client, connections };
    if let [Rotation { session, from, to, generation, at }] = rotations {
        let touched = session::rotate(&on, *session, (from, to), *generation, *at).await?;
        return Ok(if touched == 1 { vec![*session] } else { Vec::new() });
    }
    let texts = |of: fn(&Rotation) -> String| rotations.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&Rotation) -> i64| rotations.iter().map(of).collect::<Vec<_>>();
    let bound: [&(dyn ToSql + Sync); 5] = [
        &texts(|of| of.to.to_string()),
        &numbers(|of| of.generation.into()),
        &numbers(|of| of.at.as_millis()),
        &texts(|of| of.session.to_string()),
        &texts(|of| of.from.to_string()),
    ];
    on.query(ROTATE_SEVERAL, &bound).await?.iter().map(|row| Row::Postgres(row).get(0)).collect()
}
