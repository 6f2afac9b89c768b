//! A row on its way from one side to the other, in values that every engine has.
//!
//! Zero bytes, which PostgreSQL keeps in no text, become what it shows in their place. Knows no table.

use std::borrow::Cow;

use doorward_core::Digest;

use super::table::Kind;
use crate::db::{Bind, Fault, Row, Value};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Nothing,
    Integer(i64),
    Boolean(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a row, or of its key.
pub(super) type Line = Vec<Field>;

impl Bind for Field {
    fn bind(&self) -> Value<'_> {
        match self {
            Self::Nothing => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Boolean(truth) => Value::Boolean(*truth),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// The row, whose columns are of these kinds.
pub(super) fn read(row: &Row<'_>, kinds: impl Iterator<Item = Kind>) -> Result<Line, Fault> {
    let field = |(at, kind)| {
        Ok(match kind {
            Kind::Integer => row.get::<Option<i64>>(at)?.map(Field::Integer),
            Kind::Boolean => row.get::<Option<bool>>(at)?.map(Field::Boolean),
            Kind::Text => {
                row.get::<Option<String>>(at)?.map(|text| Field::Text(text.replace('\0', "\u{fffd}")))
            }
            Kind::Bytes => row.get::<Option<Vec<u8>>>(at)?.map(Field::Bytes),
        }
        .unwrap_or(Field::Nothing))
    };
    kinds.enumerate().map(field).collect()
}

/// A key as it is shown to people.
pub(super) fn written(key: &[Field]) -> String {
    let field = |field: &Field| match field {
        Field::Integer(number) => number.to_string(),
        Field::Text(text) => text.clone(),
        _ => "?".to_owned(),
    };
    key.iter().map(field).collect::<Vec<_>>().join(", ")
}

/// The digest of what came before and this row: of each value its kind, its length, and what it is.
pub(super) fn fingerprint(before: &Digest, row: &[Field]) -> Digest {
    let mut bytes = before.as_bytes().to_vec();
    for field in row {
        let (kind, value): (u8, Cow<'_, [u8]>) = match field {
            Field::Nothing => (0, Cow::Borrowed(&[])),
            Field::Integer(number) => (1, number.to_be_bytes().to_vec().into()),
            Field::Boolean(truth) => (2, vec![u8::from(*truth)].into()),
            Field::Text(text) => (3, text.as_bytes().into()),
            Field::Bytes(bytes) => (4, bytes.as_slice().into()),
        };
        bytes.push(kind);
        bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
        bytes.extend_from_slice(&value);
    }
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_differ_have_other_fingerprints() {
        let text = |text: &str| Field::Text(text.to_owned());
        let rows = [
            vec![text("a"), text("b")],
            vec![text("ab"), text("")],
            vec![text("a"), Field::Bytes(b"b".to_vec())],
            vec![text("a"), Field::Nothing],
            vec![text("a")],
        ];
        let found: std::collections::HashSet<String> =
            rows.iter().map(|row| fingerprint(&Digest::ZERO, row).to_string()).collect();

        assert_eq!(found.len(), rows.len());
        assert_ne!(fingerprint(&Digest::of(b"x"), &rows[0]), fingerprint(&Digest::ZERO, &rows[0]));
    }
}
