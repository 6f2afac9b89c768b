//! CSV and JSON: each value with the name of what it is.

use serde_json::Value;

use super::text::Text;
use super::{Unreadable, decoded};

/// Adds the rows of a table whose first row names the columns: a paragraph each, as `column: value`.
pub(super) fn read_csv(content: &[u8], text: &mut Text) -> Result<(), Unreadable> {
    let content = decoded(content)?;
    let first = content.lines().next().unwrap_or_default();
    let most = |one: u8| first.bytes().filter(|byte| *byte == one).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|one| most(*one)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(content.as_bytes());
    let unreadable = |_| Unreadable::from("This is no table that can be read.");
    let names = reader.headers().map_err(unreadable)?.clone();
    for row in reader.records() {
        for (column, value) in
            row.map_err(unreadable)?.iter().enumerate().filter(|(_, value)| !value.is_empty())
        {
            if let Some(name) = names.get(column) {
                text.push(name)?;
                text.push(": ")?;
            }
            text.push(value)?;
            text.end("\n");
        }
        text.end("\n\n");
    }
    Ok(())
}

/// Adds the values of a JSON text, each as `path: value`.
pub(super) fn read_json(content: &[u8], text: &mut Text) -> Result<(), Unreadable> {
    // The parser goes 128 levels deep at most.
    let value: Value = serde_json::from_str(&decoded(content)?)
        .map_err(|_| Unreadable::from("This is no JSON that can be read."))?;
    walk(&mut String::new(), &value, text)
}

fn walk(path: &mut String, value: &Value, text: &mut Text) -> Result<(), Unreadable> {
    let length = path.len();
    match value {
        Value::Null => {}
        Value::Array(values) => {
            for value in values {
                walk(path, value, text)?;
            }
            text.end("\n\n");
        }
        Value::Object(map) => {
            for (name, value) in map {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                walk(path, value, text)?;
                path.truncate(length);
            }
            text.end("\n\n");
        }
        single => {
            if length > 0 {
                text.push(&*path)?;
                text.push(": ")?;
            }
            match single {
                Value::String(words) => text.push(words)?,
                other => text.push(other.to_string())?,
            }
            text.end("\n");
        }
    }
    Ok(())
}
