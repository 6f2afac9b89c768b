//! A whole database brought from one place to another, whatever engines they have: `doorward copy`.
//!
//! Tables come in the order of their foreign keys, rows in the order of their primary keys, as lines of text in pages: however
//! many there are, few are in memory. It knows no row's meaning, so keys, sessions and the chain of the audit log arrive as
//! they are.
//!
//! Invariant: what a target has reached is kept with its rows, so a copy that was interrupted goes on where it was; until both
//! sides have been found to be the same, no server opens the target.

mod line;
mod pages;
mod postgres;
mod progress;
mod side;
mod sqlite;
mod table;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use doorward_core::{Digest, Secret};
use side::Side;
use table::Table;

use crate::db::Fault;
use crate::{OpenError, PostgresOptions};

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A server and the way to it.
    Postgres(Secret<String>, PostgresOptions),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyMode {
    /// Copies into an empty target, or goes on where an earlier copy was interrupted; then verifies.
    GoOn,
    /// As `GoOn`, but what an interrupted copy has left is dropped first.
    StartOver,
    /// Only holds both sides against each other.
    Verify,
}

/// How far it has come: told at the beginning of each table, after each page, and at its end.
#[derive(Debug, Clone, Copy)]
pub struct CopyProgress<'a> {
    /// The table.
    pub table: &'a str,
    /// Its rows in the target so far.
    pub rows: u64,
    /// Whether these are all of them.
    pub is_whole: bool,
}

/// A table that both sides hold alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of all its rows in their normal form.
    pub digest: Digest,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One side cannot be used.
    #[error(transparent)]
    Open(OpenError),
    /// The source needs migrations, and is only read here.
    #[error(
        "the source has version {found}, this Doorward copies version {known}: run `doorward migrate` there first"
    )]
    Older {
        /// The version of the source.
        found: i64,
        /// The version of this build.
        known: i64,
    },
    /// Servers or commands are connected.
    #[error("{0} is in use: stop every server and command there first, or what they write would be missed")]
    InUse(String),
    /// The target has data that no copy brought there.
    #[error(
        "the target holds data already ({0} has rows): copy into an empty database; to compare the two, add --verify-only"
    )]
    NotEmpty(String),
    /// Both sides are not the same.
    #[error(
        "both sides differ in the table {table} at {key}: {how}; if the source has changed since the copy began, copy again \
         with --start-over"
    )]
    Differs {
        /// Where.
        table: String,
        /// The first row that differs.
        key: String,
        /// What is different about it.
        how: &'static str,
    },
    /// A side failed on the way.
    #[error(
        "the copy was interrupted in the table {table}: {cause}; the same command goes on where it stopped"
    )]
    Interrupted {
        /// Where.
        table: String,
        /// What the database says.
        cause: String,
    },
    /// A side does not answer as it should.
    #[error("cannot use the database: {0}")]
    Unusable(String),
}

impl From<Fault> for CopyError {
    fn from(fault: Fault) -> Self {
        Self::Unusable(fault.to_string())
    }
}

/// Copies all of `from` to `to`, as `mode` says, and holds both against each other. `told` hears how far it is.
///
/// # Errors
/// See [`CopyError`]; nothing is lost on the source's side, and a target that is not whole is opened by no server.
pub async fn copy(
    from: &Place,
    to: &Place,
    mode: CopyMode,
    mut told: impl FnMut(CopyProgress<'_>),
) -> Result<Vec<CopiedTable>, CopyError> {
    let tables = table::all()?;
    let source = Side::source(from, &tables).await?;
    let target = Side::target(to).await?;
    if mode != CopyMode::Verify {
        prepare(&target, &tables, mode).await?;
        for table in &tables {
            bring(&source, &target, table, &mut told).await?;
        }
    }
    let mut copied = Vec::with_capacity(tables.len());
    for table in &tables {
        copied.push(verify::compare(&source, &target, table).await?);
    }
    if mode != CopyMode::Verify {
        target.finish().await?;
    }
    Ok(copied)
}

/// Sees to it that the target holds a copy that is not whole, be it of no rows.
async fn prepare(target: &Side, tables: &[Arc<Table>], mode: CopyMode) -> Result<(), CopyError> {
    let is_unfinished = target.is_unfinished().await?;
    if is_unfinished && mode == CopyMode::GoOn {
        return Ok(());
    }
    // Children before those they name. Without a copy there are only the rows that migrations put there.
    let mut drops = String::new();
    for table in tables.iter().rev() {
        if is_unfinished || table.has_first_rows {
            drops.push_str(&format!("DELETE FROM {}; ", table.name));
        } else if !target.is_empty(table).await? {
            return Err(CopyError::NotEmpty(table.name.clone()));
        }
    }
    let begin = if is_unfinished { "DELETE FROM unfinished_copy" } else { progress::BEGIN };
    Ok(target.run(format!("{drops}{begin}")).await?)
}

/// Brings the rest of a table.
async fn bring(
    source: &Side,
    target: &Side,
    table: &Arc<Table>,
    told: &mut impl FnMut(CopyProgress<'_>),
) -> Result<(), CopyError> {
    let interrupted =
        |fault: Fault| CopyError::Interrupted { table: table.name.clone(), cause: fault.to_string() };
    let mut reached = target.reached(table).await?;
    told(CopyProgress { table: &table.name, rows: reached.rows, is_whole: false });
    let mut pages = source.read(table, reached.after.clone());
    while let Some(page) = pages.next().await.map_err(interrupted)? {
        let Some(last) = page.last() else { continue };
        (reached.after, reached.rows) = (Some(table.key_of(last)), reached.rows + page.rows);
        target.write(table, page, reached.clone()).await.map_err(interrupted)?;
        told(CopyProgress { table: &table.name, rows: reached.rows, is_whole: false });
    }
    told(CopyProgress { table: &table.name, rows: reached.rows, is_whole: true });
    Ok(())
}
