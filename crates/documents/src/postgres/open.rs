//! The tables on PostgreSQL, brought to today's version, and the index made for a language.
//!
//! Nodes that start together take turns. All of it is one transaction, which may take as long as it needs.

use super::Session;
use crate::OpenError;
use crate::db::{Db, Fault, params};
use crate::search::Language;

/// The schema that the tables are in; connections of the pool look there first.
pub const SCHEMA: &str = "doorward_documents";

const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/postgres_0001_documents.sql")),
    (2, include_str!("../../migrations/postgres_0002_found_is_filled_later.sql")),
];

const BEGIN: &str = "BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SELECT pg_advisory_xact_lock(7236292005);
CREATE SCHEMA IF NOT EXISTS doorward_documents;
SET LOCAL search_path = doorward_documents;
CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";

/// Brings everything up to date.
pub(crate) fn prepare(session: &mut Session, language: Language) -> Result<(), OpenError> {
    let done = session.transaction(BEGIN, |db| {
        if let Some(newer) = migrate(db)? {
            return Ok(Some(newer));
        }
        index(db, language)?;
        Ok(None)
    });
    match done {
        Ok(None) => Ok(()),
        Ok(Some(newer)) => Err(OpenError::Newer(newer)),
        Err(Fault::Again(text) | Fault::Unavailable(text)) => Err(OpenError::Postgres(text)),
        Err(Fault::Corrupt(place)) => Err(OpenError::Postgres(format!("unreadable value in {place}"))),
        Err(Fault::Refused(error)) => Err(OpenError::Postgres(error.to_string())),
    }
}

/// Takes the steps that are missing; gives a version that is newer than all of them.
fn migrate(db: &Db<'_>) -> Result<Option<i64>, Fault> {
    let Db::Postgres(session) = db else { return Ok(None) };
    let (found, newest) = versions(db)?;
    if found > newest {
        return Ok(Some(found));
    }
    for (step, sql) in STEPS.iter().filter(|(step, _)| *step > found) {
        session.run(&in_byte_order(sql))?;
        db.execute("INSERT INTO schema_version (version) VALUES (?1)", params![*step])?;
    }
    Ok(None)
}

/// The version that the tables have, and that of today's.
pub(crate) fn versions(db: &Db<'_>) -> Result<(i64, i64), Fault> {
    let found: Option<i64> =
        db.one("SELECT max(version) FROM schema_version", params![], |row| row.get(0))?;
    Ok((found.unwrap_or(0), STEPS.last().map_or(0, |(newest, _)| *newest)))
}

/// Texts are compared and sorted by their bytes, as SQLite does, whatever language the database was made for.
fn in_byte_order(sql: &str) -> String {
    sql.replace(" TEXT NOT NULL", " TEXT COLLATE \"C\" NOT NULL")
}

const LANGUAGE: &str = "SELECT value FROM notes WHERE name = 'language'";
const SET_LANGUAGE: &str = "INSERT INTO notes (name, value) VALUES ('language', ?1)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const INDEX_CHUNKS: &str = "UPDATE chunks SET found = to_tsvector(CAST(?1 AS regconfig), plain(chunks.text))
    || array_to_tsvector(ARRAY['o ' || d.owner_no])
  FROM documents d WHERE d.no = chunks.document";
const INDEX_TITLES: &str = "UPDATE documents SET titled = to_tsvector(CAST(?1 AS regconfig), plain(title))
    || array_to_tsvector(ARRAY['o ' || owner_no])";

/// Makes the index for `language`, unless it was.
fn index(db: &Db<'_>, language: Language) -> Result<(), Fault> {
    let made_for: Option<String> = db.row(LANGUAGE, params![], |row| row.get(0))?;
    if made_for.as_deref() == Some(language.as_str()) {
        return Ok(());
    }
    let configuration = format!("{SCHEMA}.words_{}", language.as_str());
    db.execute(INDEX_CHUNKS, params![configuration])?;
    db.execute(INDEX_TITLES, params![configuration])?;
    db.execute(SET_LANGUAGE, params![language.as_str()])?;
    Ok(())
}
