//! Fields of accounts that the application declares: what they hold, and who may write them.
//!
//! Invariant: a field holds what its rule allowed when it was written; one that is not declared cannot be written.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use time::Date;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use crate::account::name::fold;
use crate::error::{Code, Error};

const DAY: StaticFormatDescription = format_description!("[year]-[month]-[day]");
/// The longest unknown name that is repeated, in characters.
const NAME_MAX: usize = 64;

/// What a field may hold.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// Text of so many characters at most.
    Text {
        /// The most characters.
        max: usize,
    },
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A day, as `2026-01-31`.
    Date,
    /// One of these texts.
    Choice(Vec<String>),
}

/// Who writes a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The owner of the account.
    Owner,
    /// Those who run the server.
    Admin,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRule {
    /// What it holds.
    pub kind: FieldKind,
    /// Whether an account cannot be made, and the field not be taken away, without it.
    pub is_required: bool,
    /// Who may write it; those who run the server always may.
    pub writable_by: Writer,
    /// Whether accounts can be looked for by it.
    pub is_searchable: bool,
}

type Rules = BTreeMap<String, FieldRule>;

/// Lays `given` over `fields`; what is null is taken away.
pub(super) fn merge(
    rules: &Rules,
    fields: &mut Map<String, Value>,
    given: Map<String, Value>,
    writer: Writer,
) -> Result<(), Error> {
    for (name, value) in given {
        let Some(rule) = rules.get(&name) else {
            let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
            return Err(refused(format!("There is no field `{name}`.")));
        };
        if writer == Writer::Owner && rule.writable_by == Writer::Admin {
            let text = format!("The field `{name}` is written by those who run the server.");
            return Err(Error::new(Code::Forbidden, text).about("fields"));
        }
        if value.is_null() {
            if rule.is_required {
                return Err(refused(format!("The field `{name}` is required.")));
            }
            fields.remove(&name);
        } else {
            check(rule, &value).map_err(|what| refused(format!("The field `{name}` {what}.")))?;
            fields.insert(name, value);
        }
    }
    Ok(())
}

/// Makes sure that the required fields that `writer` may write are there.
pub(super) fn require(rules: &Rules, fields: &Map<String, Value>, writer: Writer) -> Result<(), Error> {
    let may_write = |rule: &FieldRule| writer == Writer::Admin || rule.writable_by == Writer::Owner;
    let mut required = rules.iter().filter(|(_, rule)| rule.is_required && may_write(rule));
    match required.find(|(name, _)| !fields.contains_key(*name)) {
        Some((name, _)) => Err(refused(format!("The field `{name}` is required."))),
        None => Ok(()),
    }
}

/// The fields that accounts can be looked for by, with their values in normal form.
pub(crate) fn searchable(rules: &Rules, fields: &Map<String, Value>) -> Vec<(String, String)> {
    let found = fields.iter().filter(|(name, _)| rules.get(*name).is_some_and(|rule| rule.is_searchable));
    found.map(|(name, value)| (name.clone(), search_key(value))).collect()
}

/// The normal form in which a value is looked for.
pub(crate) fn search_key(value: &Value) -> String {
    match value {
        Value::String(text) => fold(text.trim()),
        other => other.to_string(),
    }
}

fn check(rule: &FieldRule, value: &Value) -> Result<(), String> {
    match (&rule.kind, value) {
        (FieldKind::Text { max }, Value::String(text)) => {
            if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                return Err("cannot hold control characters".to_owned());
            }
            ensure(text.chars().count() <= *max, || format!("has {max} characters at most"))
        }
        (FieldKind::Integer { min, max }, Value::Number(number)) => {
            let is_in = number.as_i64().is_some_and(|number| (*min..=*max).contains(&number));
            ensure(is_in, || format!("is a whole number from {min} to {max}"))
        }
        (FieldKind::Number, Value::Number(_)) | (FieldKind::Boolean, Value::Bool(_)) => Ok(()),
        (FieldKind::Date, Value::String(text)) if Date::parse(text, DAY).is_ok() => Ok(()),
        (FieldKind::Choice(choices), Value::String(text)) => {
            ensure(choices.contains(text), || format!("is one of {}", choices.join(", ")))
        }
        (kind, _) => Err(format!("is {}", described(kind))),
    }
}

fn ensure(is_good: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if is_good { Ok(()) } else { Err(what()) }
}

const fn described(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text { .. } => "text",
        FieldKind::Integer { .. } => "a whole number",
        FieldKind::Number => "a number",
        FieldKind::Boolean => "true or false",
        FieldKind::Date => "a day like 2026-01-31",
        FieldKind::Choice(_) => "one of its choices",
    }
}

fn refused(text: String) -> Error {
    Error::new(Code::InvalidField, text).about("fields")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> Rules {
        let rule = |kind, is_required, writable_by| FieldRule {
            kind,
            is_required,
            writable_by,
            is_searchable: true,
        };
        let choices = FieldKind::Choice(vec!["red".into(), "green".into()]);
        [
            ("colour", rule(choices, true, Writer::Owner)),
            ("age", rule(FieldKind::Integer { min: 0, max: 150 }, false, Writer::Owner)),
            ("born", rule(FieldKind::Date, false, Writer::Owner)),
            ("note", rule(FieldKind::Text { max: 3 }, false, Writer::Admin)),
            ("news", rule(FieldKind::Boolean, false, Writer::Owner)),
            ("weight", rule(FieldKind::Number, false, Writer::Owner)),
        ]
        .map(|(name, rule)| (name.to_owned(), rule))
        .into()
    }

    fn merged(given: &Value, writer: Writer) -> Result<Map<String, Value>, Error> {
        let mut fields = Map::from_iter([("colour".to_owned(), json!("red"))]);
        let given = given.as_object().cloned().unwrap_or_default();
        merge(&rules(), &mut fields, given, writer).map(|()| fields)
    }

    #[test]
    fn a_field_holds_what_its_rule_allows_and_nothing_else() {
        for good in [
            json!({"colour": "green", "age": 36, "born": "1815-12-10", "news": true, "weight": 61.5}),
            json!({"age": null}),
            json!({}),
        ] {
            assert!(merged(&good, Writer::Owner).is_ok(), "{good}");
        }
        for bad in [
            json!({"colour": "blue"}),
            json!({"colour": null}),
            json!({"age": 151}),
            json!({"age": 1.5}),
            json!({"born": "1815-13-10"}),
            json!({"born": 1815}),
            json!({"news": "yes"}),
            json!({"weight": "61"}),
            json!({"unknown": 1}),
        ] {
            let refused = merged(&bad, Writer::Owner).unwrap_err();
            assert_eq!((refused.code(), refused.field()), (Code::InvalidField, Some("fields")), "{bad}");
        }
    }

    #[test]
    fn what_those_who_run_the_server_write_is_not_the_owners() {
        let note = json!({"note": "vip"});

        assert_eq!(merged(&note, Writer::Owner).unwrap_err().code(), Code::Forbidden);
        assert!(merged(&note, Writer::Admin).is_ok());
        assert_eq!(merged(&json!({"note": "long"}), Writer::Admin).unwrap_err().code(), Code::InvalidField);
    }

    #[test]
    fn required_fields_are_asked_of_those_who_may_write_them() {
        assert!(require(&rules(), &Map::new(), Writer::Owner).is_err());
        assert!(require(&rules(), &merged(&json!({}), Writer::Owner).unwrap(), Writer::Owner).is_ok());
    }

    #[test]
    fn values_are_looked_for_in_one_spelling() {
        let fields = json!({"colour": "  Red ", "age": 36});

        let found = searchable(&rules(), fields.as_object().unwrap());

        assert_eq!(found, [("age".to_owned(), "36".to_owned()), ("colour".to_owned(), "red".to_owned())]);
    }
}
