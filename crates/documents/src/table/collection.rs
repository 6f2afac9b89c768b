//! Table `collections`.

use doorward_core::{Code, Error, Timestamp, UserId};

use super::{owner, visible};
use crate::collection::{Collection, NewCollection, Role};
use crate::db::{Bind, Db, Fault, Row, Value, params};
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
    Ok(Collection {
        id: row.get(0)?,
        owner: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        role: row.get(6)?,
        documents: row.get(7)?,
        members: row.get(8)?,
    })
}

/// The collection, for one who is in it.
pub(super) fn one(db: &Db<'_>, caller: Caller, id: CollectionId) -> Result<Collection, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM collections k WHERE k.id = ?3 AND {SEEN}");
    db.row(&sql, params![caller.user, caller.sees_all, id], read)?.ok_or_else(|| Code::NotFound.into())
}

/// Those of `ids` that the caller is in, or all of these; youngest first.
pub(super) fn list(
    db: &Db<'_>,
    caller: Caller,
    ids: &[CollectionId],
    window: Window,
) -> Result<Page<Collection>, Fault> {
    let mut values: Vec<Value<'_>> = vec![caller.user.bind(), caller.sees_all.bind()];
    let places: Vec<String> = (3..3 + ids.len()).map(|place| format!("?{place}")).collect();
    values.extend(ids.iter().map(Bind::bind));
    let named = if ids.is_empty() { String::new() } else { format!(" AND k.id IN ({})", places.join(", ")) };
    let total = format!("SELECT count(*) FROM collections k WHERE {SEEN}{named}");
    let total = db.one(&total, &values, |row| row.get(0))?;
    let sql = format!(
        "SELECT {COLUMNS} FROM collections k WHERE {SEEN}{named} ORDER BY k.no DESC LIMIT {} OFFSET {}",
        window.limit, window.offset
    );
    Ok(Page { items: db.rows(&sql, &values, read)?, total })
}

const HAS_ID: &str = "SELECT 1 FROM collections WHERE id = ?1";
const INSERT: &str = "INSERT INTO collections (id, owner, name, description, created_at, updated_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING no";
const FIRST_MEMBER: &str =
    "INSERT INTO members (collection, account, role, created_at) VALUES (?1, ?2, 'owner', ?3)";

/// Makes a collection, whose maker is its owner.
pub(super) fn create(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    new: &NewCollection,
    terms: &Terms,
) -> Result<Collection, Fault> {
    owner::ensure(db, caller.user)?;
    if owner::usage(db, caller.user)?.collections >= terms.limits.collections {
        return Err(Error::new(Code::QuotaReached, "You cannot have more collections.").into());
    }
    if db.exists(HAS_ID, params![id])? {
        return Err(Error::new(Code::Conflict, "There is a collection with this id.").into());
    }
    let (user, now) = (caller.user, terms.now);
    let no: i64 = db.one(INSERT, params![id, user, new.name, new.description, now], |row| row.get(0))?;
    db.execute(FIRST_MEMBER, params![no, user, now])?;
    one(db, caller, id)
}

const CHANGE: &str =
    "UPDATE collections SET name = coalesce(?2, name), description = coalesce(?3, description),
    updated_at = ?4 WHERE no = ?1";

/// Renames a collection, for its owners.
pub(super) fn change(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    update: &CollectionUpdate,
    now: Timestamp,
) -> Result<Collection, Fault> {
    let no = visible::collection(db, caller, id, Role::Owner)?;
    db.execute(CHANGE, params![no, update.name, update.description, now])?;
    one(db, caller, id)
}

const DELETE: &str = "DELETE FROM collections WHERE no = ?1";

/// Deletes a collection, for its owners; the documents stay with theirs.
pub(super) fn delete(db: &Db<'_>, caller: Caller, id: CollectionId) -> Result<(), Fault> {
    let no = visible::collection(db, caller, id, Role::Owner)?;
    db.execute(DELETE, params![no])?;
    Ok(())
}

const OWNED: &str = "SELECT collection FROM members WHERE account = ?1 AND role = 'owner'";
const LEAVE: &str = "DELETE FROM members WHERE account = ?1";
const DELETE_ORPHAN: &str = "DELETE FROM collections WHERE no = ?1 AND NOT EXISTS (
    SELECT 1 FROM members m WHERE m.collection = collections.no AND m.role = 'owner')";
const HEIR: &str = "UPDATE collections SET owner = (
    SELECT m.account FROM members m WHERE m.collection = collections.no AND m.role = 'owner'
    ORDER BY m.created_at LIMIT 1)
  WHERE owner = ?1 AND EXISTS (
    SELECT 1 FROM members m WHERE m.collection = collections.no AND m.role = 'owner')";

/// Takes an account that is gone out of all collections; those it alone owned go with it, the others get another owner's name.
pub(super) fn forget(db: &Db<'_>, user: UserId) -> Result<(), Fault> {
    let owned: Vec<i64> = db.rows(OWNED, params![user], |row| row.get(0))?;
    db.execute(LEAVE, params![user])?;
    for no in owned {
        db.execute(DELETE_ORPHAN, params![no])?;
    }
    db.execute(HEIR, params![user])?;
    Ok(())
}
