//! Neutral values as PostgreSQL takes and gives them, and its faults in neutral words.

use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::db::{Cell, Fault, Value};

impl Value<'_> {
    pub(super) const fn kind(&self) -> Type {
        match self {
            Self::Null | Self::Text(_) => Type::TEXT,
            Self::Integer(_) => Type::INT8,
            Self::Real(_) => Type::FLOAT8,
            Self::Boolean(_) => Type::BOOL,
            Self::Bytes(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql(kind, out),
            Self::Real(number) => number.to_sql(kind, out),
            Self::Boolean(truth) => truth.to_sql(kind, out),
            // PostgreSQL keeps no zero bytes.
            Self::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            Self::Text(text) => (&**text).to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::INT8 | Type::FLOAT8 | Type::BOOL | Type::BYTEA)
    }

    to_sql_checked!();
}

/// What column `at` holds; nothing when it is of a kind that no statement asks for.
pub(crate) fn cell(row: &tokio_postgres::Row, at: usize) -> Result<Option<Cell<'_>>, Fault> {
    let Some(column) = row.columns().get(at) else { return Ok(None) };
    let cell = match *column.type_() {
        Type::TEXT => row.try_get::<_, Option<&str>>(at)?.map(Cell::Text),
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Cell::Integer),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|number| Cell::Integer(number.into())),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.map(Cell::Real),
        Type::FLOAT4 => row.try_get::<_, Option<f32>>(at)?.map(|number| Cell::Real(number.into())),
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(Cell::Boolean),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(at)?.map(Cell::Bytes),
        _ => return Ok(None),
    };
    Ok(Some(cell.unwrap_or(Cell::Null)))
}

impl From<tokio_postgres::Error> for Fault {
    fn from(fault: tokio_postgres::Error) -> Self {
        let Some(told) = fault.as_db_error() else {
            let cause = fault.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            return Self::Unavailable(format!("{fault}{cause}"));
        };
        // What it tells beyond this can hold values of the row.
        let text = format!("{} ({})", told.message(), told.code().code());
        match *told.code() {
            SqlState::T_R_SERIALIZATION_FAILURE
            | SqlState::T_R_DEADLOCK_DETECTED
            | SqlState::UNIQUE_VIOLATION
            | SqlState::FOREIGN_KEY_VIOLATION => Self::Again(text),
            _ => Self::Unavailable(text),
        }
    }
}

impl From<PoolError> for Fault {
    fn from(fault: PoolError) -> Self {
        match fault {
            PoolError::Backend(fault) => fault.into(),
            PoolError::Timeout(_) => Self::Unavailable("no connection was free or made in time".to_owned()),
            fault => Self::Unavailable(fault.to_string()),
        }
    }
}
