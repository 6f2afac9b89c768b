//! One side of a copy, whichever engine it has.

use std::sync::Arc;

use super::pages::{Page, Pages};
use super::postgres::Server;
use super::progress::Reached;
use super::sqlite::File;
use super::table::Table;
use super::{CopyError, Place};
use crate::OpenError;
use crate::db::Fault;

/// What is read from or written to.
#[derive(Debug)]
pub(super) enum Side {
    File(File),
    Server(Server),
}

macro_rules! on {
    ($side:expr, $one:ident => $work:expr) => {
        match $side {
            Side::File($one) => $work,
            Side::Server($one) => $work,
        }
    };
}

impl Side {
    /// Opens what is read from: it has today's tables, and nobody writes there until this is dropped.
    pub(super) async fn source(place: &Place, tables: &[Arc<Table>]) -> Result<Self, CopyError> {
        let (side, version) = match place {
            Place::Sqlite(path) => {
                let (file, version) = File::source(path)?;
                (Self::File(file), version)
            }
            Place::Postgres(url, options) => {
                let (server, version) = Server::source(url, options, tables).await?;
                (Self::Server(server), version)
            }
        };
        let known = crate::latest_version();
        match version {
            found if found > known => Err(OpenError::Newer { found, known }.into()),
            found if found < known => Err(CopyError::Older { found, known }),
            _ if side.is_unfinished().await? => Err(OpenError::UnfinishedCopy.into()),
            _ => Ok(side),
        }
    }

    /// Opens what is written to: with today's tables, and nobody else there until this is dropped.
    pub(super) async fn target(place: &Place) -> Result<Self, CopyError> {
        Ok(match place {
            Place::Sqlite(path) => Self::File(File::target(path)?),
            Place::Postgres(url, options) => Self::Server(Server::target(url, options).await?),
        })
    }

    pub(super) fn read(&self, table: &Arc<Table>, after: Option<String>) -> Pages {
        on!(self, side => side.read(table, after))
    }

    pub(super) async fn write(&self, table: &Arc<Table>, page: Page, reached: Reached) -> Result<(), Fault> {
        on!(self, side => side.write(table, page, reached).await)
    }

    pub(super) async fn reached(&self, table: &Arc<Table>) -> Result<Reached, Fault> {
        on!(self, side => side.reached(table).await)
    }

    pub(super) async fn is_unfinished(&self) -> Result<bool, Fault> {
        on!(self, side => side.is_unfinished().await)
    }

    pub(super) async fn is_empty(&self, table: &Arc<Table>) -> Result<bool, Fault> {
        on!(self, side => side.is_empty(table).await)
    }

    pub(super) async fn run(&self, sql: String) -> Result<(), Fault> {
        on!(self, side => side.run(sql).await)
    }

    pub(super) async fn finish(&self) -> Result<(), Fault> {
        on!(self, side => side.finish().await)
    }
}
