//! What is bound to a statement and what a column holds. No engine's own types: times, ids and JSON are text and numbers on all.

use std::borrow::Cow;

use doorward_core::{Timestamp, UserId};

use crate::collection::Role;
use crate::id::{CollectionId, DocumentId};

/// One value on its way in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// No text.
    Null,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
}

/// One value on its way out, as the engine holds it until the next row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'r> {
    Null,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(&'r str),
    Bytes(&'r [u8]),
}

/// What can be bound to a statement.
pub(crate) trait Bind {
    fn bind(&self) -> Value<'_>;
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Value<'_> {
        (**self).bind()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::bind)
    }
}

impl Bind for str {
    fn bind(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Bind for String {
    fn bind(&self) -> Value<'_> {
        self.as_str().bind()
    }
}

impl Bind for i64 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for u32 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for u64 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Bind for bool {
    fn bind(&self) -> Value<'_> {
        Value::Boolean(*self)
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for Timestamp {
    fn bind(&self) -> Value<'_> {
        Value::Integer(self.as_millis())
    }
}

impl Bind for Role {
    fn bind(&self) -> Value<'_> {
        self.as_str().bind()
    }
}

/// What a column can be read as; nothing when it holds something else.
pub(crate) trait Column: Sized {
    fn read(cell: Cell<'_>) -> Option<Self>;
}

impl<T: Column> Column for Option<T> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::read(cell).map(Some),
        }
    }
}

impl Column for String {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes.to_owned()),
            _ => None,
        }
    }
}

impl Column for i64 {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Column for f64 {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Real(number) => Some(number),
            _ => None,
        }
    }
}

impl Column for u32 {
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell)?.try_into().ok()
    }
}

impl Column for u64 {
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell)?.try_into().ok()
    }
}

impl Column for bool {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Boolean(truth) => Some(truth),
            // An engine without a type of its own for it.
            Cell::Integer(number) => Some(number != 0),
            _ => None,
        }
    }
}

impl Column for Timestamp {
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell).map(Self::from_millis)
    }
}

impl Column for Role {
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::from_text(&String::read(cell)?)
    }
}

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl Bind for $id {
            fn bind(&self) -> Value<'_> {
                Value::Text(Cow::Owned(self.to_string()))
            }
        }

        impl Column for $id {
            fn read(cell: Cell<'_>) -> Option<Self> {
                String::read(cell)?.parse().ok()
            }
        }
    )*};
}

ids!(UserId, DocumentId, CollectionId);
