//! Who may read, change and delete what: the one place where this is said.
//!
//! Every statement that reads documents holds one of these conditions, with `d` for the documents and the caller bound first:
//! `?1` the account, `?2` whether they see all. A document is its owner's, and its collections' members may read it; editors
//! and owners of its collections may change it. Nobody but its owner deletes it.

use doorward_core::Code;
use rusqlite::{Connection, OptionalExtension, params};

use super::Fault;
use crate::collection::Role;
use crate::document::Caller;
use crate::id::{CollectionId, DocumentId};

/// What the caller may read, where few of many rows are looked at: asks of each row.
pub(super) const READABLE: &str = "NOT d.is_deleted AND (?2 OR d.owner = ?1 OR EXISTS (
    SELECT 1 FROM placements rp JOIN members rm ON rm.collection = rp.collection
    WHERE rp.document = d.no AND rm.account = ?1))";

/// What the caller may read, where all of it is listed: begins with what is theirs. Binds both values either way.
pub(super) const fn readable_all(caller: Caller) -> &'static str {
    if caller.sees_all {
        "NOT d.is_deleted AND ?2 AND ?1 IS NOT NULL"
    } else {
        "NOT d.is_deleted AND ?2 IS NOT NULL AND d.no IN (
    SELECT ro.no FROM documents ro WHERE ro.owner = ?1
    UNION ALL SELECT rp.document FROM members rm JOIN placements rp ON rp.collection = rm.collection
    WHERE rm.account = ?1)"
    }
}

/// The collections of document `d` that the caller may know of, with commas between.
pub(super) const COLLECTIONS_OF: &str = "(SELECT group_concat(k.id) FROM placements cp
    JOIN collections k ON k.no = cp.collection
    WHERE cp.document = d.no AND (?2 OR EXISTS (
      SELECT 1 FROM members cm WHERE cm.collection = k.no AND cm.account = ?1)))";

/// What a caller may do with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    Read,
    Change,
    Own,
}

const RIGHT: &str = "SELECT d.no, d.owner = ?1, (
    SELECT max(CASE m.role WHEN 'reader' THEN 0 ELSE 1 END)
    FROM placements p JOIN members m ON m.collection = p.collection
    WHERE p.document = d.no AND m.account = ?1)
  FROM documents d WHERE d.id = ?2 AND NOT d.is_deleted";

/// The document, for one who has this right to it.
///
/// Refuses with [`Code::NotFound`] what the caller may not even read, and with [`Code::Forbidden`] what they may not do.
pub(super) fn document(
    connection: &Connection,
    caller: Caller,
    id: DocumentId,
    needed: Right,
) -> Result<i64, Fault> {
    let found: Option<(i64, bool, Option<i64>)> = connection
        .prepare_cached(RIGHT)?
        .query_row(params![caller.user.to_string(), id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (no, held) = match found {
        Some((no, is_own, _)) if is_own || caller.sees_all => (no, Right::Own),
        Some((no, _, Some(0))) => (no, Right::Read),
        Some((no, _, Some(_))) => (no, Right::Change),
        _ => return Err(Code::NotFound.into()),
    };
    if held < needed { Err(Code::Forbidden.into()) } else { Ok(no) }
}

const ROLE: &str = "SELECT k.no, m.role FROM collections k
  LEFT JOIN members m ON m.collection = k.no AND m.account = ?1
  WHERE k.id = ?2";

/// The collection, for one who has this role in it. Refuses like [`document`].
pub(super) fn collection(
    connection: &Connection,
    caller: Caller,
    id: CollectionId,
    needed: Role,
) -> Result<i64, Fault> {
    let found: Option<(i64, Option<String>)> = connection
        .prepare_cached(ROLE)?
        .query_row(params![caller.user.to_string(), id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((no, role)) = found else { return Err(Code::NotFound.into()) };
    match role.as_deref().and_then(Role::from_text) {
        _ if caller.sees_all => Ok(no),
        None => Err(Code::NotFound.into()),
        Some(held) if held < needed => Err(Code::Forbidden.into()),
        Some(_) => Ok(no),
    }
}

const SCOPES: &str = "SELECT 'o' || o.no FROM owners o WHERE o.account = ?1
  UNION ALL SELECT 'c' || m.collection FROM members m WHERE m.account = ?1 LIMIT ?2";

/// The words in the index that the caller's documents are marked with; `None` when there are more than a question can hold.
pub(super) fn scopes(connection: &Connection, caller: Caller) -> Result<Option<Vec<String>>, Fault> {
    const MOST: usize = 200;
    let mut statement = connection.prepare_cached(SCOPES)?;
    let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![caller.user.to_string(), most], |row| row.get(0))?;
    let scopes = rows.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok((scopes.len() <= MOST).then_some(scopes))
}
