//! Reads on the caller's own thread.
//!
//! A point read costs about three microseconds, handing it to another thread and back costs more. Questions that touch many
//! rows do not belong here.
//!
//! Invariant: a connection is held for one statement and never while a future waits.

use std::future::ready;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

use super::{open, run};
use crate::OpenError;
use crate::db::{Db, Fault, Row, Value};

/// A few reading connections, each used by one caller at a time.
#[derive(Debug)]
pub(crate) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, OpenError> {
        let connections =
            (0..count.max(1)).map(|_| open::reading(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    fn free(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.connections.iter().find_map(Mutex::try_lock) {
            return free;
        }
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        self.connections[at].lock()
    }
}

impl Db for Readers {
    fn execute(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, Fault>> + Send {
        ready(run::execute(&self.free(), sql, bound))
    }

    fn rows<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Vec<T>, Fault>> + Send {
        ready(run::rows(&self.free(), sql, bound, read))
    }

    fn row<T: Send>(
        &self,
        sql: &'static str,
        bound: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault> + Send,
    ) -> impl Future<Output = Result<Option<T>, Fault>> + Send {
        ready(run::row(&self.free(), sql, bound, read))
    }
}
