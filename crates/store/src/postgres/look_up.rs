//! Sessions that are looked for at the same time, in one statement.
//!
//! Invariant: a row is read after it was asked for, never before.

use doorward_core::SessionId;
use doorward_core::port::{SessionRow, StoreError};
use futures_util::future::try_join_all;

use super::connect::Connections;
use super::gather::{Asked, Gather};
use super::run::On;
use crate::db::{Fault, Row};
use crate::session::{self, BY_IDS};

/// How many one statement looks for at most.
const AT_ONCE: usize = 32;

type Answer = Result<Option<SessionRow>, StoreError>;

/// Finds sessions.
#[derive(Debug)]
pub(super) struct LookUp(Gather<SessionId, Answer>);

impl LookUp {
    pub(super) fn start(connections: &Connections) -> Self {
        let connections = connections.clone();
        Self(Gather::start(AT_ONCE, move |batch| find_all(connections.clone(), batch)))
    }

    /// The session called `id`.
    pub(super) async fn session(&self, id: SessionId) -> Answer {
        self.0.ask(id).await?
    }
}

async fn find_all(connections: Connections, batch: Vec<Asked<SessionId, Answer>>) {
    let ids: Vec<_> = batch.iter().map(|asked| asked.question).collect();
    match find(&connections, &ids).await.map_err(StoreError::from) {
        Ok(rows) => {
            for asked in batch {
                let row = rows.iter().find(|row| row.session.id == asked.question).cloned();
                asked.answer(Ok(row));
            }
        }
        // A row that cannot be read is the fault of one.
        Err(StoreError::Corrupt(_)) if batch.len() > 1 => {
            for asked in batch {
                let row = find(&connections, &[asked.question]).await;
                asked.answer(row.map(|mut rows| rows.pop()).map_err(StoreError::from));
            }
        }
        Err(fault) => {
            for asked in batch {
                asked.answer(Err(fault.clone()));
            }
        }
    }
}

async fn find(connections: &Connections, ids: &[SessionId]) -> Result<Vec<SessionRow>, Fault> {
    let client = connections.one().await?;
    let on = On { client: &client, connections };
    if let [id] = ids {
        return Ok(session::by_id(&on, *id).await?.into_iter().collect());
    }
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let found = on.query(BY_IDS, &[&ids]).await?;
    let read = found.iter().map(|row| session::read_with_rights(&Row::Postgres(row)));
    let mut rows = read.collect::<Result<Vec<_>, _>>()?;
    // Each is sent before the first is answered.
    try_join_all(rows.iter_mut().map(|row| session::add_roles(&on, row))).await?;
    Ok(rows)
}
