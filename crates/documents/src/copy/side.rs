//! One side of a copy: a connection of its own to a place that nobody else uses meanwhile.

use std::time::Duration;

use rusqlite::Connection;

use super::table::ALL;
use super::{CopyError, Place, UNFINISHED};
use crate::OpenError;
use crate::db::{Db, Fault, params};
use crate::postgres::{self, Session};
use crate::search::Language;
use crate::sqlite;

/// How long connections of servers that were just stopped are waited for, and how often they are looked for.
const LEAVING: (u32, Duration) = (50, Duration::from_millis(100));
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'doorward%'";
/// One copy at a time into a database.
const ALONE: &str = "SELECT pg_try_advisory_lock(7236292006)";
const IS_THERE: &str = "SELECT to_regclass('doorward_documents.notes') IS NOT NULL";
const STILL: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

/// A side.
#[derive(Debug)]
pub(super) enum Side {
    File(Connection),
    Server(Session),
}

impl Side {
    /// Opens what is read from, if it has today's tables; nothing where no documents are kept.
    pub(super) async fn source(place: Place) -> Result<Option<Self>, CopyError> {
        match place {
            Place::File(path) if !path.exists() => Ok(None),
            Place::File(path) => {
                let file = held(sqlite::alone(&path, None), "the source")?;
                is_todays(sqlite::versions(&file).map_err(OpenError::from)?)?;
                Ok(Some(Self::File(file)))
            }
            Place::Server(pool) => {
                let session = Session::of(&pool).await?;
                apart(move || {
                    let db = Db::Postgres(&session);
                    let is_there: bool = db.one(IS_THERE, params![], |row| row.get(0))?;
                    if !is_there {
                        return Ok(None);
                    }
                    let session = alone(session, "the source")?;
                    is_todays(postgres::versions(&Db::Postgres(&session))?)?;
                    Ok(Some(Self::Server(session)))
                })
                .await
            }
        }
    }

    /// Opens what is written to, with today's tables.
    pub(super) async fn target(place: Place, language: Language) -> Result<Self, CopyError> {
        match place {
            Place::File(path) => Ok(Self::File(held(sqlite::alone(&path, Some(language)), "the target")?)),
            Place::Server(pool) => {
                let session = Session::of(&pool).await?;
                apart(move || {
                    let mut session = alone(session, "the target")?;
                    postgres::prepare(&mut session, language)?;
                    Ok(Self::Server(session))
                })
                .await
            }
        }
    }

    /// From here on all questions are answered of one moment.
    pub(super) fn hold_still(&self) -> Result<(), Fault> {
        match self {
            Self::File(_) => Ok(()),
            Self::Server(session) => session.run(STILL),
        }
    }

    pub(super) fn ask<T>(&self, question: impl FnOnce(&Db<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        match self {
            Self::File(connection) => question(&Db::Sqlite(connection)),
            Self::Server(session) => question(&Db::Postgres(session)),
        }
    }

    /// All of what `work` does, or nothing.
    pub(super) fn change(&mut self, work: impl Fn(&Db<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        match self {
            Self::File(connection) => {
                let transaction = connection.transaction()?;
                work(&Db::Sqlite(&transaction))?;
                Ok(transaction.commit()?)
            }
            Self::Server(session) => session.transaction("BEGIN", work),
        }
    }
}

impl Drop for Side {
    /// The connection ends, with its lock and whatever it was in the middle of: nobody else is given it.
    fn drop(&mut self) {
        if let Self::Server(session) = self {
            session.give_up();
        }
    }
}

fn held(opened: Result<Connection, OpenError>, side: &'static str) -> Result<Connection, CopyError> {
    opened.map_err(|fault| match fault {
        OpenError::Sqlite(fault) if fault.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            CopyError::InUse(side)
        }
        fault => fault.into(),
    })
}

/// The source is only read: tables of another version are somebody else's to change.
fn is_todays((found, known): (i64, i64)) -> Result<(), CopyError> {
    match found {
        found if found > known => Err(OpenError::Newer(found).into()),
        found if found < known => Err(CopyError::Older { found, known }),
        _ => Ok(()),
    }
}

/// The connection, once nobody else of Doorward's is connected.
fn alone(session: Session, side: &'static str) -> Result<Session, CopyError> {
    for tried in 1.. {
        let others: i64 = Db::Postgres(&session).one(OTHERS, params![], |row| row.get(0))?;
        if others == 0 {
            break;
        }
        if tried == LEAVING.0 {
            return Err(CopyError::InUse(side));
        }
        std::thread::sleep(LEAVING.1);
    }
    if !Db::Postgres(&session).one(ALONE, params![], |row| row.get::<bool>(0))? {
        return Err(CopyError::InUse(side));
    }
    Ok(session)
}

async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CopyError> + Send + 'static,
) -> Result<T, CopyError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|fault| Err(CopyError::Interrupted(fault.to_string())))
}

/// Drops what an interrupted copy has left, but for the note that says so.
pub(super) fn clear(db: &Db<'_>) -> Result<(), Fault> {
    if matches!(db, Db::Sqlite(_)) {
        db.execute("INSERT INTO found (found) VALUES ('delete-all')", params![])?;
        db.execute("INSERT INTO titled (titled) VALUES ('delete-all')", params![])?;
    }
    for table in ALL.iter().rev().filter(|table| table.name != "notes") {
        db.execute(&format!("DELETE FROM {}", table.name), params![])?;
    }
    db.execute("DELETE FROM notes WHERE name NOT IN ('language', ?1)", params![UNFINISHED])?;
    Ok(())
}

/// New rows get numbers beyond those that were brought. SQLite sees to that itself.
pub(super) fn after(db: &Db<'_>) -> Result<(), Fault> {
    if matches!(db, Db::Sqlite(_)) {
        return Ok(());
    }
    for table in ALL.iter().filter(|table| table.is_numbered) {
        let name = table.name;
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('doorward_documents.{name}', 'no'),
               (SELECT coalesce(max(no), 0) + 1 FROM {name}), FALSE)"
        );
        db.execute(&sql, params![])?;
    }
    Ok(())
}
