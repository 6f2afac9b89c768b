//! Neutral values as SQLite takes and gives them, and its faults in neutral words.

use rusqlite::Row;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::db::{Cell, Fault, Value};

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What column `at` holds; nothing when it is no text that can be read.
pub(crate) fn cell<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<Cell<'r>>, Fault> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(number) => Some(Cell::Integer(number)),
        ValueRef::Real(number) => Some(Cell::Real(number)),
        ValueRef::Text(text) => str::from_utf8(text).ok().map(Cell::Text),
        ValueRef::Blob(bytes) => Some(Cell::Bytes(bytes)),
    })
}

impl From<rusqlite::Error> for Fault {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Unavailable(fault.to_string())
    }
}
