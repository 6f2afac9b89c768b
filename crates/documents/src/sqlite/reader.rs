//! Reads on threads that may wait: a search touches many rows, and a content can be large.

use std::path::Path;
use std::sync::Arc;

use doorward_core::port::StoreError;
use doorward_core::{Code, Error};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::open;
use crate::OpenError;
use crate::db::Fault;

/// A few reading connections, each used by one caller at a time.
#[derive(Debug)]
pub(super) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, OpenError> {
        let count = count.max(1);
        let free = (0..count).map(|_| open::reading(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { free: Arc::new(Mutex::new(free)), places: Arc::new(Semaphore::new(count)) })
    }

    /// What `question` answers on a connection of its own; waits for one.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let place =
            Arc::clone(&self.places).acquire_owned().await.map_err(|_| Error::from(Code::Internal))?;
        let free = Arc::clone(&self.free);
        let answer = tokio::task::spawn_blocking(move || {
            let _place = place;
            let Some(connection) = free.lock().pop() else {
                return Err(Fault::Corrupt("no free connection"));
            };
            let answer = at_one_moment(&connection, question);
            free.lock().push(connection);
            answer
        });
        let stopped = |_| Error::from(StoreError::Unavailable("the reading thread has ended".to_owned()));
        answer.await.map_err(stopped)?.map_err(Error::from)
    }
}

/// Several statements of one question see the same state.
fn at_one_moment<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let moment = connection.unchecked_transaction()?;
    let answer = question(&moment);
    drop(moment);
    answer
}
