//! Write sets that must follow one another: those of the audit log, and all that is decided by looking at other rows.
//!
//! One task takes all that wait, runs them in one transaction with a savepoint each, commits, and then answers all of them.
//! The transaction holds the lock of the chain, so that the writers of all nodes take turns and two lines never follow the
//! same one.
//!
//! Invariant: a caller is told "done" only after the commit that holds its changes; a write set that failed has changed
//! nothing, and has not disturbed the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use deadpool_postgres::Object;
use doorward_core::change::Changes;
use doorward_core::port::{ApplyError, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::alone::{TRIES, rest};
use super::connect::Connections;
use super::run::On;
use crate::apply::{Refusal, apply};
use crate::commits;
use crate::db::Fault;

/// Write sets that share one commit at most; other nodes wait as long.
const TOGETHER: usize = 64;
/// Write sets that wait at most; beyond it callers are refused at once.
const WAITING: usize = 4_096;
/// Begins a transaction in its turn. The number is that of the lock, and the same on every node.
const BEGIN: &str = "
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock(7236292001)";

/// Hands write sets to the task. The task ends when this is dropped and all that was handed in is written.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    is_failing: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Job {
    /// Empty in a probe: a commit of nothing.
    changes: Changes,
    answer: oneshot::Sender<Result<(), ApplyError>>,
}

impl Writer {
    pub(super) fn start(connections: Connections) -> Self {
        commits::describe();
        let (jobs, queue) = mpsc::channel(WAITING);
        let is_failing = Arc::new(AtomicBool::new(false));
        tokio::spawn(write_all(connections, queue, is_failing.clone()));
        Self { jobs, is_failing }
    }

    pub(super) async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        let (answer, told) = oneshot::channel();
        self.jobs.try_send(Job { changes, answer }).map_err(|refused| match refused {
            TrySendError::Full(_) => unavailable("too many changes wait to be written"),
            TrySendError::Closed(_) => unavailable("the writing task has ended"),
        })?;
        told.await.unwrap_or_else(|_| Err(unavailable("the writing task has ended").into()))
    }

    /// Whether the last commit went well; after one that did not, whether another does.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        if self.jobs.is_closed() {
            return Err(unavailable("the writing task has ended"));
        }
        if !self.is_failing.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.apply(Changes::new()).await.map_err(|refused| match refused {
            ApplyError::Store(fault) => fault,
            ApplyError::Conflict(_) => unavailable("a probe cannot lose a race"),
        })
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

async fn write_all(connections: Connections, mut queue: mpsc::Receiver<Job>, is_failing: Arc<AtomicBool>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while queue.recv_many(&mut batch, TOGETHER).await > 0 {
        commits::waiting(queue.len());
        let (started, count) = (Instant::now(), batch.len());
        let written = write_together(&connections, &batch).await;
        // Told before the answers: whoever saw a commit fail finds the database not ready.
        is_failing.store(written.is_err(), Ordering::Relaxed);
        match written {
            Ok(answers) => {
                commits::committed(count, started.elapsed());
                for (job, answer) in batch.drain(..).zip(answers) {
                    let _ = job.answer.send(answer.map_err(ApplyError::from));
                }
            }
            Err(fault) => {
                commits::failed();
                tracing::error!("Could not write {count} change sets, none of them was kept: {fault}");
                for job in batch.drain(..) {
                    let _ = job.answer.send(Err(unavailable(&fault.to_string()).into()));
                }
            }
        }
    }
}

type Answers = Vec<Result<(), Refusal>>;

/// Writes the whole batch, again if others were in the way.
async fn write_together(connections: &Connections, batch: &[Job]) -> Result<Answers, Fault> {
    let mut tried = 1;
    loop {
        let client = connections.one().await?;
        let written = write_batch(&On { client: &client, connections }, batch).await;
        let Err(fault) = written else { return written };
        // Whatever the connection was in the middle of ends with it.
        drop(Object::take(client));
        if !matches!(fault, Fault::Again(_)) || tried == TRIES {
            return Err(fault);
        }
        rest(tried).await;
        tried += 1;
    }
}

async fn write_batch(db: &On<'_, Object>, batch: &[Job]) -> Result<Answers, Fault> {
    db.control(BEGIN).await?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        answers.push(write_set(db, &job.changes).await?);
    }
    db.control("COMMIT").await?;
    Ok(answers)
}

/// Applies one write set: all of it, or nothing. The outer error is one of the transaction, the inner one of the set.
async fn write_set(db: &On<'_, Object>, changes: &Changes) -> Result<Result<(), Refusal>, Fault> {
    db.control("SAVEPOINT write_set").await?;
    for change in changes.as_slice() {
        match apply(db, change).await {
            Ok(()) => {}
            Err(Refusal::Fault(fault @ Fault::Again(_))) => return Err(fault),
            Err(refusal) => {
                db.control("ROLLBACK TO write_set; RELEASE write_set").await?;
                return Ok(Err(refusal));
            }
        }
    }
    db.control("RELEASE write_set").await?;
    Ok(Ok(()))
}
