//! Tables `documents` and `sources`.

use std::fmt::Write as _;

use doorward_core::{Code, Error, Timestamp, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use super::filter::Condition;
use super::visible::{self, COLLECTIONS_OF, READABLE, Right, readable_all};
use super::{Fault, chunk, count, member, owner, read_count, read_text};
use crate::collection::Role;
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
        id: read_text(row, 0)?,
        owner: read_text(row, 1)?,
        name: row.get(2)?,
        title: row.get(3)?,
        media_type: row.get(4)?,
        digest: row.get(5)?,
        size: read_count(row, 6)?,
        metadata: read_metadata(row, 7)?,
        version: read_count(row, 8)?,
        state: read_state(row, 9)?,
        progress: read_count(row, 11)?,
        chunks: read_count(row, 12)?,
        attempts: read_count(row, 13)?,
        created_at: Timestamp::from_millis(row.get(14)?),
        updated_at: Timestamp::from_millis(row.get(15)?),
        collections: read_collections(row, 16)?,
    })
}

/// Metadata in column `at`.
pub(super) fn read_metadata(
    row: &Row<'_>,
    at: usize,
) -> Result<serde_json::Map<String, serde_json::Value>, Fault> {
    let text = row.get_ref(at)?.as_str().map_err(|_| Fault::Corrupt("metadata"))?;
    serde_json::from_str(text).map_err(|_| Fault::Corrupt("metadata"))
}

/// The ids in column `at`, with commas between.
pub(super) fn read_collections(row: &Row<'_>, at: usize) -> Result<Vec<CollectionId>, Fault> {
    let text: Option<String> = row.get(at)?;
    let ids = text.iter().flat_map(|text| text.split(','));
    ids.map(|id| id.parse().map_err(|_| Fault::Corrupt("an id"))).collect()
}

fn read_state(row: &Row<'_>, at: usize) -> Result<State, Fault> {
    Ok(match row.get_ref(at)?.as_str().map_err(|_| Fault::Corrupt("a state"))? {
        "pending" => State::Pending,
        "parsing" => State::Parsing,
        "indexing" => State::Indexing,
        "ready" => State::Ready,
        "failed" => State::Failed(row.get::<_, Option<String>>(at + 1)?.unwrap_or_default()),
        _ => return Err(Fault::Corrupt("a state")),
    })
}

/// The document, for one who may read it.
pub(super) fn one(connection: &Connection, caller: Caller, id: DocumentId) -> Result<Document, Fault> {
    let sql = format!("SELECT {COLUMNS}, {COLLECTIONS_OF} FROM documents d WHERE d.id = ?3 AND {READABLE}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![caller.user.to_string(), caller.sees_all, id.to_string()])?;
    rows.next()?.map(read).transpose()?.ok_or_else(|| Code::NotFound.into())
}

/// What is asked for, youngest first.
pub(super) fn list(
    connection: &Connection,
    caller: Caller,
    which: &Selection,
    window: Window,
) -> Result<Page<Document>, Fault> {
    let mut values: Vec<Value> = vec![caller.user.to_string().into(), caller.sees_all.into()];
    let mut conditions = readable_all(caller).to_owned();
    let mut one_of = |name: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            let places: Vec<String> =
                (1..=texts.len()).map(|number| format!("?{}", values.len() + number)).collect();
            let _ = write!(conditions, " AND {name} IN ({})", places.join(", "));
            values.extend(texts.into_iter().map(Value::from));
        }
    };
    one_of("d.id", which.ids.iter().map(ToString::to_string).collect());
    one_of("d.owner", which.owners.iter().map(ToString::to_string).collect());
    if which.is_own_only {
        conditions.push_str(" AND d.owner = ?1");
    }
    if let Some(id) = which.collection {
        let no = visible::collection(connection, caller, id, Role::Reader)?;
        let _ = write!(
            conditions,
            " AND d.no IN (SELECT lp.document FROM placements lp WHERE lp.collection = {no})"
        );
    }
    let filter = Condition::of(which.filter.as_ref(), values.len());
    let _ = write!(conditions, " AND {}", filter.sql);
    values.extend(filter.values);
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM documents d WHERE {conditions}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let places = (values.len() + 1, values.len() + 2);
    values.extend([Value::Integer(window.limit.into()), Value::Integer(count(window.offset))]);
    let sql = format!(
        "SELECT {COLUMNS}, {COLLECTIONS_OF} FROM documents d WHERE {conditions}
         ORDER BY d.no DESC LIMIT ?{} OFFSET ?{}",
        places.0, places.1
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(Page { items, total: u64::try_from(total).unwrap_or_default() })
}

/// What came in.
pub(super) fn content(connection: &Connection, caller: Caller, id: DocumentId) -> Result<Content, Fault> {
    let sql = format!(
        "SELECT d.name, d.media_type, s.content FROM documents d JOIN sources s ON s.document = d.no
         WHERE d.id = ?3 AND {READABLE}"
    );
    let values = params![caller.user.to_string(), caller.sees_all, id.to_string()];
    let found = connection
        .prepare_cached(&sql)?
        .query_row(values, |row| {
            Ok(Content { name: row.get(0)?, media_type: row.get(1)?, bytes: row.get(2)? })
        })
        .optional()?;
    found.ok_or_else(|| Code::NotFound.into())
}

/// The chunks that are searched.
pub(super) fn chunks(
    connection: &Connection,
    caller: Caller,
    id: DocumentId,
    window: Window,
) -> Result<Page<Chunk>, Fault> {
    let sql = format!("SELECT d.no, d.indexed, d.chunks FROM documents d WHERE d.id = ?3 AND {READABLE}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![caller.user.to_string(), caller.sees_all, id.to_string()])?;
    let Some(row) = rows.next()? else { return Err(Code::NotFound.into()) };
    chunk::list(connection, (row.get(0)?, id), (read_count(row, 1)?, read_count(row, 2)?), window)
}

const INSERT: &str = "INSERT INTO documents (id, owner, owner_no, name, title, media_type, form, digest, size, metadata, version,
    indexed, chunks, state, done, attempts, created_at, updated_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, 0, 0, 'pending', 0, 0, ?11, ?11)";
const INSERT_SOURCE: &str = "INSERT INTO sources (document, content) VALUES (?1, ?2)
  ON CONFLICT (document) DO UPDATE SET content = excluded.content";
const HAS_ID: &str = "SELECT 1 FROM documents WHERE id = ?1";
const HAS_NAME: &str =
    "SELECT 1 FROM documents WHERE owner = ?1 AND name = ?2 AND NOT is_deleted AND no <> ?3 LIMIT 1";
const HAS_DIGEST: &str =
    "SELECT 1 FROM documents WHERE owner = ?1 AND digest = ?2 AND NOT is_deleted AND no <> ?3 LIMIT 1";
const WAITING: &str = "SELECT count(*) FROM (SELECT 1 FROM documents
  WHERE state IN ('pending', 'parsing', 'indexing') LIMIT ?1)";

/// Keeps a new document, to be read in.
pub(super) fn add(
    connection: &Connection,
    caller: Caller,
    entry: &Entry,
    terms: &Terms,
) -> Result<Document, Fault> {
    let owner = owner::ensure(connection, caller.user)?;
    let size = count(entry.matter.bytes.len() as u64);
    owner.check(1, size, &terms.limits)?;
    check_waiting(connection, terms)?;
    if exists(connection, HAS_ID, [&entry.id.to_string()])? {
        return Err(taken("There is a document with this id."));
    }
    check_unique(connection, caller.user, 0, entry)?;
    connection.prepare_cached(INSERT)?.execute(params![
        entry.id.to_string(),
        caller.user.to_string(),
        owner.no,
        entry.name,
        entry.title,
        entry.matter.media_type,
        entry.matter.form.as_str(),
        entry.matter.digest,
        size,
        entry.metadata,
        terms.now.as_millis(),
    ])?;
    let no = connection.last_insert_rowid();
    connection.prepare_cached(INSERT_SOURCE)?.execute(params![no, entry.matter.bytes])?;
    owner::add(connection, owner.no, (1, size, 0))?;
    for collection in &entry.collections {
        let collection = visible::collection(connection, caller, *collection, Role::Editor)?;
        member::place(connection, collection, no)?;
    }
    one(connection, caller, entry.id)
}

fn check_waiting(connection: &Connection, terms: &Terms) -> Result<(), Fault> {
    let most = count(terms.limits.waiting);
    let waiting: i64 = connection.prepare_cached(WAITING)?.query_row([most], |row| row.get(0))?;
    if waiting >= most {
        return Err(Error::from(Code::Overloaded).retry_after(doorward_core::Ttl::from_seconds(5)).into());
    }
    Ok(())
}

fn check_unique(connection: &Connection, user: UserId, no: i64, entry: &Entry) -> Result<(), Fault> {
    let account = user.to_string();
    let (content, name) = match entry.unique {
        Unique::Nothing => (false, false),
        Unique::Content => (true, false),
        Unique::Name => (false, true),
        Unique::ContentAndName => (true, true),
    };
    if content && exists(connection, HAS_DIGEST, params![account, entry.matter.digest, no])? {
        return Err(taken("You keep a document with this content already."));
    }
    if name && exists(connection, HAS_NAME, params![account, entry.name, no])? {
        return Err(taken("You keep a document of this name already."));
    }
    Ok(())
}

fn exists(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<bool, Fault> {
    Ok(connection.prepare_cached(sql)?.exists(values)?)
}

fn taken(detail: &str) -> Fault {
    Error::new(Code::DocumentExists, detail).into()
}

const CHANGE: &str = "UPDATE documents SET name = coalesce(?2, name), title = coalesce(?3, title),
    metadata = coalesce(?4, metadata), updated_at = ?5
  WHERE no = ?1";
const NEXT_VERSION: &str = "UPDATE documents SET media_type = ?2, form = ?3, digest = ?4, size = ?5,
    version = version + 1, state = 'pending', reason = NULL, done = 0, attempts = 0, has_remains = TRUE
  WHERE no = ?1";
const OWNED: &str = "SELECT owner, owner_no, size, chunks FROM documents WHERE no = ?1";

/// Changes a document, for one who may.
pub(super) fn change(
    connection: &Connection,
    caller: Caller,
    id: DocumentId,
    changed: &Changed,
    terms: &Terms,
) -> Result<Document, Fault> {
    let no = visible::document(connection, caller, id, Right::Change)?;
    let set = || {
        let values: [&dyn ToSql; 5] =
            [&no, &changed.name, &changed.title, &changed.metadata, &terms.now.as_millis()];
        Ok(connection.prepare_cached(CHANGE)?.execute(&values[..])?)
    };
    if changed.title.is_some() {
        chunk::reindexed(connection, no, set)?
    } else {
        set()?
    };
    if let Some(matter) = &changed.matter {
        next_version(connection, no, matter, terms)?;
    }
    one(connection, caller, id)
}

fn next_version(connection: &Connection, no: i64, matter: &Matter, terms: &Terms) -> Result<(), Fault> {
    check_waiting(connection, terms)?;
    let (user, owner_no, old, _) = owned(connection, no)?;
    let size = count(matter.bytes.len() as u64);
    owner::ensure(connection, user)?.check(0, size - old, &terms.limits)?;
    let values = params![no, matter.media_type, matter.form.as_str(), matter.digest, size];
    connection.prepare_cached(NEXT_VERSION)?.execute(values)?;
    connection.prepare_cached(INSERT_SOURCE)?.execute(params![no, matter.bytes])?;
    owner::add(connection, owner_no, (0, size - old, 0))
}

fn owned(connection: &Connection, no: i64) -> Result<(UserId, i64, i64, i64), Fault> {
    let mut statement = connection.prepare_cached(OWNED)?;
    let mut rows = statement.query([no])?;
    let row = rows.next()?.ok_or(Fault::Corrupt("a document"))?;
    Ok((read_text(row, 0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

const MARK_DELETED: &str = "UPDATE documents SET is_deleted = TRUE, has_remains = TRUE, state = 'failed',
    id = 'gone:' || no WHERE no = ?1";
const DROP_SOURCE: &str = "DELETE FROM sources WHERE document = ?1";

/// Deletes a document, for its owner. From here on nobody finds it; what it leaves is swept bit by bit.
pub(super) fn delete(connection: &Connection, caller: Caller, id: DocumentId) -> Result<(), Fault> {
    let no = visible::document(connection, caller, id, Right::Own)?;
    remove(connection, no)
}

pub(super) fn remove(connection: &Connection, no: i64) -> Result<(), Fault> {
    let (_, owner_no, size, chunks) = owned(connection, no)?;
    connection.prepare_cached(MARK_DELETED)?.execute([no])?;
    connection.prepare_cached(DROP_SOURCE)?.execute([no])?;
    owner::add(connection, owner_no, (-1, -size, -chunks))?;
    sweep_one(connection, no)?;
    Ok(())
}

/// Deletes what the caller owns of what the filter names; refuses when there is nothing.
pub(super) fn delete_matching(
    connection: &Connection,
    caller: Caller,
    filter: &Filter,
) -> Result<Vec<DocumentId>, Fault> {
    let condition = Condition::of(Some(filter), 2);
    let mut values: Vec<Value> = vec![caller.user.to_string().into(), caller.sees_all.into()];
    values.extend(condition.values);
    let sql = format!(
        "SELECT d.no, d.id FROM documents d WHERE NOT d.is_deleted AND (?2 OR d.owner = ?1) AND {}
         ORDER BY d.no LIMIT {DELETED_MAX}",
        condition.sql
    );
    let mut found: Vec<(i64, DocumentId)> = Vec::new();
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, read_text(row, 1)?));
    }
    if found.is_empty() {
        return Err(Code::NotFound.into());
    }
    for (no, _) in &found {
        remove(connection, *no)?;
    }
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

const OWN: &str = "SELECT no FROM documents WHERE owner = ?1 AND NOT is_deleted";

/// Deletes all documents of an account that is gone.
pub(super) fn forget(connection: &Connection, user: UserId) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(OWN)?;
    let rows = statement.query_map([user.to_string()], |row| row.get(0))?;
    for no in rows.collect::<rusqlite::Result<Vec<i64>>>()? {
        remove(connection, no)?;
    }
    Ok(())
}

const TO_SWEEP: &str = "SELECT no FROM documents WHERE has_remains LIMIT 1";
const DELETE: &str = "DELETE FROM documents WHERE no = ?1 AND is_deleted";
const SWEPT: &str = "UPDATE documents SET has_remains = FALSE WHERE no = ?1";

/// Removes a part of what was deleted or replaced; `false` when nothing is left to be removed.
pub(super) fn sweep(connection: &Connection) -> Result<bool, Fault> {
    let next: Option<i64> =
        connection.prepare_cached(TO_SWEEP)?.query_row([], |row| row.get(0)).optional()?;
    match next {
        Some(no) => sweep_one(connection, no).map(|()| true),
        None => Ok(false),
    }
}

fn sweep_one(connection: &Connection, no: i64) -> Result<(), Fault> {
    if chunk::sweep(connection, no)? {
        return Ok(());
    }
    if connection.prepare_cached(DELETE)?.execute([no])? == 0 {
        connection.prepare_cached(SWEPT)?.execute([no])?;
    }
    Ok(())
}
