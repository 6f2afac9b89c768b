//! Conditions on documents, as programs write them: `{"year": {"$gte": 2020}, "$or": [{"lang": "en"}, {"tags": {"$overlap": ["a"]}}]}`.
//!
//! Reads them into a bounded tree; does not know SQL. A filter only ever narrows what its caller may read.

use doorward_core::{Code, Error};
use serde_json::{Map, Value};

/// How deep conditions may be nested.
const DEPTH_MAX: usize = 8;
/// How many comparisons there may be.
const TESTS_MAX: usize = 64;
/// How many values a list may have.
const VALUES_MAX: usize = 256;
/// How long a name or value may be, in bytes.
const TEXT_MAX: usize = 1024;

/// A condition on a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// One comparison.
    Test(Field, Test),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// `document_id` or `id`.
    Document,
    /// `owner_id` or `user_id`.
    Owner,
    /// `collection_ids` or `collection_id`.
    Collection,
    /// `title`.
    Title,
    /// `name`.
    Name,
    /// `media_type`.
    MediaType,
    /// `version`.
    Version,
    /// `created_at`, in milliseconds or RFC 3339.
    CreatedAt,
    /// `updated_at`, likewise.
    UpdatedAt,
    /// `metadata.a.b`, or any other name: a value in the metadata.
    Metadata(Vec<String>),
}

/// How it is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `$eq`
    Equal(Scalar),
    /// `$ne`: also where there is no value.
    NotEqual(Scalar),
    /// `$lt`
    Less(Scalar),
    /// `$lte`
    AtMost(Scalar),
    /// `$gt`
    Greater(Scalar),
    /// `$gte`
    AtLeast(Scalar),
    /// `$in`; of a list in the metadata, `$overlap`: one of them is there.
    In(Vec<Scalar>),
    /// `$nin`
    NotIn(Vec<Scalar>),
    /// `$contains`: all of them are there.
    Contains(Vec<Scalar>),
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Filter {
    /// The filter that `value` writes; `None` where it asks for nothing.
    ///
    /// # Errors
    /// [`Code::InvalidFilter`]: an operator that is not known, a value that does not fit it, or more than is taken.
    pub fn read(value: &Value) -> Result<Option<Self>, Error> {
        let mut reader = Reader { tests: 0 };
        match value {
            Value::Null => Ok(None),
            Value::Object(map) if map.is_empty() => Ok(None),
            Value::Object(map) => reader.object(map, 0).map(Some),
            _ => Err(invalid("A filter is an object.")),
        }
    }
}

struct Reader {
    tests: usize,
}

impl Reader {
    fn object(&mut self, map: &Map<String, Value>, depth: usize) -> Result<Filter, Error> {
        if depth >= DEPTH_MAX {
            return Err(invalid("The filter is nested too deep."));
        }
        let mut all = Vec::with_capacity(map.len());
        for (name, value) in map {
            all.push(match name.as_str() {
                "$and" => Filter::All(self.list(value, depth)?),
                "$or" => Filter::Any(self.list(value, depth)?),
                name if name.starts_with('$') => {
                    return Err(invalid("An operator stands where a field is expected."));
                }
                name => self.field(name, value)?,
            });
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn list(&mut self, value: &Value, depth: usize) -> Result<Vec<Filter>, Error> {
        let Value::Array(parts) = value else { return Err(invalid("$and and $or take a list of objects.")) };
        if parts.is_empty() {
            return Err(invalid("$and and $or take at least one object."));
        }
        let read = |part: &Value| match part {
            Value::Object(map) if !map.is_empty() => self.object(map, depth + 1),
            _ => Err(invalid("$and and $or take a list of objects.")),
        };
        parts.iter().map(read).collect()
    }

    fn field(&mut self, name: &str, value: &Value) -> Result<Filter, Error> {
        let field = Field::read(name)?;
        let operators = match value {
            Value::Object(operators) if !operators.is_empty() => operators,
            Value::Object(_) => return Err(invalid("A field is compared with something.")),
            Value::Array(_) => return self.test(field, "$in", value),
            _ => return self.test(field, "$eq", value),
        };
        let mut all = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            all.push(self.test(field.clone(), operator, value)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn test(&mut self, field: Field, operator: &str, value: &Value) -> Result<Filter, Error> {
        self.tests += 1;
        if self.tests > TESTS_MAX {
            return Err(invalid("The filter has too many conditions."));
        }
        let test = match operator {
            "$eq" => Test::Equal(scalar(value)?),
            "$ne" => Test::NotEqual(scalar(value)?),
            "$lt" => Test::Less(ordered(value)?),
            "$lte" => Test::AtMost(ordered(value)?),
            "$gt" => Test::Greater(ordered(value)?),
            "$gte" => Test::AtLeast(ordered(value)?),
            "$in" | "$overlap" => Test::In(scalars(value)?),
            "$nin" => Test::NotIn(scalars(value)?),
            "$contains" | "$array_contains" => Test::Contains(match value {
                Value::Array(_) => scalars(value)?,
                single => vec![scalar(single)?],
            }),
            _ => return Err(invalid("The filter has an operator that is not known.")),
        };
        Ok(Filter::Test(field, test))
    }
}

impl Field {
    fn read(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "document_id" | "id" => Self::Document,
            "owner_id" | "user_id" => Self::Owner,
            "collection_ids" | "collection_id" => Self::Collection,
            "title" => Self::Title,
            "name" => Self::Name,
            "media_type" => Self::MediaType,
            "version" => Self::Version,
            "created_at" => Self::CreatedAt,
            "updated_at" => Self::UpdatedAt,
            other => {
                let path: Vec<String> =
                    other.strip_prefix("metadata.").unwrap_or(other).split('.').map(str::to_owned).collect();
                let is_plain = |part: &String| {
                    !part.is_empty() && !part.contains(['"', '\\']) && !part.chars().any(char::is_control)
                };
                if path.len() > DEPTH_MAX || other.len() > TEXT_MAX || !path.iter().all(is_plain) {
                    return Err(invalid("The filter has a field that cannot be."));
                }
                Self::Metadata(path)
            }
        })
    }
}

fn scalar(value: &Value) -> Result<Scalar, Error> {
    match value {
        Value::Null => Ok(Scalar::Null),
        Value::Bool(is) => Ok(Scalar::Bool(*is)),
        Value::Number(number) => Ok(Scalar::Number(number.as_f64().unwrap_or_default())),
        Value::String(text) if text.len() <= TEXT_MAX => Ok(Scalar::Text(text.clone())),
        Value::String(_) => Err(invalid("The filter has a value that is too long.")),
        Value::Array(_) | Value::Object(_) => Err(invalid("The filter compares with one value here.")),
    }
}

fn ordered(value: &Value) -> Result<Scalar, Error> {
    match scalar(value)? {
        Scalar::Null | Scalar::Bool(_) => Err(invalid("Only numbers and texts have an order.")),
        value => Ok(value),
    }
}

fn scalars(value: &Value) -> Result<Vec<Scalar>, Error> {
    match value {
        Value::Array(values) if values.len() <= VALUES_MAX => values.iter().map(scalar).collect(),
        Value::Array(_) => Err(invalid("The filter has a list that is too long.")),
        _ => Err(invalid("The filter compares with a list here.")),
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(Code::InvalidFilter, detail).about("filters")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_side_by_side_all_have_to_hold() {
        let filter = Filter::read(&json!({ "year": { "$gte": 2020, "$lt": 2030 }, "lang": "en" })).unwrap();

        let Some(Filter::All(parts)) = filter else { panic!("{filter:?}") };
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn nothing_asked_for_is_no_filter() {
        assert_eq!(Filter::read(&json!({})).unwrap(), None);
        assert_eq!(Filter::read(&Value::Null).unwrap(), None);
    }

    #[test]
    fn what_is_not_known_does_not_fit_or_is_too_much_is_refused() {
        let mut deep = json!({ "a": 1 });
        for _ in 0..DEPTH_MAX {
            deep = json!({ "$and": [deep] });
        }
        for value in [
            json!([]),
            json!({ "a": { "$where": "1" } }),
            json!({ "$eq": 1 }),
            json!({ "a": { "$in": 1 } }),
            json!({ "a": { "$lt": true } }),
            json!({ "$or": [] }),
            json!({ "a\"b": 1 }),
            json!({ "a": {} }),
            deep,
            json!({ "$and": vec![json!({ "a": 1 }); TESTS_MAX + 1] }),
        ] {
            let refused = Filter::read(&value).unwrap_err();

            assert_eq!(refused.code(), Code::InvalidFilter, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail_in_another_way(name in ".{0,40}", value in ".{0,40}") {
            if let Err(refused) = Filter::read(&json!({ name: { "$eq": value } })) {
                prop_assert_eq!(refused.code(), Code::InvalidFilter);
            }
        }
    }
}
