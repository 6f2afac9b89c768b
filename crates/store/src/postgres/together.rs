//! Changes of one row that wait for no other, many of them in one commit: rotations of refresh tokens.
//!
//! Each is a statement of its own that is all or nothing. Those that come while others are being written are sent together, one
//! after the other without waiting for answers, in one transaction: one flush of the disk serves all of them.
//!
//! Invariant: a caller is told "done" only after the commit that holds its change. When others were in the way of a
//! transaction, nothing of it is kept, and each of its changes is tried alone.

use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::{Object, Transaction};
use doorward_core::change::{Change, Changes};
use doorward_core::port::{ApplyError, StoreError};
use futures_util::future::join_all;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::alone;
use super::connect::Connections;
use super::run::On;
use crate::apply::{Refusal, apply};
use crate::commits;
use crate::db::Fault;

/// Changes that share one commit at most.
const TOGETHER: usize = 64;
/// Changes that wait at most; beyond it callers are refused at once.
const WAITING: usize = 4_096;
/// Transactions at the same time: one is sent while the other is flushed.
const LANES: usize = 2;

/// Hands changes to the tasks. They end when this is dropped and all that was handed in is written.
#[derive(Debug)]
pub(super) struct Together {
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    /// One change, which is one statement.
    changes: Changes,
    answer: oneshot::Sender<Result<(), ApplyError>>,
}

impl Together {
    pub(super) fn start(connections: &Connections) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..LANES {
            tokio::spawn(write_all(connections.clone(), queue.clone()));
        }
        Self { jobs }
    }

    pub(super) async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        let (answer, told) = oneshot::channel();
        self.jobs.try_send(Job { changes, answer }).map_err(|refused| match refused {
            TrySendError::Full(_) => unavailable("too many changes wait to be written"),
            TrySendError::Closed(_) => unavailable("the writing tasks have ended"),
        })?;
        told.await.unwrap_or_else(|_| Err(unavailable("the writing tasks have ended")))
    }
}

fn unavailable(why: &str) -> ApplyError {
    StoreError::Unavailable(why.to_owned()).into()
}

async fn write_all(connections: Connections, queue: Arc<Mutex<mpsc::Receiver<Job>>>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    loop {
        // The lanes take turns in waiting; whoever waits takes all that is there.
        if queue.lock().await.recv_many(&mut batch, TOGETHER).await == 0 {
            return;
        }
        // In one order for all who write: two that wait for each other's rows would wait in vain.
        batch.sort_by_key(|job| row_of(&job.changes));
        let written = match batch.len() {
            1 => None,
            _ => Some(write_together(&connections, &batch).await),
        };
        match written {
            Some(Ok(answers)) => {
                for (job, answer) in batch.drain(..).zip(answers) {
                    let _ = job.answer.send(answer.map_err(ApplyError::from));
                }
            }
            Some(Err(Fault::Unavailable(why))) => {
                commits::failed();
                for job in batch.drain(..) {
                    let _ = job.answer.send(Err(unavailable(&why)));
                }
            }
            Some(Err(_)) | None => write_each(&connections, &mut batch).await,
        }
    }
}

/// The row that a change is about, for an order among them.
fn row_of(changes: &Changes) -> Option<[u8; 16]> {
    match changes.as_slice() {
        [Change::RotateRefresh { session, .. }] => Some(*session.as_bytes()),
        [Change::Rehash { user, .. }] => Some(*user.as_bytes()),
        _ => None,
    }
}

/// Writes each change by itself, all at once.
async fn write_each(connections: &Connections, batch: &mut Vec<Job>) {
    let each = batch.drain(..).map(|job| async move {
        let written = alone::write(connections, &job.changes).await;
        let _ = job.answer.send(written.map_err(ApplyError::from));
    });
    join_all(each).await;
}

/// Writes the whole batch in one transaction; what the rows said to each. A fault undoes all of it.
async fn write_together(connections: &Connections, batch: &[Job]) -> Result<Vec<Result<(), Refusal>>, Fault> {
    let started = Instant::now();
    let mut client: Object = connections.one().await?;
    // Dropped before its end, whoever dropped it, it undoes what was done.
    let transaction: Transaction<'_> = connections.within(async { Ok(client.transaction().await?) }).await?;
    let on = On { client: &transaction, connections };
    let changes = batch.iter().flat_map(|job| job.changes.as_slice());
    // Each is sent before the first is answered.
    let answers = join_all(changes.map(|change| apply(&on, change))).await;
    let mut told = Vec::with_capacity(answers.len());
    for answer in answers {
        match answer {
            Err(Refusal::Fault(fault)) => return Err(fault),
            answer => told.push(answer),
        }
    }
    connections.within(async { Ok(transaction.commit().await?) }).await?;
    commits::committed(batch.len(), started.elapsed());
    Ok(told)
}
