//! Who may read, change and delete what: the one place where this is said.
//!
//! Every statement that reads documents holds one of these conditions, with `d` for the documents and the caller bound first:
//! `?1` the account, `?2` whether they see all. A document is its owner's, and its collections' members may read it; editors
//! and owners of its collections may change it. Nobody but its owner deletes it.

use doorward_core::Code;

use crate::collection::Role;
use crate::db::{Db, Fault, params};
use crate::document::Caller;
use crate::id::{CollectionId, DocumentId};

/// What the caller may read, where few of many rows are looked at: asks of each row.
pub(crate) const READABLE: &str = "NOT d.is_deleted AND (?2 OR d.owner = ?1 OR EXISTS (
    SELECT 1 FROM placements rp JOIN members rm ON rm.collection = rp.collection
    WHERE rp.document = d.no AND rm.account = ?1))";

/// What the caller may read, where all of it is listed: begins with what is theirs. Binds both values either way.
pub(super) const fn readable_all(caller: Caller) -> &'static str {
    if caller.sees_all {
        "NOT d.is_deleted AND ?2 AND ?1 <> ''"
    } else {
        "NOT d.is_deleted AND NOT ?2 AND d.no IN (
    SELECT ro.no FROM documents ro WHERE ro.owner = ?1
    UNION ALL SELECT rp.document FROM members rm JOIN placements rp ON rp.collection = rm.collection
    WHERE rm.account = ?1)"
    }
}

/// The collections of document `d` that the caller may know of, with commas between.
pub(crate) const COLLECTIONS_OF: &str = "(SELECT string_agg(k.id, ',') FROM placements cp
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
pub(super) fn document(db: &Db<'_>, caller: Caller, id: DocumentId, needed: Right) -> Result<i64, Fault> {
    let found = db.row(RIGHT, params![caller.user, id], |row| {
        Ok((row.get::<i64>(0)?, row.get::<bool>(1)?, row.get::<Option<i64>>(2)?))
    })?;
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
pub(super) fn collection(db: &Db<'_>, caller: Caller, id: CollectionId, needed: Role) -> Result<i64, Fault> {
    let found =
        db.row(ROLE, params![caller.user, id], |row| Ok((row.get::<i64>(0)?, row.get::<Option<Role>>(1)?)))?;
    match found {
        None => Err(Code::NotFound.into()),
        Some((no, _)) if caller.sees_all => Ok(no),
        Some((_, None)) => Err(Code::NotFound.into()),
        Some((_, Some(held))) if held < needed => Err(Code::Forbidden.into()),
        Some((no, Some(_))) => Ok(no),
    }
}

const SIGHT: &str = "SELECT o.no, o.chunks FROM owners o WHERE o.account = ?1
  UNION ALL SELECT d.owner_no, CAST(sum(d.chunks) AS BIGINT)
    FROM members m JOIN placements p ON p.collection = m.collection JOIN documents d ON d.no = p.document
    WHERE m.account = ?1 AND d.owner <> ?1 AND NOT d.is_deleted GROUP BY d.owner_no
  LIMIT ?2";
const ALL_CHUNKS: &str = "SELECT CAST(coalesce(sum(chunks), 0) AS BIGINT) FROM owners";

/// What a caller may read, roughly.
#[derive(Debug)]
pub(super) struct Sight {
    /// The owners of all of it, by their numbers; `None` for one who sees all, and when they are more than a question can hold.
    pub(super) owners: Option<Vec<i64>>,
    /// How many chunks there are; of what is in several collections, some are counted again.
    pub(super) chunks: u64,
}

/// What the caller may read. It narrows what the index walks; which documents may be read, each statement decides.
pub(super) fn sight(db: &Db<'_>, caller: Caller) -> Result<Sight, Fault> {
    const MOST: usize = 200;
    if caller.sees_all {
        return Ok(Sight { owners: None, chunks: db.one(ALL_CHUNKS, params![], |row| row.get(0))? });
    }
    let found: Vec<(i64, u64)> =
        db.rows(SIGHT, params![caller.user, MOST as u64 + 1], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let chunks = found.iter().map(|(_, chunks)| chunks).sum();
    let owners = (found.len() <= MOST).then(|| found.into_iter().map(|(owner, _)| owner).collect());
    Ok(Sight { owners, chunks })
}
