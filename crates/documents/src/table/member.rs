//! Tables `members` and `placements`: who and what is in a collection.

use doorward_core::{Code, Error, Timestamp, UserId};

use super::visible::{self, Right};
use crate::collection::{Member, Role};
use crate::db::{Db, Fault, params};
use crate::document::{Caller, Page, Window};
use crate::id::{CollectionId, DocumentId};

const PLACE: &str = "INSERT INTO placements (collection, document) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const DISPLACE: &str = "DELETE FROM placements WHERE collection = ?1 AND document = ?2";
const IS_PLACED: &str = "SELECT 1 FROM placements WHERE collection = ?1 AND document = ?2";

/// Puts a document in; who may was asked before.
pub(super) fn place(db: &Db<'_>, collection: i64, document: i64) -> Result<(), Fault> {
    db.execute(PLACE, params![collection, document])?;
    Ok(())
}

/// Puts a document of the caller's own into a collection they may edit: nobody shares what is another's.
pub(super) fn share(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    document: DocumentId,
) -> Result<(), Fault> {
    let collection = visible::collection(db, caller, id, Role::Editor)?;
    let document = visible::document(db, caller, document, Right::Own)?;
    place(db, collection, document)
}

/// Takes a document out: its owner may, and who may edit the collection.
pub(super) fn withdraw(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    document: DocumentId,
) -> Result<(), Fault> {
    let collection = visible::collection(db, caller, id, Role::Reader)?;
    let own = visible::document(db, caller, document, Right::Own);
    let document = match own {
        Err(Fault::Refused(refused)) if refused.code() == Code::Forbidden => {
            visible::collection(db, caller, id, Role::Editor)?;
            visible::document(db, caller, document, Right::Read)?
        }
        own => own?,
    };
    if !db.exists(IS_PLACED, params![collection, document])? {
        return Err(Code::NotFound.into());
    }
    db.execute(DISPLACE, params![collection, document])?;
    Ok(())
}

const MEMBERS: &str = "SELECT account, role, created_at FROM members WHERE collection = ?1
  ORDER BY created_at, account LIMIT ?2 OFFSET ?3";
const COUNT: &str = "SELECT count(*) FROM members WHERE collection = ?1";

/// Who is in a collection, for one who is in it.
pub(super) fn list(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    window: Window,
) -> Result<Page<Member>, Fault> {
    let no = visible::collection(db, caller, id, Role::Reader)?;
    let total = db.one(COUNT, params![no], |row| row.get(0))?;
    let items = db.rows(MEMBERS, params![no, window.limit, window.offset], |row| {
        Ok(Member { user: row.get(0)?, role: row.get(1)?, since: row.get(2)? })
    })?;
    Ok(Page { items, total })
}

const LET_IN: &str = "INSERT INTO members (collection, account, role, created_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (collection, account) DO UPDATE SET role = excluded.role";
const OTHER_OWNERS: &str =
    "SELECT 1 FROM members WHERE collection = ?1 AND role = 'owner' AND account <> ?2 LIMIT 1";
const ROLE: &str = "SELECT role FROM members WHERE collection = ?1 AND account = ?2";

/// Lets somebody in, or gives them another role: an owner of the collection says so, and nobody for themselves.
pub(super) fn let_in(
    db: &Db<'_>,
    caller: Caller,
    id: CollectionId,
    member: (UserId, Role),
    now: Timestamp,
) -> Result<(), Fault> {
    let no = visible::collection(db, caller, id, Role::Owner)?;
    let (user, role) = member;
    if super::owner::is_forgotten(db, user)? {
        return Err(Code::NotFound.into());
    }
    if role != Role::Owner {
        keep_an_owner(db, no, user)?;
    }
    db.execute(LET_IN, params![no, user, role, now])?;
    Ok(())
}

/// Refuses to make the last owner anything else.
fn keep_an_owner(db: &Db<'_>, no: i64, user: UserId) -> Result<(), Fault> {
    let is_owner = role_of(db, no, user)? == Some(Role::Owner);
    if is_owner && !db.exists(OTHER_OWNERS, params![no, user])? {
        return Err(Error::new(Code::Conflict, "A collection keeps an owner; delete it instead.").into());
    }
    Ok(())
}

fn role_of(db: &Db<'_>, no: i64, user: UserId) -> Result<Option<Role>, Fault> {
    db.row(ROLE, params![no, user], |row| row.get(0))
}

const PUT_OUT: &str = "DELETE FROM members WHERE collection = ?1 AND account = ?2";
const DISPLACE_THEIRS: &str = "DELETE FROM placements WHERE collection = ?1
  AND document IN (SELECT no FROM documents WHERE owner = ?2)";

/// Puts somebody out, with the documents that are theirs: an owner of the collection may, and everybody for themselves.
pub(super) fn put_out(db: &Db<'_>, caller: Caller, id: CollectionId, user: UserId) -> Result<(), Fault> {
    let needed = if user == caller.user { Role::Reader } else { Role::Owner };
    let no = visible::collection(db, caller, id, needed)?;
    if role_of(db, no, user)?.is_none() {
        return Err(Code::NotFound.into());
    }
    keep_an_owner(db, no, user)?;
    db.execute(PUT_OUT, params![no, user])?;
    db.execute(DISPLACE_THEIRS, params![no, user])?;
    Ok(())
}
