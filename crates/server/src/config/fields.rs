//! `[fields.<name>]`: what the application keeps about each account.

use std::collections::BTreeMap;

use doorward_core::account::{FieldKind, FieldRule, Writer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::settle::{Checked, refused};

const MOST_FIELDS: usize = 100;
const MOST_TEXT: usize = 2_000;
const USUAL_TEXT: usize = 200;

/// A field of every account.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether an account cannot be made without it.
    #[serde(default)]
    pub required: bool,
    /// `owner`: the person whose account it is. `admin`: those who run the server, alone.
    #[serde(default = "owner")]
    pub writable_by: WritableBy,
    /// Whether accounts can be looked for by it.
    #[serde(default)]
    pub searchable: bool,
    /// Text: the most characters; 200 when not given, 2000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Integer: the least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Integer: the greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Choice: what can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What a field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A day, as `2026-01-31`.
    Date,
    /// One of `choices`.
    Choice,
}

/// Who writes a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WritableBy {
    /// The owner of the account, and those who run the server.
    Owner,
    /// Those who run the server.
    Admin,
}

const fn owner() -> WritableBy {
    WritableBy::Owner
}

/// Judges `[fields]`.
pub(super) fn fields(fields: &BTreeMap<String, Field>) -> Checked<BTreeMap<String, FieldRule>> {
    if fields.len() > MOST_FIELDS {
        return refused(format!("fields: {MOST_FIELDS} at most"));
    }
    let rule = |(name, field): (&String, &Field)| {
        let is_name = name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name {
            return refused(format!("fields.{name}: a name has small letters, digits and _, 64 at most"));
        }
        Ok((name.clone(), judge(name, field)?))
    };
    fields.iter().map(rule).collect()
}

fn judge(name: &str, field: &Field) -> Checked<FieldRule> {
    let belongs = |key: &str, kind: &str| refused(format!("fields.{name}.{key}: only for the type {kind}"));
    if field.max_length.is_some() && field.kind != FieldType::Text {
        return belongs("max_length", "text");
    }
    if (field.min.is_some() || field.max.is_some()) && field.kind != FieldType::Integer {
        return belongs("min and max", "integer");
    }
    if field.choices.is_empty() == (field.kind == FieldType::Choice) {
        return refused(format!("fields.{name}.choices: for the type choice, which needs them"));
    }
    let max_length = field.max_length.unwrap_or(USUAL_TEXT);
    if !(1..=MOST_TEXT).contains(&max_length) {
        return refused(format!("fields.{name}.max_length: 1 to {MOST_TEXT}"));
    }
    let (min, max) = (field.min.unwrap_or(i64::MIN), field.max.unwrap_or(i64::MAX));
    if min > max {
        return refused(format!("fields.{name}: min is greater than max"));
    }
    let kind = match field.kind {
        FieldType::Text => FieldKind::Text { max: max_length },
        FieldType::Integer => FieldKind::Integer { min, max },
        FieldType::Number => FieldKind::Number,
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Date => FieldKind::Date,
        FieldType::Choice => FieldKind::Choice(field.choices.clone()),
    };
    let writable_by = match field.writable_by {
        WritableBy::Owner => Writer::Owner,
        WritableBy::Admin => Writer::Admin,
    };
    Ok(FieldRule { kind, is_required: field.required, writable_by, is_searchable: field.searchable })
}
