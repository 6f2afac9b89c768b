//! What is bound to a statement and what a column holds: text, whole numbers, truth, or nothing.
//!
//! No engine's own types: times, ids, digests and JSON are text and numbers on all of them.

use std::borrow::Cow;

use doorward_core::api_key::KeyProof;
use doorward_core::role::RoleName;
use doorward_core::scope::Scopes;
use doorward_core::{ApiKeyId, ClientId, Digest, EventId, MailId, PasskeyId, SessionId, Timestamp, UserId};

/// One value on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Boolean(bool),
    Text(Cow<'a, str>),
    /// The text of an id, which needs no room elsewhere.
    Id([u8; 36]),
}

/// One value on its way out, as the engine holds it until the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell<'r> {
    Null,
    Integer(i64),
    Boolean(bool),
    Text(&'r str),
}

impl<'r> Cell<'r> {
    const fn text(self) -> Option<&'r str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
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

impl Bind for bool {
    fn bind(&self) -> Value<'_> {
        Value::Boolean(*self)
    }
}

impl Bind for Timestamp {
    fn bind(&self) -> Value<'_> {
        Value::Integer(self.as_millis())
    }
}

impl Bind for RoleName {
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
        cell.text().map(str::to_owned)
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

impl Column for Timestamp {
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell).map(Self::from_millis)
    }
}

impl Column for RoleName {
    fn read(cell: Cell<'_>) -> Option<Self> {
        String::read(cell).map(Self::from_stored)
    }
}

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl Bind for $id {
            fn bind(&self) -> Value<'_> {
                let mut room = [0; 36];
                self.text_in(&mut room);
                Value::Id(room)
            }
        }

        impl Column for $id {
            fn read(cell: Cell<'_>) -> Option<Self> {
                cell.text()?.parse().ok()
            }
        }
    )*};
}

ids!(UserId, SessionId, ApiKeyId, EventId, MailId, ClientId, PasskeyId);

impl Bind for Digest {
    fn bind(&self) -> Value<'_> {
        Value::Text(Cow::Owned(self.to_string()))
    }
}

impl Column for Digest {
    fn read(cell: Cell<'_>) -> Option<Self> {
        cell.text()?.parse().ok()
    }
}

impl Bind for KeyProof {
    fn bind(&self) -> Value<'_> {
        Value::Text(Cow::Owned(self.to_text()))
    }
}

impl Column for KeyProof {
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::from_text(cell.text()?)
    }
}

impl Bind for Scopes {
    fn bind(&self) -> Value<'_> {
        Value::Text(Cow::Owned(self.to_string()))
    }
}

impl Column for Scopes {
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::parse(cell.text()?).ok()
    }
}
