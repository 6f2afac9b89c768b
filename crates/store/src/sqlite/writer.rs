//! The one thread that writes.
//!
//! It takes all write sets that wait, runs them in one transaction with a savepoint each, commits, and then answers all of
//! them. There is no timer: while one commit is being flushed, the next write sets gather.
//!
//! Invariant: a caller is told "done" only after the commit that holds its changes; a write set that failed has changed
//! nothing, and has not disturbed the others.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use doorward_core::change::Changes;
use doorward_core::port::{ApplyError, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::OpenError;
use crate::{apply, migrate};

/// Write sets that share one commit at most.
const TOGETHER: usize = 512;
/// Write sets that wait at most; beyond it callers are refused at once.
const WAITING: usize = 8_192;

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    work: Work,
    answer: oneshot::Sender<Result<(), ApplyError>>,
}

#[derive(Debug)]
enum Work {
    Apply(Changes),
    /// A write that changes nothing: shows that writing is possible.
    Probe,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, OpenError> {
        describe_metrics();
        let (jobs, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_all(&connection, &waiting))
            .map_err(OpenError::Thread)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        self.submit(Work::Apply(changes)).await
    }

    /// Whether the thread lives and can write.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        match self.submit(Work::Probe).await {
            Ok(()) => Ok(()),
            Err(ApplyError::Store(fault)) => Err(fault),
            Err(ApplyError::Conflict(_)) => Err(unavailable("a probe cannot lose a race")),
        }
    }

    async fn submit(&self, work: Work) -> Result<(), ApplyError> {
        let (answer, done) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(|| unavailable("the database is closed"))?;
        jobs.try_send(Job { work, answer }).map_err(|refused| match refused {
            TrySendError::Full(_) => unavailable("too many changes wait to be written"),
            TrySendError::Disconnected(_) => unavailable("the writing thread has ended"),
        })?;
        done.await.unwrap_or_else(|_| Err(unavailable("the writing thread has ended").into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without a sender the thread finishes what waits and ends.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

fn write_all(connection: &Connection, waiting: &Receiver<Job>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while let Ok(first) = waiting.recv() {
        batch.push(first);
        batch.extend(waiting.try_iter().take(TOGETHER - 1));
        write_together(connection, &mut batch);
    }
    // Best effort: whatever stays in the log is read back at the next start.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Writes the whole batch with one flush and answers everybody.
fn write_together(connection: &Connection, batch: &mut Vec<Job>) {
    let (started, count) = (Instant::now(), batch.len());
    let written = write_batch(connection, batch);
    if written.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    match written {
        Ok(answers) => {
            for (job, answer) in batch.drain(..).zip(answers) {
                let _ = job.answer.send(answer);
            }
        }
        Err(fault) => {
            tracing::error!(%fault, "Could not write {count} change sets; nothing of them was kept");
            for job in batch.drain(..) {
                let _ = job.answer.send(Err(unavailable(&fault.to_string()).into()));
            }
        }
    }
    metrics::counter!("doorward_store_commits_total").increment(1);
    metrics::histogram!("doorward_store_commit_write_sets").record(count as f64);
    metrics::histogram!("doorward_store_commit_seconds").record(started.elapsed());
}

type Answers = Vec<Result<(), ApplyError>>;

fn write_batch(connection: &Connection, batch: &[Job]) -> rusqlite::Result<Answers> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let answer = match &job.work {
            Work::Apply(changes) => write_set(connection, changes)?,
            Work::Probe => connection
                .pragma_update(None, "user_version", migrate::latest_version())
                .map_err(|fault| unavailable(&fault.to_string()).into()),
        };
        // Some faults make SQLite give up the whole transaction by itself.
        if connection.is_autocommit() {
            return Err(rusqlite::Error::ExecuteReturnedResults);
        }
        answers.push(answer);
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answers)
}

/// Applies one write set: all of it, or nothing. The outer error is one of the transaction, the inner one of the set.
fn write_set(connection: &Connection, changes: &Changes) -> rusqlite::Result<Result<(), ApplyError>> {
    match changes.as_slice() {
        // A single statement is all or nothing by itself.
        [change] => Ok(apply::apply(connection, change)),
        changes => {
            connection.prepare_cached("SAVEPOINT write_set")?.execute([])?;
            let applied = changes.iter().try_for_each(|change| apply::apply(connection, change));
            if applied.is_err() {
                connection.prepare_cached("ROLLBACK TO write_set")?.execute([])?;
            }
            connection.prepare_cached("RELEASE write_set")?.execute([])?;
            Ok(applied)
        }
    }
}

fn describe_metrics() {
    metrics::describe_counter!("doorward_store_commits_total", "Transactions committed, each with one flush");
    metrics::describe_histogram!("doorward_store_commit_write_sets", "Write sets that shared one commit");
    metrics::describe_histogram!(
        "doorward_store_commit_seconds",
        metrics::Unit::Seconds,
        "From the first change of a commit to the end of its flush"
    );
}
