//! Accounts as other systems write them down: whatever members they have, by their names.
//!
//! Does not know what a member means. Members that nobody asks for are passed over, as dumps are full of them.
//!
//! Invariant: what is said of a value names it and never repeats it: it may be a hash.

use std::io::BufRead;

use doorward_core::{Code, Error};
use serde_json::{Map, Value};

use super::read::Form;

/// One account of a dump.
#[derive(Debug, Default)]
pub(crate) struct Members(Map<String, Value>);

/// The accounts of `input`, in order: lines of CSV under a line of names, or JSON objects in a list or one after the other.
pub(crate) fn rows(input: impl BufRead, form: Form) -> Vec<Result<Members, Error>> {
    match form {
        Form::Csv => csv_rows(input),
        Form::Json => json_rows(input),
    }
}

fn csv_rows(input: impl BufRead) -> Vec<Result<Members, Error>> {
    let mut reader = csv::Reader::from_reader(input);
    let names = match reader.headers() {
        Ok(names) => names.clone(),
        Err(_) => return vec![Err(unreadable("the first line names no columns"))],
    };
    let read = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(|_| unreadable("the line has other columns than the first one"))?;
        let cells = names.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        Ok(Members(cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()))
    };
    reader.into_records().map(read).collect()
}

fn json_rows(mut input: impl BufRead) -> Vec<Result<Members, Error>> {
    let is_list = input
        .fill_buf()
        .is_ok_and(|begin| begin.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'['));
    if is_list {
        return match serde_json::from_reader::<_, Vec<Value>>(input) {
            Ok(list) => list.into_iter().map(from_value).collect(),
            Err(_) => vec![Err(unreadable("this is no JSON"))],
        };
    }
    let mut rows = Vec::new();
    for value in serde_json::Deserializer::from_reader(input).into_iter::<Value>() {
        match value {
            Ok(value) => rows.push(from_value(value)),
            Err(_) => {
                // After what is no JSON the place of the next one is not known.
                rows.push(Err(unreadable("this is no JSON")));
                break;
            }
        }
    }
    rows
}

/// The account in a JSON object.
pub(crate) fn from_value(value: Value) -> Result<Members, Error> {
    match value {
        Value::Object(members) => Ok(Members(members)),
        _ => Err(unreadable("this is no object")),
    }
}

impl Members {
    /// The text called `name`; a number is its digits, an empty text is none.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The truth called `name`, however it is written.
    ///
    /// # Errors
    /// [`Code::InvalidField`].
    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>, Error> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => match self.text(name).unwrap_or_default().to_ascii_lowercase().as_str() {
                "true" | "t" | "1" => Ok(Some(true)),
                "false" | "f" | "0" => Ok(Some(false)),
                _ => Err(Error::new(Code::InvalidField, "This is neither true nor false.").about(name)),
            },
        }
    }

    /// The words called `name`: a list, or a text with blanks, commas or semicolons between them.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(list)) => {
                list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
            }
            Some(Value::String(text)) => text
                .split([' ', ',', ';', '[', ']', '"', '{', '}'])
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The object called `name`, itself or as text.
    ///
    /// # Errors
    /// [`Code::InvalidField`].
    pub(crate) fn object(&self, name: &'static str) -> Result<Map<String, Value>, Error> {
        let read = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(Map::new()),
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(value) => value.clone(),
        };
        match read {
            Value::Object(object) => Ok(object),
            _ => Err(Error::new(Code::InvalidField, "This is no JSON object.").about(name)),
        }
    }

    /// The moment called `name`, as RFC 3339 writes it; databases leave out the `T`, the zone, or half of it, and MongoDB wraps it.
    pub(crate) fn moment(&self, name: &str) -> Option<String> {
        let wrapped = self.0.get(name)?.get("$date").and_then(Value::as_str).map(str::to_owned);
        let mut text = wrapped.or_else(|| self.text(name))?.trim().replacen(' ', "T", 1);
        let (_, clock) = text.split_once('T')?;
        match clock.find(['+', '-', 'Z', 'z']) {
            None => text.push('Z'),
            Some(at) if !clock[at..].contains(':') && clock.len() - at == 3 => text.push_str(":00"),
            Some(_) => {}
        }
        Some(text)
    }
}

fn unreadable(why: &str) -> Error {
    Error::new(Code::MalformedBody, format!("It cannot be read: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(json: &str) -> Members {
        rows(json.as_bytes(), Form::Json).remove(0).unwrap()
    }

    #[test]
    fn moments_are_read_as_databases_write_them() {
        for (written, read) in [
            (r#""2021-05-01T10:00:00Z""#, "2021-05-01T10:00:00Z"),
            (r#""2021-05-01T10:00:00.123456""#, "2021-05-01T10:00:00.123456Z"),
            (r#""2021-05-01 10:00:00.5+00""#, "2021-05-01T10:00:00.5+00:00"),
            (r#""2021-05-01T10:00:00-03:30""#, "2021-05-01T10:00:00-03:30"),
            (r#"{"$date":"2021-05-01T10:00:00Z"}"#, "2021-05-01T10:00:00Z"),
        ] {
            assert_eq!(one(&format!("{{\"at\":{written}}}")).moment("at").as_deref(), Some(read));
        }
        assert_eq!(one(r#"{"at":"yesterday"}"#).moment("at"), None);
    }

    #[test]
    fn a_list_of_words_is_a_list_or_a_text() {
        for written in [r#"["a","b"]"#, r#""a b""#, r#""a,b""#, r#""[\"a\", \"b\"]""#, r#""{a,b}""#] {
            assert_eq!(one(&format!("{{\"words\":{written}}}")).words("words"), ["a", "b"], "{written}");
        }
    }

    #[test]
    fn rows_that_cannot_be_read_are_told_in_their_place() {
        let found = rows(&b"{\"a\":1} 5 {\"b\":2}"[..], Form::Json);
        assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        let found = rows(&b"a,b\n1,2\n3\n"[..], Form::Csv);
        assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }
}
