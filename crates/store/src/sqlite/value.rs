//! Neutral values as SQLite takes and gives them, and its faults in neutral words.

use rusqlite::Row;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::db::{Cell, Fault, Value};

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Id(text) => ValueRef::Text(text),
        }))
    }
}

/// What column `at` holds; nothing when it is of a kind that no table has.
pub(crate) fn cell<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<Cell<'r>>, Fault> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(number) => Some(Cell::Integer(number)),
        ValueRef::Text(text) => str::from_utf8(text).ok().map(Cell::Text),
        ValueRef::Real(_) | ValueRef::Blob(_) => None,
    })
}

/// How SQLite begins to say that a key is taken.
const NOT_UNIQUE: &str = "UNIQUE constraint failed: ";

impl From<rusqlite::Error> for Fault {
    fn from(fault: rusqlite::Error) -> Self {
        let text = fault.to_string();
        match text.strip_prefix(NOT_UNIQUE).map(str::to_owned) {
            Some(key) => Self::Taken { key, text },
            None => Self::Unavailable(text),
        }
    }
}
