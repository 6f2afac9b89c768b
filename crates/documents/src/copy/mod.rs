//! All documents brought from one place to another, whatever engines they have: what `doorward copy` does after the accounts.
//!
//! Tables come in the order of their foreign keys, rows in the order of their primary keys, page by page. The index is no part of a
//! copy: the target makes it from the same texts, as for any that are new.
//!
//! Invariant: what a target has reached is what its tables hold, so a copy that was interrupted goes on where it was; until both
//! sides have been found to be the same, no library opens the target.

mod row;
mod side;
mod table;

use std::path::PathBuf;

use deadpool_postgres::Pool;
use doorward_core::Digest;
use row::{Line, fingerprint};
use side::Side;
use table::{ALL, Table};

use crate::OpenError;
use crate::db::{Db, Fault, params};
use crate::search::Language;

/// What is noted in a target that is not whole.
const UNFINISHED: &str = "unfinished_copy";

/// Where documents are.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A server, by a pool of one connection that finds [`SCHEMA`](crate::SCHEMA) first.
    Server(Pool),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyMode {
    /// Copies into a place without documents, or goes on where an earlier copy was interrupted; then verifies. Where a copy is whole,
    /// it only verifies.
    GoOn,
    /// As `GoOn`, but what an interrupted copy has left is dropped first.
    StartOver,
    /// Only holds both sides against each other.
    Verify,
}

/// A table that both sides hold alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// A SHA-256 that hangs on every row.
    pub digest: Digest,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One side cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The source needs migrations, and is only read here.
    #[error(
        "the documents of the source have version {found}, this Doorward copies version {known}: start this Doorward's server there \
         once, with documents enabled, and stop it again"
    )]
    Older {
        /// The version of the source.
        found: i64,
        /// The version of this build.
        known: i64,
    },
    /// Servers or commands are connected.
    #[error("the documents of {0} are in use: stop every server and command there first")]
    InUse(&'static str),
    /// The target has documents that no copy brought there.
    #[error(
        "the target holds documents already ({0} has rows): copy where there are none; to compare the two, add --verify-only"
    )]
    NotEmpty(&'static str),
    /// Both sides are not the same.
    #[error(
        "the documents differ in the table {table} at {key}: if the source has changed since the copy began, copy again with \
         --start-over"
    )]
    Differs {
        /// Where.
        table: &'static str,
        /// The first row that differs.
        key: String,
    },
    /// A side failed on the way.
    #[error("copying documents was interrupted: {0}; the same command goes on where it stopped")]
    Interrupted(String),
}

impl From<Fault> for CopyError {
    fn from(fault: Fault) -> Self {
        Self::Interrupted(doorward_core::Error::from(fault).to_string())
    }
}

/// Copies all documents of `from` to `to`, as `mode` says, and holds both against each other; `told` hears of each table how many
/// rows the target has. Nothing, where there are none. A target that is made here has an index for `language`.
///
/// # Errors
/// [`CopyError`]; the source is left as it is.
pub async fn copy(
    from: Place,
    to: Place,
    mode: CopyMode,
    language: Language,
    told: impl FnMut(&'static str, u64) + Send + 'static,
) -> Result<Vec<CopiedTable>, CopyError> {
    let Some(source) = Side::source(from).await? else { return Ok(Vec::new()) };
    let target = Side::target(to, language).await?;
    let copied = tokio::task::spawn_blocking(move || Copying { source, target, told }.run(mode)).await;
    copied.unwrap_or_else(|fault| Err(CopyError::Interrupted(fault.to_string())))
}

/// Whether a copy into this place was begun and has not ended.
pub(crate) fn is_unfinished(db: &Db<'_>) -> Result<bool, Fault> {
    db.exists("SELECT 1 FROM notes WHERE name = ?1", params![UNFINISHED])
}

struct Copying<F> {
    source: Side,
    target: Side,
    told: F,
}

impl<F: FnMut(&'static str, u64)> Copying<F> {
    fn run(mut self, mode: CopyMode) -> Result<Vec<CopiedTable>, CopyError> {
        self.source.hold_still()?;
        let is_to_be_written = mode != CopyMode::Verify && self.prepare(mode)?;
        if is_to_be_written {
            for table in ALL {
                self.bring(table)?;
            }
        }
        let copied = ALL.iter().map(|table| self.compare(table)).collect::<Result<_, _>>()?;
        if is_to_be_written {
            self.target.change(|db| {
                side::after(db)?;
                db.execute("DELETE FROM notes WHERE name = ?1", params![UNFINISHED]).map(drop)
            })?;
        }
        Ok(copied)
    }

    /// Sees to it that the target holds a copy that is not whole, be it of no rows; `false` where it holds a whole one.
    fn prepare(&mut self, mode: CopyMode) -> Result<bool, CopyError> {
        let is_unfinished = self.target.ask(is_unfinished)?;
        if is_unfinished && mode == CopyMode::StartOver {
            self.target.change(side::clear)?;
        }
        if is_unfinished {
            return Ok(true);
        }
        for table in ALL {
            if self.target.ask(|db| table.last(db))?.is_some() {
                let is_alike = ALL.iter().all(|table| self.compare(table).is_ok());
                return if is_alike { Ok(false) } else { Err(CopyError::NotEmpty(table.name)) };
            }
        }
        let note = "INSERT INTO notes (name, value) VALUES (?1, '')";
        self.target.change(|db| db.execute(note, params![UNFINISHED]).map(drop))?;
        Ok(true)
    }

    /// Brings the rest of a table.
    fn bring(&mut self, table: &'static Table) -> Result<(), CopyError> {
        let mut reached = self.target.ask(|db| table.last(db))?;
        let mut rows = self.target.ask(|db| table.count(db))?;
        loop {
            let page = self.source.ask(|db| table.page(db, reached.as_deref()))?;
            let Some(last) = page.last() else { break };
            reached = Some(table.key_of(last));
            self.target.change(|db| table.write(db, &page))?;
            rows += page.len() as u64;
            (self.told)(table.name, rows);
        }
        Ok(())
    }

    /// Reads a table on both sides; what both hold, or the first row that differs.
    fn compare(&self, table: &'static Table) -> Result<CopiedTable, CopyError> {
        let (mut rows, mut digest, mut after) = (0, Digest::ZERO, None::<Line>);
        loop {
            let ours = self.source.ask(|db| table.page(db, after.as_deref()))?;
            let theirs = self.target.ask(|db| table.page(db, after.as_deref()))?;
            let differing = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at));
            if let Some(row) = differing.and_then(|at| ours.get(at).or_else(|| theirs.get(at))) {
                return Err(CopyError::Differs { table: table.name, key: row::written(&table.key_of(row)) });
            }
            let Some(last) = ours.last() else { break };
            after = Some(table.key_of(last));
            rows += ours.len() as u64;
            digest = ours.iter().fold(digest, |digest, row| fingerprint(&digest, row));
        }
        Ok(CopiedTable { name: table.name, rows, digest })
    }
}
