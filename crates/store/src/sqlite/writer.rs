//! The one thread that writes.
//!
//! It takes all write sets that wait, runs them in one transaction with a savepoint each, commits, and then answers all of
//! them. There is no timer: while one commit is being flushed, the next write sets gather.
//!
//! Does not know what a change means: see [`crate::apply`].
//!
//! Invariant: a caller is told "done" only after the commit that holds its changes; a write set that failed has changed
//! nothing, and has not disturbed the others.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use doorward_core::change::Changes;
use doorward_core::port::{ApplyError, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::db::at_once;
use crate::{apply, commits};

/// Write sets that share one commit at most.
const TOGETHER: usize = 512;
/// Write sets that wait at most, some tenths of a second's work; beyond it callers are refused at once.
const WAITING: usize = 4_096;

/// Hands write sets to the thread. Dropping it waits until all that was handed in is written.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
}

/// What the thread and its callers know of each other.
#[derive(Debug, Default)]
struct State {
    /// Write sets handed in and not yet taken up.
    waiting: AtomicUsize,
    /// Whether the last commit failed.
    is_failing: AtomicBool,
}

#[derive(Debug)]
struct Job {
    work: Work,
    answer: oneshot::Sender<Result<(), ApplyError>>,
}

type Told = oneshot::Receiver<Result<(), ApplyError>>;

#[derive(Debug)]
enum Work {
    Apply(Changes),
    /// A write that changes nothing: shows that writing is possible again.
    Probe,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        commits::describe();
        let (jobs, queue) = sync_channel(WAITING);
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_all(&connection, &queue, &shared))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), state })
    }

    pub(super) async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        self.submit(Work::Apply(changes)).await
    }

    /// Whether the thread lives and its last commit went well; after one that did not, whether it can write again.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Err(unavailable("the writing thread has ended"));
        }
        if !self.state.is_failing.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.submit(Work::Probe).await.map_err(|refused| match refused {
            ApplyError::Store(fault) => fault,
            ApplyError::Conflict(_) => unavailable("a probe cannot lose a race"),
        })
    }

    async fn submit(&self, work: Work) -> Result<(), ApplyError> {
        self.hand_in(work)?.await.unwrap_or_else(|_| Err(unavailable("the writing thread has ended").into()))
    }

    /// Puts `work` into the queue; what comes of it is told later.
    fn hand_in(&self, work: Work) -> Result<Told, StoreError> {
        let jobs = self.jobs.as_ref().ok_or_else(|| unavailable("the database is closed"))?;
        let (answer, told) = oneshot::channel();
        // Counted before it is sent: the thread may take it up at once.
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        jobs.try_send(Job { work, answer }).map_err(|refused| {
            self.state.waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => unavailable("too many changes wait to be written"),
                TrySendError::Disconnected(_) => unavailable("the writing thread has ended"),
            }
        })?;
        Ok(told)
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

fn unavailable(why: &(impl ToString + ?Sized)) -> StoreError {
    StoreError::Unavailable(why.to_string())
}

fn write_all(connection: &Connection, queue: &Receiver<Job>, state: &State) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while let Ok(first) = queue.recv() {
        batch.push(first);
        batch.extend(queue.try_iter().take(TOGETHER - 1));
        let waited = state.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
        commits::waiting(waited.saturating_sub(batch.len()));
        write_together(connection, &mut batch, state);
    }
    // Best effort: whatever stays in the log is read back at the next start.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Writes the whole batch with one flush and answers everybody.
fn write_together(connection: &Connection, batch: &mut Vec<Job>, state: &State) {
    let (started, count) = (Instant::now(), batch.len());
    let written = write_batch(connection, batch);
    if written.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    // Told before the answers: whoever saw a commit fail finds the database not ready.
    state.is_failing.store(written.is_err(), Ordering::Relaxed);
    match written {
        Ok(answers) => {
            commits::committed(count, started.elapsed());
            for (job, answer) in batch.drain(..).zip(answers) {
                let _ = job.answer.send(answer);
            }
        }
        Err(fault) => {
            commits::failed();
            tracing::error!("Could not write {count} change sets, none of them was kept: {fault}");
            for job in batch.drain(..) {
                let _ = job.answer.send(Err(unavailable(&fault).into()));
            }
        }
    }
}

type Answers = Vec<Result<(), ApplyError>>;

fn write_batch(connection: &Connection, batch: &[Job]) -> Result<Answers, StoreError> {
    run(connection, "BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let answer = match &job.work {
            Work::Apply(changes) => write_set(connection, changes)?,
            Work::Probe => probe(connection).map(Ok).map_err(|fault| unavailable(&fault))?,
        };
        answers.push(answer);
    }
    run(connection, "COMMIT")?;
    Ok(answers)
}

/// Applies one write set: all of it, or nothing. The outer error is one of the transaction, the inner one of the set.
fn write_set(connection: &Connection, changes: &Changes) -> Result<Result<(), ApplyError>, StoreError> {
    let applied = match changes.as_slice() {
        [change] if apply::is_one_statement(change) => at_once(apply::apply(connection, change)),
        changes => {
            run(connection, "SAVEPOINT write_set")?;
            let applied = changes.iter().try_for_each(|change| at_once(apply::apply(connection, change)));
            // Without a transaction there is nothing left to go back to.
            if applied.is_err() && !connection.is_autocommit() {
                run(connection, "ROLLBACK TO write_set")?;
            }
            if !connection.is_autocommit() {
                run(connection, "RELEASE write_set")?;
            }
            applied
        }
    };
    match applied.map_err(ApplyError::from) {
        // A full or failing disk can make SQLite undo the whole transaction, with what the sets before this one did.
        Err(ApplyError::Store(fault)) if connection.is_autocommit() => Err(fault),
        applied => Ok(applied),
    }
}

/// Writes the number that is there already: pages reach the disk, and nothing is different.
fn probe(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)
}

fn run(connection: &Connection, sql: &'static str) -> Result<(), StoreError> {
    let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|fault| unavailable(&fault))
}

#[cfg(test)]
mod tests;
