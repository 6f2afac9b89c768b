//! Table `collections`.

use doorward_core::{Code, Error, Timestamp, UserId};
use rusqlite::{Connection, Row, params, params_from_iter, types::Value};

use super::{Fault, count, member, owner, read_count, read_text, visible};
use crate::collection::{Collection, NewCollection, Role};
use crate::document::{Caller, Page, Window};
use crate::id::CollectionId;
use crate::shelf::{CollectionUpdate, Terms};

const COLUMNS: &str = "k.id, k.owner, k.name, k.description, k.created_at, k.updated_at,
  (SELECT m.role FROM members m WHERE m.collection = k.no AND m.account = ?1),
  (SELECT count(*) FROM placements p WHERE p.collection = k.no),
  (SELECT count(*) FROM members m WHERE m.collection = k.no)";
/// What the caller may see: `?1` the account, `?2` whether they see all.
const SEEN: &str = "(?2 OR k.no IN (SELECT sm.collection FROM members sm WHERE sm.account = ?1))";

fn read(row: &Row<'_>) -> Result<Collection, Fault> {
    let role: Option<String> = row.get(6)?;
    Ok(Collection {
        id: read_text(row, 0)?,
        owner: read_text(row, 1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        created_at: Timestamp::from_millis(row.get(4)?),
        updated_at: Timestamp::from_millis(row.get(5)?),
        role: role.as_deref().and_then(Role::from_text),
        documents: read_count(row, 7)?,
        members: read_count(row, 8)?,
    })
}

/// The collection, for one who is in it.
pub(super) fn one(connection: &Connection, caller: Caller, id: CollectionId) -> Result<Collection, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM collections k WHERE k.id = ?3 AND {SEEN}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![caller.user.to_string(), caller.sees_all, id.to_string()])?;
    rows.next()?.map(read).transpose()?.ok_or_else(|| Code::NotFound.into())
}

/// Those of `ids` that the caller is in, or all of these; youngest first.
pub(super) fn list(
    connection: &Connection,
    caller: Caller,
    ids: &[CollectionId],
    window: Window,
) -> Result<Page<Collection>, Fault> {
    let mut values: Vec<Value> = vec![caller.user.to_string().into(), caller.sees_all.into()];
    let places: Vec<String> = (3..3 + ids.len()).map(|place| format!("?{place}")).collect();
    values.extend(ids.iter().map(|id| Value::from(id.to_string())));
    let named = if ids.is_empty() { String::new() } else { format!(" AND k.id IN ({})", places.join(", ")) };
    let total: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM collections k WHERE {SEEN}{named} AND ?1 IS NOT NULL"
        ))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let sql = format!(
        "SELECT {COLUMNS} FROM collections k WHERE {SEEN}{named} ORDER BY k.no DESC LIMIT {} OFFSET {}",
        window.limit,
        count(window.offset)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(Page { items, total: u64::try_from(total).unwrap_or_default() })
}

const HAS_ID: &str = "SELECT 1 FROM collections WHERE id = ?1";
const INSERT: &str = "INSERT INTO collections (id, owner, name, description, created_at, updated_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
const FIRST_MEMBER: &str =
    "INSERT INTO members (collection, account, role, created_at) VALUES (?1, ?2, 'owner', ?3)";

/// Makes a collection, whose maker is its owner.
pub(super) fn create(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    new: &NewCollection,
    terms: &Terms,
) -> Result<Collection, Fault> {
    owner::ensure(connection, caller.user)?;
    if owner::usage(connection, caller.user)?.collections >= terms.limits.collections {
        return Err(Error::new(Code::QuotaReached, "You cannot have more collections.").into());
    }
    if connection.prepare_cached(HAS_ID)?.exists([id.to_string()])? {
        return Err(Error::new(Code::Conflict, "There is a collection with this id.").into());
    }
    let now = terms.now.as_millis();
    let account = caller.user.to_string();
    let values = params![id.to_string(), account, new.name, new.description, now];
    connection.prepare_cached(INSERT)?.execute(values)?;
    let no = connection.last_insert_rowid();
    connection.prepare_cached(FIRST_MEMBER)?.execute(params![no, account, now])?;
    one(connection, caller, id)
}

const CHANGE: &str =
    "UPDATE collections SET name = coalesce(?2, name), description = coalesce(?3, description),
    updated_at = ?4 WHERE no = ?1";

/// Renames a collection, for its owners.
pub(super) fn change(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    update: &CollectionUpdate,
    now: Timestamp,
) -> Result<Collection, Fault> {
    let no = visible::collection(connection, caller, id, Role::Owner)?;
    let values = params![no, update.name, update.description, now.as_millis()];
    connection.prepare_cached(CHANGE)?.execute(values)?;
    one(connection, caller, id)
}

const DELETE: &str = "DELETE FROM collections WHERE no = ?1";

/// Deletes a collection, for its owners; the documents stay with theirs.
pub(super) fn delete(connection: &Connection, caller: Caller, id: CollectionId) -> Result<(), Fault> {
    let no = visible::collection(connection, caller, id, Role::Owner)?;
    remove(connection, no)
}

fn remove(connection: &Connection, no: i64) -> Result<(), Fault> {
    member::clear(connection, no)?;
    connection.prepare_cached(DELETE)?.execute([no])?;
    Ok(())
}

const LEAVE: &str = "DELETE FROM members WHERE account = ?1";
const ORPHANS: &str = "SELECT k.no FROM collections k WHERE NOT EXISTS (
    SELECT 1 FROM members m WHERE m.collection = k.no AND m.role = 'owner')
  AND k.no IN (SELECT value FROM json_each(?1))";
const MEMBER_OF: &str =
    "SELECT json_group_array(collection) FROM members WHERE account = ?1 AND role = 'owner'";
const HEIR: &str = "UPDATE collections SET owner = (
    SELECT m.account FROM members m WHERE m.collection = collections.no AND m.role = 'owner'
    ORDER BY m.created_at LIMIT 1)
  WHERE owner = ?1";

/// Takes an account that is gone out of all collections; those it alone owned go with it, the others get another owner's name.
pub(super) fn forget(connection: &Connection, user: UserId) -> Result<(), Fault> {
    let account = user.to_string();
    let owned: String = connection.prepare_cached(MEMBER_OF)?.query_row([&account], |row| row.get(0))?;
    connection.prepare_cached(LEAVE)?.execute([&account])?;
    let mut statement = connection.prepare_cached(ORPHANS)?;
    let rows = statement.query_map([owned], |row| row.get(0))?;
    for no in rows.collect::<rusqlite::Result<Vec<i64>>>()? {
        remove(connection, no)?;
    }
    connection.prepare_cached(HEIR)?.execute([&account])?;
    Ok(())
}
