//! Table `owners`: how much everybody keeps, and who never gets anything again.

use doorward_core::{Code, Error, UserId};

use crate::db::{Db, Fault, Row, params};
use crate::document::{Overview, Page, Usage, Window};
use crate::settings::Limits;

/// How many documents an overview names.
const IDS_MAX: i64 = 1_000;

const ENSURE: &str = "INSERT INTO owners (account) VALUES (?1) ON CONFLICT (account) DO NOTHING";
const OWNER: &str = "SELECT no, documents, bytes, chunks, is_forgotten FROM owners WHERE account = ?1";

/// Somebody's row.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) no: i64,
    documents: u64,
    bytes: u64,
    chunks: u64,
    is_forgotten: bool,
}

impl Owner {
    /// Refuses what would be more than one account may keep: `documents` and `bytes` more than there are.
    pub(super) fn check(&self, documents: u64, bytes: i64, limits: &Limits) -> Result<(), Error> {
        if self.documents + documents > limits.documents {
            return Err(Error::new(Code::QuotaReached, "You cannot keep more documents."));
        }
        if bytes > 0 && self.bytes.saturating_add_signed(bytes) > limits.bytes {
            return Err(Error::new(Code::QuotaReached, "Your documents would take more room than you have."));
        }
        Ok(())
    }
}

/// The row of `user`, made when there is none. A forgotten owner is refused: their account is gone.
pub(super) fn ensure(db: &Db<'_>, user: UserId) -> Result<Owner, Fault> {
    db.execute(ENSURE, params![user])?;
    let owner = find(db, user)?.ok_or(Fault::Corrupt("an owner"))?;
    if owner.is_forgotten { Err(Code::Forbidden.into()) } else { Ok(owner) }
}

fn find(db: &Db<'_>, user: UserId) -> Result<Option<Owner>, Fault> {
    db.row(OWNER, params![user], |row| {
        Ok(Owner {
            no: row.get(0)?,
            documents: row.get(1)?,
            bytes: row.get(2)?,
            chunks: row.get(3)?,
            is_forgotten: row.get(4)?,
        })
    })
}

const COUNT: &str =
    "UPDATE owners SET documents = documents + ?2, bytes = bytes + ?3, chunks = chunks + ?4 WHERE no = ?1";

/// Counts what has changed: documents, bytes, chunks.
pub(super) fn add(db: &Db<'_>, owner: i64, by: (i64, i64, i64)) -> Result<(), Fault> {
    db.execute(COUNT, params![owner, by.0, by.1, by.2])?;
    Ok(())
}

const FORGET: &str = "INSERT INTO owners (account, is_forgotten) VALUES (?1, TRUE)
  ON CONFLICT (account) DO UPDATE SET is_forgotten = TRUE";

/// From now on `user` gets no document any more.
pub(super) fn forget(db: &Db<'_>, user: UserId) -> Result<(), Fault> {
    db.execute(FORGET, params![user])?;
    Ok(())
}

const OWN_COLLECTIONS: &str = "SELECT count(*) FROM collections WHERE owner = ?1";

/// How much `user` keeps.
pub(super) fn usage(db: &Db<'_>, user: UserId) -> Result<Usage, Fault> {
    let owner = find(db, user)?;
    let collections = db.one(OWN_COLLECTIONS, params![user], |row| row.get(0))?;
    let mut usage = Usage { collections, ..Usage::default() };
    if let Some(owner) = owner {
        (usage.documents, usage.bytes, usage.chunks) = (owner.documents, owner.bytes, owner.chunks);
    }
    Ok(usage)
}

const OVERVIEW_ALL: &str =
    "SELECT account, documents, bytes, chunks FROM owners WHERE documents > 0 ORDER BY no LIMIT ?1 OFFSET ?2";
const OVERVIEW_ONE: &str =
    "SELECT account, documents, bytes, chunks FROM owners WHERE documents > 0 AND account = ?1";
const OVERVIEW_COUNT: &str = "SELECT count(*) FROM owners WHERE documents > 0";
const IDS: &str = "SELECT id FROM documents WHERE owner = ?1 AND NOT is_deleted ORDER BY no LIMIT ?2";

/// What each of `owners` keeps, or everybody; those who keep nothing are left out.
pub(super) fn overview(db: &Db<'_>, owners: &[UserId], window: Window) -> Result<Page<Overview>, Fault> {
    if owners.is_empty() {
        let found = db.rows(OVERVIEW_ALL, params![window.limit, window.offset], read_overview)?;
        let items = found.into_iter().map(|one| with_ids(db, one)).collect::<Result<_, _>>()?;
        return Ok(Page { items, total: db.one(OVERVIEW_COUNT, params![], |row| row.get(0))? });
    }
    let mut items = Vec::new();
    for owner in owners {
        if let Some(found) = db.row(OVERVIEW_ONE, params![owner], read_overview)? {
            items.push(with_ids(db, found)?);
        }
    }
    let total = items.len() as u64;
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let items = items.into_iter().skip(offset).take(window.limit as usize).collect();
    Ok(Page { items, total })
}

fn read_overview(row: &Row<'_>) -> Result<Overview, Fault> {
    Ok(Overview {
        owner: row.get(0)?,
        documents: row.get(1)?,
        bytes: row.get(2)?,
        chunks: row.get(3)?,
        ids: Vec::new(),
    })
}

fn with_ids(db: &Db<'_>, mut overview: Overview) -> Result<Overview, Fault> {
    overview.ids = db.rows(IDS, params![overview.owner, IDS_MAX], |row| row.get(0))?;
    Ok(overview)
}

const CHUNKS: &str = "SELECT chunks FROM owners WHERE no = ?1";

/// How many chunks an owner keeps.
pub(super) fn chunks(db: &Db<'_>, owner: i64) -> Result<i64, Fault> {
    db.one(CHUNKS, params![owner], |row| row.get(0))
}

/// Whether `user` was forgotten.
pub(super) fn is_forgotten(db: &Db<'_>, user: UserId) -> Result<bool, Fault> {
    Ok(find(db, user)?.is_some_and(|owner| owner.is_forgotten))
}

const NOTE: &str = "SELECT value FROM notes WHERE name = ?1";
const SET_NOTE: &str =
    "INSERT INTO notes (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// What was noted under `name`.
pub(super) fn note(db: &Db<'_>, name: &str) -> Result<Option<String>, Fault> {
    db.row(NOTE, params![name], |row| row.get(0))
}

/// Notes `value` under `name`.
pub(super) fn set_note(db: &Db<'_>, name: &str, value: &str) -> Result<(), Fault> {
    db.execute(SET_NOTE, params![name, value])?;
    Ok(())
}
