//! Table `owners`: how much everybody keeps, and who never gets anything again.

use doorward_core::{Code, Error, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Fault, count, read_count, read_text};
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
    pub(super) chunks: u64,
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
pub(super) fn ensure(connection: &Connection, user: UserId) -> Result<Owner, Fault> {
    let account = user.to_string();
    connection.prepare_cached(ENSURE)?.execute([&account])?;
    let owner = find(connection, user)?.ok_or(Fault::Corrupt("an owner"))?;
    if owner.is_forgotten { Err(Code::Forbidden.into()) } else { Ok(owner) }
}

fn find(connection: &Connection, user: UserId) -> Result<Option<Owner>, Fault> {
    let mut statement = connection.prepare_cached(OWNER)?;
    let mut rows = statement.query([user.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Owner {
        no: row.get(0)?,
        documents: read_count(row, 1)?,
        bytes: read_count(row, 2)?,
        chunks: read_count(row, 3)?,
        is_forgotten: row.get(4)?,
    }))
}

const COUNT: &str =
    "UPDATE owners SET documents = documents + ?2, bytes = bytes + ?3, chunks = chunks + ?4 WHERE no = ?1";

/// Counts what has changed: documents, bytes, chunks.
pub(super) fn add(connection: &Connection, owner: i64, by: (i64, i64, i64)) -> Result<(), Fault> {
    connection.prepare_cached(COUNT)?.execute(params![owner, by.0, by.1, by.2])?;
    Ok(())
}

const FORGET: &str = "INSERT INTO owners (account, is_forgotten) VALUES (?1, TRUE)
  ON CONFLICT (account) DO UPDATE SET is_forgotten = TRUE";

/// From now on `user` gets no document any more.
pub(super) fn forget(connection: &Connection, user: UserId) -> Result<(), Fault> {
    connection.prepare_cached(FORGET)?.execute([user.to_string()])?;
    Ok(())
}

const OWN_COLLECTIONS: &str = "SELECT count(*) FROM collections WHERE owner = ?1";

/// How much `user` keeps.
pub(super) fn usage(connection: &Connection, user: UserId) -> Result<Usage, Fault> {
    let owner = find(connection, user)?;
    let collections: i64 =
        connection.prepare_cached(OWN_COLLECTIONS)?.query_row([user.to_string()], |row| row.get(0))?;
    let collections = u64::try_from(collections).unwrap_or_default();
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
pub(super) fn overview(
    connection: &Connection,
    owners: &[UserId],
    window: Window,
) -> Result<Page<Overview>, Fault> {
    let mut items = Vec::new();
    if owners.is_empty() {
        let mut statement = connection.prepare_cached(OVERVIEW_ALL)?;
        let mut rows = statement.query(params![window.limit, count(window.offset)])?;
        while let Some(row) = rows.next()? {
            items.push(read_overview(connection, row)?);
        }
        let total: i64 = connection.prepare_cached(OVERVIEW_COUNT)?.query_row([], |row| row.get(0))?;
        return Ok(Page { items, total: u64::try_from(total).unwrap_or_default() });
    }
    let mut statement = connection.prepare_cached(OVERVIEW_ONE)?;
    for owner in owners {
        let mut rows = statement.query([owner.to_string()])?;
        if let Some(row) = rows.next()? {
            items.push(read_overview(connection, row)?);
        }
    }
    let total = items.len() as u64;
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let items = items.into_iter().skip(offset).take(window.limit as usize).collect();
    Ok(Page { items, total })
}

fn read_overview(connection: &Connection, row: &rusqlite::Row<'_>) -> Result<Overview, Fault> {
    let owner: UserId = read_text(row, 0)?;
    let mut statement = connection.prepare_cached(IDS)?;
    let mut rows = statement.query(params![owner.to_string(), IDS_MAX])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(read_text(row, 0)?);
    }
    Ok(Overview {
        owner,
        documents: read_count(row, 1)?,
        bytes: read_count(row, 2)?,
        chunks: read_count(row, 3)?,
        ids,
    })
}

/// Whether `user` was forgotten.
pub(super) fn is_forgotten(connection: &Connection, user: UserId) -> Result<bool, Fault> {
    Ok(find(connection, user)?.is_some_and(|owner| owner.is_forgotten))
}

const NOTE: &str = "SELECT value FROM notes WHERE name = ?1";
const SET_NOTE: &str =
    "INSERT INTO notes (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// What was noted under `name`.
pub(super) fn note(connection: &Connection, name: &str) -> Result<Option<String>, Fault> {
    Ok(connection.prepare_cached(NOTE)?.query_row([name], |row| row.get(0)).optional()?)
}

/// Notes `value` under `name`.
pub(super) fn set_note(connection: &Connection, name: &str, value: &str) -> Result<(), Fault> {
    connection.prepare_cached(SET_NOTE)?.execute([name, value])?;
    Ok(())
}
