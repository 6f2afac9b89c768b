//! Reads on the caller's own thread.
//!
//! A point read costs about three microseconds, handing it to another thread and back costs more. Questions that touch many
//! rows do not belong here.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

use super::{Fault, OpenError, open};

/// A few reading connections, each used by one caller at a time.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, OpenError> {
        let connections =
            (0..count.max(1)).map(|_| open::reading(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// What `question` answers on a connection of its own.
    pub(super) fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        question(&self.free())
    }

    fn free(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.connections.iter().find_map(Mutex::try_lock) {
            return free;
        }
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        self.connections[at].lock()
    }
}
