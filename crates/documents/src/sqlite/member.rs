//! Tables `members` and `placements`: who and what is in a collection.

use doorward_core::{Code, Error, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::visible::{self, Right};
use super::{Fault, chunk, count, read_text};
use crate::collection::{Member, Role};
use crate::document::{Caller, Page, Window};
use crate::id::{CollectionId, DocumentId};

const PLACE: &str = "INSERT INTO placements (collection, document) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const DISPLACE: &str = "DELETE FROM placements WHERE collection = ?1 AND document = ?2";
const IS_PLACED: &str = "SELECT 1 FROM placements WHERE collection = ?1 AND document = ?2";

/// Puts a document in; who may was asked before.
pub(super) fn place(connection: &Connection, collection: i64, document: i64) -> Result<(), Fault> {
    chunk::reindexed(connection, document, || {
        connection.prepare_cached(PLACE)?.execute([collection, document])?;
        Ok(())
    })
}

fn displace(connection: &Connection, collection: i64, document: i64) -> Result<(), Fault> {
    chunk::reindexed(connection, document, || {
        connection.prepare_cached(DISPLACE)?.execute([collection, document])?;
        Ok(())
    })
}

/// Puts a document of the caller's own into a collection they may edit: nobody shares what is another's.
pub(super) fn share(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    document: DocumentId,
) -> Result<(), Fault> {
    let collection = visible::collection(connection, caller, id, Role::Editor)?;
    let document = visible::document(connection, caller, document, Right::Own)?;
    place(connection, collection, document)
}

/// Takes a document out: its owner may, and who may edit the collection.
pub(super) fn withdraw(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    document: DocumentId,
) -> Result<(), Fault> {
    let collection = visible::collection(connection, caller, id, Role::Reader)?;
    let own = visible::document(connection, caller, document, Right::Own);
    let document = match own {
        Err(Fault::Refused(refused)) if refused.code() == Code::Forbidden => {
            visible::collection(connection, caller, id, Role::Editor)?;
            visible::document(connection, caller, document, Right::Read)?
        }
        own => own?,
    };
    if !connection.prepare_cached(IS_PLACED)?.exists([collection, document])? {
        return Err(Code::NotFound.into());
    }
    displace(connection, collection, document)
}

const MEMBERS: &str = "SELECT account, role, created_at FROM members WHERE collection = ?1
  ORDER BY created_at, account LIMIT ?2 OFFSET ?3";
const COUNT: &str = "SELECT count(*) FROM members WHERE collection = ?1";

/// Who is in a collection, for one who is in it.
pub(super) fn list(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    window: Window,
) -> Result<Page<Member>, Fault> {
    let no = visible::collection(connection, caller, id, Role::Reader)?;
    let total: i64 = connection.prepare_cached(COUNT)?.query_row([no], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(MEMBERS)?;
    let mut rows = statement.query(params![no, window.limit, count(window.offset)])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let role = row.get_ref(1)?.as_str().ok().and_then(Role::from_text);
        items.push(Member {
            user: read_text(row, 0)?,
            role: role.ok_or(Fault::Corrupt("a role"))?,
            since: Timestamp::from_millis(row.get(2)?),
        });
    }
    Ok(Page { items, total: u64::try_from(total).unwrap_or_default() })
}

const LET_IN: &str = "INSERT INTO members (collection, account, role, created_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (collection, account) DO UPDATE SET role = excluded.role";
const OTHER_OWNERS: &str =
    "SELECT 1 FROM members WHERE collection = ?1 AND role = 'owner' AND account <> ?2 LIMIT 1";
const ROLE: &str = "SELECT role FROM members WHERE collection = ?1 AND account = ?2";

/// Lets somebody in, or gives them another role: an owner of the collection says so, and nobody for themselves.
pub(super) fn let_in(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    member: (UserId, Role),
    now: Timestamp,
) -> Result<(), Fault> {
    let no = visible::collection(connection, caller, id, Role::Owner)?;
    let (user, role) = member;
    if super::owner::is_forgotten(connection, user)? {
        return Err(Code::NotFound.into());
    }
    if role != Role::Owner {
        keep_an_owner(connection, no, user)?;
    }
    let values = params![no, user.to_string(), role.as_str(), now.as_millis()];
    connection.prepare_cached(LET_IN)?.execute(values)?;
    Ok(())
}

/// Refuses to make the last owner anything else.
fn keep_an_owner(connection: &Connection, no: i64, user: UserId) -> Result<(), Fault> {
    let is_owner = role_of(connection, no, user)?.as_deref() == Some(Role::Owner.as_str());
    if is_owner && !connection.prepare_cached(OTHER_OWNERS)?.exists(params![no, user.to_string()])? {
        return Err(Error::new(Code::Conflict, "A collection keeps an owner; delete it instead.").into());
    }
    Ok(())
}

fn role_of(connection: &Connection, no: i64, user: UserId) -> Result<Option<String>, Fault> {
    let values = params![no, user.to_string()];
    Ok(connection.prepare_cached(ROLE)?.query_row(values, |row| row.get(0)).optional()?)
}

const PUT_OUT: &str = "DELETE FROM members WHERE collection = ?1 AND account = ?2";
const THEIRS: &str = "SELECT p.document FROM placements p JOIN documents d ON d.no = p.document
  WHERE p.collection = ?1 AND d.owner = ?2";

/// Puts somebody out, with the documents that are theirs: an owner of the collection may, and everybody for themselves.
pub(super) fn put_out(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    user: UserId,
) -> Result<(), Fault> {
    let needed = if user == caller.user { Role::Reader } else { Role::Owner };
    let no = visible::collection(connection, caller, id, needed)?;
    if role_of(connection, no, user)?.is_none() {
        return Err(Code::NotFound.into());
    }
    keep_an_owner(connection, no, user)?;
    connection.prepare_cached(PUT_OUT)?.execute(params![no, user.to_string()])?;
    let mut statement = connection.prepare_cached(THEIRS)?;
    let rows = statement.query_map(params![no, user.to_string()], |row| row.get(0))?;
    for document in rows.collect::<rusqlite::Result<Vec<i64>>>()? {
        displace(connection, no, document)?;
    }
    Ok(())
}

const INSIDE: &str = "SELECT document FROM placements WHERE collection = ?1";

/// Takes all documents out.
pub(super) fn clear(connection: &Connection, collection: i64) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(INSIDE)?;
    let rows = statement.query_map([collection], |row| row.get(0))?;
    for document in rows.collect::<rusqlite::Result<Vec<i64>>>()? {
        displace(connection, collection, document)?;
    }
    Ok(())
}
