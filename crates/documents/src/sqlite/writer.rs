//! The one thread that writes.
//!
//! It takes what waits, runs it in one transaction with a savepoint each, commits, and then answers all of it: while one commit is
//! being flushed, the next writes gather.
//!
//! Invariant: a caller is told "done" only after the commit that holds what it did; what failed has changed nothing, and has not
//! disturbed the others.

use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use doorward_core::port::StoreError;
use doorward_core::{Code, Error, Ttl};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::db::Fault;

/// Writes that wait at most; beyond it callers are refused at once.
const WAITING: usize = 1_024;
/// Writes that share one commit at most.
const TOGETHER: usize = 64;
/// How long writes gather into one commit: nobody waits much longer for their own.
const GATHER: Duration = Duration::from_millis(50);
/// How much the thread yields to those that answer requests.
const NICENESS: i32 = 5;

/// Hands writes to the thread. Dropping it waits until all that was handed in is written.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Does one thing; says whether it was done, and how to tell.
type Job = Box<dyn FnOnce(&Connection) -> (bool, Tell) + Send>;
/// Tells the caller, once it is known whether the commit went well.
type Tell = Box<dyn FnOnce(Result<(), String>) + Send>;

impl fmt::Debug for Writer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("documents-writer".to_owned())
            .spawn(move || write_all(&connection, &queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// What `work` comes to, once it is on the disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let done = work(connection);
            let tell = |done: Result<T, Fault>| {
                move |committed: Result<(), String>| {
                    let done = match committed {
                        Ok(()) => done.map_err(Error::from),
                        Err(fault) => Err(StoreError::Unavailable(fault).into()),
                    };
                    let _ = answer.send(done);
                }
            };
            (done.is_ok(), Box::new(tell(done)))
        });
        let jobs = self.jobs.as_ref().ok_or_else(|| unavailable("the documents are closed"))?;
        jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::from(Code::Overloaded).retry_after(Ttl::from_seconds(1)),
            TrySendError::Disconnected(_) => unavailable("the writing thread has ended"),
        })?;
        told.await.unwrap_or_else(|_| Err(unavailable("the writing thread has ended")))
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

fn unavailable(why: &str) -> Error {
    StoreError::Unavailable(why.to_owned()).into()
}

fn write_all(connection: &Connection, queue: &Receiver<Job>) {
    let _ = rustix::process::setpriority_process(None, NICENESS);
    while let Ok(first) = queue.recv() {
        let mut tells = Vec::new();
        let written = write_together(connection, first, queue, &mut tells);
        if written.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        let written = written.map_err(|fault| fault.to_string());
        if let Err(fault) = &written {
            tracing::error!("Could not write documents, none of {} changes was kept: {fault}", tells.len());
        }
        tells.into_iter().for_each(|tell| tell(written.clone()));
    }
    let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
}

fn write_together(
    connection: &Connection,
    first: Job,
    queue: &Receiver<Job>,
    tells: &mut Vec<Tell>,
) -> rusqlite::Result<()> {
    let started = Instant::now();
    let mut next = Some(first);
    run(connection, "BEGIN IMMEDIATE")?;
    while let Some(job) = next {
        run(connection, "SAVEPOINT one")?;
        let (is_done, tell) = job(connection);
        tells.push(tell);
        // A full or failing disk can make SQLite undo the whole transaction.
        if connection.is_autocommit() {
            return Err(rusqlite::Error::InvalidQuery);
        }
        if !is_done {
            run(connection, "ROLLBACK TO one")?;
        }
        run(connection, "RELEASE one")?;
        let may_go_on = tells.len() < TOGETHER && started.elapsed() < GATHER;
        next = may_go_on.then(|| queue.try_recv().ok()).flatten();
    }
    run(connection, "COMMIT")
}

fn run(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
