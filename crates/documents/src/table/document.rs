//! Tables `documents` and `sources`.

use std::fmt::Write as _;

use doorward_core::{Code, Error, UserId};

use super::visible::{self, COLLECTIONS_OF, READABLE, Right, readable_all};
use super::{Condition, chunk, member, owner, title, work};
use crate::collection::Role;
use crate::db::{Bind, Db, Fault, Row, Value, params};
use crate::document::{Caller, Chunk, Content, Document, Page, Selection, State, Unique, Window};
use crate::filter::Filter;
use crate::id::{CollectionId, DocumentId};
use crate::shelf::{Changed, Entry, Matter, Terms};

/// Documents that one call deletes at most.
const DELETED_MAX: usize = 1_000;

const COLUMNS: &str =
    "d.id, d.owner, d.name, d.title, d.media_type, d.digest, d.size, d.metadata, d.version, d.state,
  d.reason, d.done, d.chunks, d.attempts, d.created_at, d.updated_at";

fn read(row: &Row<'_>) -> Result<Document, Fault> {
    Ok(Document {
        id: row.get(0)?,
        owner: row.get(1)?,
        name: row.get(2)?,
        title: row.get(3)?,
        media_type: row.get(4)?,
        digest: row.get(5)?,
        size: row.get(6)?,
        metadata: metadata(row, 7)?,
        version: row.get(8)?,
        state: state(row, 9)?,
        progress: row.get(11)?,
        chunks: row.get(12)?,
        attempts: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
        collections: collections(row, 16)?,
    })
}

/// Metadata in column `at`.
pub(super) fn metadata(
    row: &Row<'_>,
    at: usize,
) -> Result<serde_json::Map<String, serde_json::Value>, Fault> {
    serde_json::from_str(&row.get::<String>(at)?).map_err(|_| Fault::Corrupt("metadata"))
}

/// The ids in column `at`, with commas between.
pub(super) fn collections(row: &Row<'_>, at: usize) -> Result<Vec<CollectionId>, Fault> {
    let text: Option<String> = row.get(at)?;
    let ids = text.iter().flat_map(|text| text.split(','));
    ids.map(|id| id.parse().map_err(|_| Fault::Corrupt("an id"))).collect()
}

fn state(row: &Row<'_>, at: usize) -> Result<State, Fault> {
    Ok(match row.get::<String>(at)?.as_str() {
        "pending" => State::Pending,
        "parsing" => State::Parsing,
        "indexing" => State::Indexing,
        "ready" => State::Ready,
        "failed" => State::Failed(row.get::<Option<String>>(at + 1)?.unwrap_or_default()),
        _ => return Err(Fault::Corrupt("a state")),
    })
}

/// The document, for one who may read it.
pub(super) fn one(db: &Db<'_>, caller: Caller, id: DocumentId) -> Result<Document, Fault> {
    let sql = format!("SELECT {COLUMNS}, {COLLECTIONS_OF} FROM documents d WHERE d.id = ?3 AND {READABLE}");
    db.row(&sql, params![caller.user, caller.sees_all, id], read)?.ok_or_else(|| Code::NotFound.into())
}

/// What is asked for, youngest first.
pub(super) fn list(
    db: &Db<'_>,
    caller: Caller,
    which: &Selection,
    window: Window,
) -> Result<Page<Document>, Fault> {
    let mut values: Vec<Value<'_>> = vec![caller.user.bind(), caller.sees_all.bind()];
    let mut conditions = readable_all(caller).to_owned();
    let mut one_of = |name: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            let places: Vec<String> =
                (1..=texts.len()).map(|number| format!("?{}", values.len() + number)).collect();
            let _ = write!(conditions, " AND {name} IN ({})", places.join(", "));
            values.extend(texts.into_iter().map(|text| Value::Text(text.into())));
        }
    };
    one_of("d.id", which.ids.iter().map(ToString::to_string).collect());
    one_of("d.owner", which.owners.iter().map(ToString::to_string).collect());
    if which.is_own_only {
        conditions.push_str(" AND d.owner = ?1");
    }
    if let Some(id) = which.collection {
        let no = visible::collection(db, caller, id, Role::Reader)?;
        let _ = write!(
            conditions,
            " AND d.no IN (SELECT lp.document FROM placements lp WHERE lp.collection = {no})"
        );
    }
    let filter = Condition::of(db, which.filter.as_ref(), values.len());
    let _ = write!(conditions, " AND {}", filter.sql);
    values.extend(filter.values);
    let total = format!("SELECT count(*) FROM documents d WHERE {conditions}");
    let total = db.one(&total, &values, |row| row.get(0))?;
    let sql = format!(
        "SELECT {COLUMNS}, {COLLECTIONS_OF} FROM documents d WHERE {conditions}
         ORDER BY d.no DESC LIMIT ?{} OFFSET ?{}",
        values.len() + 1,
        values.len() + 2
    );
    values.extend([window.limit.bind(), window.offset.bind()]);
    Ok(Page { items: db.rows(&sql, &values, read)?, total })
}

/// What came in.
pub(super) fn content(db: &Db<'_>, caller: Caller, id: DocumentId) -> Result<Content, Fault> {
    let sql = format!(
        "SELECT d.name, d.media_type, s.content FROM documents d JOIN sources s ON s.document = d.no
         WHERE d.id = ?3 AND {READABLE}"
    );
    let found = db.row(&sql, params![caller.user, caller.sees_all, id], |row| {
        Ok(Content { name: row.get(0)?, media_type: row.get(1)?, bytes: row.get(2)? })
    })?;
    found.ok_or_else(|| Code::NotFound.into())
}

/// The chunks that are searched.
pub(super) fn chunks(
    db: &Db<'_>,
    caller: Caller,
    id: DocumentId,
    window: Window,
) -> Result<Page<Chunk>, Fault> {
    let sql = format!("SELECT d.no, d.indexed, d.chunks FROM documents d WHERE d.id = ?3 AND {READABLE}");
    let found = db.row(&sql, params![caller.user, caller.sees_all, id], |row| {
        Ok((row.get::<i64>(0)?, row.get(1)?, row.get(2)?))
    })?;
    let Some((no, version, count)) = found else { return Err(Code::NotFound.into()) };
    chunk::list(db, (no, id), (version, count), window)
}

const INSERT: &str = "INSERT INTO documents (id, owner, owner_no, name, title, media_type, form, digest, size, metadata, version,
    indexed, chunks, state, done, attempts, turn, created_at, updated_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, 0, 0, 'pending', 0, 0, ?11, ?12, ?13) RETURNING no";
const INSERT_SOURCE: &str = "INSERT INTO sources (document, content) VALUES (?1, ?2)
  ON CONFLICT (document) DO UPDATE SET content = excluded.content";
const HAS_ID: &str = "SELECT 1 FROM documents WHERE id = ?1";
const HAS_NAME: &str =
    "SELECT 1 FROM documents WHERE owner = ?1 AND name = ?2 AND NOT is_deleted AND no <> ?3 LIMIT 1";
const HAS_DIGEST: &str =
    "SELECT 1 FROM documents WHERE owner = ?1 AND digest = ?2 AND NOT is_deleted AND no <> ?3 LIMIT 1";
const WAITING: &str = "SELECT count(*) FROM (SELECT no FROM documents
  WHERE state IN ('pending', 'parsing', 'indexing') LIMIT ?1) AS waiting";

/// Keeps a new document, to be read in.
pub(super) fn add(db: &Db<'_>, caller: Caller, entry: &Entry, terms: &Terms) -> Result<Document, Fault> {
    let owner = owner::ensure(db, caller.user)?;
    let size = size(&entry.matter);
    owner.check(1, size, &terms.limits)?;
    check_waiting(db, terms)?;
    if db.exists(HAS_ID, params![entry.id])? {
        return Err(taken("There is a document with this id."));
    }
    check_unique(db, caller.user, 0, entry)?;
    let (form, turn) = (entry.matter.form.as_str(), work::turn(db, owner.no)?);
    let created_at = entry.created_at.map_or(terms.now, |at| at.min(terms.now));
    let values = params![
        entry.id,
        caller.user,
        owner.no,
        entry.name,
        entry.title,
        entry.matter.media_type,
        form,
        entry.matter.digest,
        size,
        entry.metadata,
        turn,
        created_at,
        terms.now,
    ];
    let no: i64 = db.one(INSERT, values, |row| row.get(0))?;
    db.execute(INSERT_SOURCE, params![no, entry.matter.bytes])?;
    title::put_in(db, no)?;
    owner::add(db, owner.no, (1, size, 0))?;
    for collection in &entry.collections {
        let collection = visible::collection(db, caller, *collection, Role::Editor)?;
        member::place(db, collection, no)?;
    }
    one(db, caller, entry.id)
}

fn size(matter: &Matter) -> i64 {
    i64::try_from(matter.bytes.len()).unwrap_or(i64::MAX)
}

fn check_waiting(db: &Db<'_>, terms: &Terms) -> Result<(), Fault> {
    let most = terms.limits.waiting;
    let waiting: u64 = db.one(WAITING, params![most], |row| row.get(0))?;
    if waiting >= most {
        return Err(Error::from(Code::Overloaded).retry_after(doorward_core::Ttl::from_seconds(5)).into());
    }
    Ok(())
}

fn check_unique(db: &Db<'_>, user: UserId, no: i64, entry: &Entry) -> Result<(), Fault> {
    let (content, name) = match entry.unique {
        Unique::Nothing => (false, false),
        Unique::Content => (true, false),
        Unique::Name => (false, true),
        Unique::ContentAndName => (true, true),
    };
    if content && db.exists(HAS_DIGEST, params![user, entry.matter.digest, no])? {
        return Err(taken("You keep a document with this content already."));
    }
    if name && db.exists(HAS_NAME, params![user, entry.name, no])? {
        return Err(taken("You keep a document of this name already."));
    }
    Ok(())
}

fn taken(detail: &str) -> Fault {
    Error::new(Code::DocumentExists, detail).into()
}

const CHANGE: &str = "UPDATE documents SET name = coalesce(?2, name), title = coalesce(?3, title),
    metadata = coalesce(?4, metadata), updated_at = ?5
  WHERE no = ?1";
const NEXT_VERSION: &str = "UPDATE documents SET media_type = ?2, form = ?3, digest = ?4, size = ?5,
    version = version + 1, state = 'pending', reason = NULL, done = 0, attempts = 0, has_remains = TRUE,
    turn = ?6, leased_until = 0
  WHERE no = ?1";
const OWNED: &str = "SELECT owner, owner_no, size, chunks FROM documents WHERE no = ?1 AND NOT is_deleted";

/// Changes a document, for one who may.
pub(super) fn change(
    db: &Db<'_>,
    caller: Caller,
    id: DocumentId,
    changed: &Changed,
    terms: &Terms,
) -> Result<Document, Fault> {
    let no = visible::document(db, caller, id, Right::Change)?;
    let is_retitled = changed.title.is_some();
    if is_retitled {
        title::take_out(db, no)?;
    }
    let values = params![no, changed.name, changed.title, changed.metadata, terms.now];
    db.execute(CHANGE, values)?;
    if is_retitled {
        title::put_in(db, no)?;
    }
    if let Some(matter) = &changed.matter {
        next_version(db, no, matter, terms)?;
    }
    one(db, caller, id)
}

fn next_version(db: &Db<'_>, no: i64, matter: &Matter, terms: &Terms) -> Result<(), Fault> {
    check_waiting(db, terms)?;
    let owned = owned(db, no)?;
    let size = size(matter);
    owner::ensure(db, owned.user)?.check(0, size - owned.size, &terms.limits)?;
    let (form, turn) = (matter.form.as_str(), work::turn(db, owned.no)?);
    let values = params![no, matter.media_type, form, matter.digest, size, turn];
    db.execute(NEXT_VERSION, values)?;
    db.execute(INSERT_SOURCE, params![no, matter.bytes])?;
    owner::add(db, owned.no, (0, size - owned.size, 0))
}

/// What its owner's row counts of a document.
struct Owned {
    user: UserId,
    no: i64,
    size: i64,
    chunks: i64,
}

fn owned(db: &Db<'_>, no: i64) -> Result<Owned, Fault> {
    db.one(OWNED, params![no], |row| {
        Ok(Owned { user: row.get(0)?, no: row.get(1)?, size: row.get(2)?, chunks: row.get(3)? })
    })
}

const MARK_DELETED: &str = "UPDATE documents SET is_deleted = TRUE, has_remains = TRUE, state = 'failed',
    id = 'gone:' || no WHERE no = ?1";
const HOLD: &str = "UPDATE documents SET has_remains = TRUE WHERE no = ?1 AND NOT is_deleted";
const DROP_SOURCE: &str = "DELETE FROM sources WHERE document = ?1";

/// Deletes a document, for its owner. From here on nobody finds it; what it leaves is swept bit by bit.
pub(super) fn delete(db: &Db<'_>, caller: Caller, id: DocumentId) -> Result<(), Fault> {
    let no = visible::document(db, caller, id, Right::Own)?;
    remove(db, no)
}

fn remove(db: &Db<'_>, no: i64) -> Result<(), Fault> {
    // From here on no step of those who read it in changes what is counted of it.
    db.execute(HOLD, params![no])?;
    let owned = owned(db, no)?;
    title::take_out(db, no)?;
    db.execute(MARK_DELETED, params![no])?;
    db.execute(DROP_SOURCE, params![no])?;
    owner::add(db, owned.no, (-1, -owned.size, -owned.chunks))?;
    sweep_one(db, no)
}

/// Deletes what the caller owns of what the filter names; refuses when there is nothing.
pub(super) fn delete_matching(
    db: &Db<'_>,
    caller: Caller,
    filter: &Filter,
) -> Result<Vec<DocumentId>, Fault> {
    let condition = Condition::of(db, Some(filter), 2);
    let mut values: Vec<Value<'_>> = vec![caller.user.bind(), caller.sees_all.bind()];
    values.extend(condition.values);
    let sql = format!(
        "SELECT d.no, d.id FROM documents d WHERE NOT d.is_deleted AND (?2 OR d.owner = ?1) AND {}
         ORDER BY d.no LIMIT {DELETED_MAX}",
        condition.sql
    );
    let found: Vec<(i64, DocumentId)> = db.rows(&sql, &values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if found.is_empty() {
        return Err(Code::NotFound.into());
    }
    for (no, _) in &found {
        remove(db, *no)?;
    }
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

const OWN: &str = "SELECT no FROM documents WHERE owner = ?1 AND NOT is_deleted";

/// Deletes all documents of an account that is gone.
pub(super) fn forget(db: &Db<'_>, user: UserId) -> Result<(), Fault> {
    let own: Vec<i64> = db.rows(OWN, params![user], |row| row.get(0))?;
    own.into_iter().try_for_each(|no| remove(db, no))
}

const TO_SWEEP: &str = "SELECT no FROM documents WHERE has_remains LIMIT 1";
const DELETE: &str = "DELETE FROM documents WHERE no = ?1 AND is_deleted";
const SWEPT: &str = "UPDATE documents SET has_remains = FALSE WHERE no = ?1";

/// Removes a part of what was deleted or replaced; `false` when nothing is left to be removed.
pub(super) fn sweep(db: &Db<'_>) -> Result<bool, Fault> {
    match db.row(TO_SWEEP, params![], |row| row.get(0))? {
        Some(no) => sweep_one(db, no).map(|()| true),
        None => Ok(false),
    }
}

fn sweep_one(db: &Db<'_>, no: i64) -> Result<(), Fault> {
    if chunk::sweep(db, no)? {
        return Ok(());
    }
    if db.execute(DELETE, params![no])? == 0 {
        db.execute(SWEPT, params![no])?;
    }
    Ok(())
}
