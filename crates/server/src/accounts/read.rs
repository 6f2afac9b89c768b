//! Accounts in a file: CSV with a line of names at its head, or JSON objects one after the other or in a list.
//!
//! Reads a row at a time, however long the file is. Does not judge an account: the rules do. What cannot be read at all is told
//! with its place.

use std::collections::BTreeMap;
use std::io::BufRead;

use doorward_core::account::ImportRow;
use doorward_core::{Code, Error, Secret};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::elements::{Elements, unreadable};

/// What the fields are called.
const FIELDS: [&str; 9] = [
    "email",
    "username",
    "password_hash",
    "name",
    "metadata",
    "is_active",
    "is_verified",
    "roles",
    "created_at",
];

/// The forms of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// Lines of values, the first one of names.
    Csv,
    /// Objects.
    Json,
}

/// A row, or why it cannot be read.
pub(crate) type Row = Result<ImportRow, Error>;

/// The rows of a file, each read when it is asked for.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Row> + Send + 'a>;

/// An account as a JSON object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    email: String,
    username: Option<String>,
    password_hash: Option<Secret<String>>,
    name: Option<String>,
    #[serde(default)]
    metadata: Map<String, Value>,
    is_active: Option<bool>,
    #[serde(default)]
    is_verified: bool,
    #[serde(default)]
    roles: Vec<String>,
    created_at: Option<String>,
}

/// The rows of `input`, in order.
///
/// # Errors
/// [`Code::MalformedBody`]: the head of a CSV file is missing or names what is not known.
pub(crate) fn rows<'a>(input: impl BufRead + Send + 'a, form: Form) -> Result<Rows<'a>, Error> {
    match form {
        Form::Csv => csv_rows(input),
        Form::Json => Ok(json_rows(input)),
    }
}

fn csv_rows<'a>(input: impl BufRead + Send + 'a) -> Result<Rows<'a>, Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(input);
    let head = reader.headers().map_err(|fault| unreadable(&fault.to_string()))?.clone();
    if let Some(unknown) = head.iter().find(|name| !FIELDS.contains(name)) {
        let unknown: String = unknown.chars().filter(|c| !c.is_control()).take(40).collect();
        let why = format!("The column {unknown:?} is not known; known are {}.", FIELDS.join(", "));
        return Err(Error::new(Code::MalformedBody, why));
    }
    if !head.iter().any(|name| name == "email") {
        return Err(Error::new(Code::MalformedBody, "The first line names no column \"email\"."));
    }
    let names: Vec<String> = head.iter().map(str::to_owned).collect();
    Ok(Box::new(reader.into_records().map(move |record| {
        let record = record.map_err(|fault| unreadable(&fault.to_string()))?;
        let cells = names.iter().map(String::as_str).zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        from_cells(&cells.collect())
    })))
}

fn from_cells(cells: &BTreeMap<&str, &str>) -> Row {
    let text = |name: &str| cells.get(name).map(|cell| (*cell).to_owned());
    let flag = |name: &'static str| match cells.get(name).copied() {
        None => Ok(None),
        Some("true" | "t" | "1" | "True") => Ok(Some(true)),
        Some("false" | "f" | "0" | "False") => Ok(Some(false)),
        Some(_) => Err(Error::new(Code::InvalidField, "This is neither true nor false.").about(name)),
    };
    let metadata = text("metadata").map(|text| serde_json::from_str(&text)).transpose();
    Ok(ImportRow {
        email: text("email").unwrap_or_default(),
        username: text("username"),
        password_hash: text("password_hash").map(Secret::new),
        name: text("name"),
        metadata: metadata
            .map_err(|_| Error::new(Code::InvalidField, "This is no JSON object.").about("metadata"))?
            .unwrap_or_default(),
        is_disabled: flag("is_active")? == Some(false),
        is_verified: flag("is_verified")? == Some(true),
        roles: text("roles")
            .map(|roles| roles.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        created_at: text("created_at"),
        ..ImportRow::default()
    })
}

fn json_rows<'a>(input: impl BufRead + Send + 'a) -> Rows<'a> {
    Box::new(Elements::new(input).map(|object| from_object(serde_json::from_slice(&object?))))
}

fn from_object(object: serde_json::Result<Object>) -> Row {
    let object = object.map_err(|fault| unreadable(&what(&fault)))?;
    Ok(ImportRow {
        email: object.email,
        username: object.username,
        password_hash: object.password_hash,
        name: object.name,
        metadata: object.metadata,
        is_disabled: object.is_active == Some(false),
        is_verified: object.is_verified,
        roles: object.roles,
        created_at: object.created_at,
        ..ImportRow::default()
    })
}

/// What is wrong, without the value: it may be a hash.
fn what(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let is_about_name =
        ["unknown field", "missing field", "duplicate field"].iter().any(|start| text.starts_with(start));
    let what = text.split(", expected").flat_map(|text| text.split(" at line ")).next().unwrap_or_default();
    if is_about_name { what.to_owned() } else { "this is no account as a JSON object".to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::*;

    /// A text that comes again and again.
    struct Endless {
        text: &'static [u8],
        at: usize,
    }

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            for byte in out.iter_mut() {
                *byte = self.text[self.at];
                self.at = (self.at + 1) % self.text.len();
            }
            Ok(out.len())
        }
    }

    #[test]
    fn a_row_is_read_when_it_is_asked_for() {
        for (form, head, text) in [
            (Form::Csv, "email,name\n", "ada@example.com,Ada\n"),
            (Form::Json, "", "{\"email\":\"ada@example.com\"}\n"),
            (Form::Json, "[{\"email\":\"ada@example.com\"}", ",{\"email\":\"ada@example.com\"}"),
        ] {
            let file = head.as_bytes().chain(Endless { text: text.as_bytes(), at: 0 });

            let emails = rows(BufReader::new(file), form).unwrap().take(1_000).map(|row| row.unwrap().email);

            assert!(
                emails.collect::<Vec<_>>().iter().all(|email| email == "ada@example.com"),
                "{head}{text}"
            );
        }
    }

    #[test]
    fn an_object_with_a_fault_is_named_by_it_and_spoils_no_other() {
        let file = "{\"email\":\"a\",\"admin\":true}{\"email\":\"a\",\"email\":\"b\"}{\"name\":\"c\"}{\"email\":7}{\"email\":\"d\"}";

        let read: Vec<_> = rows(file.as_bytes(), Form::Json)
            .unwrap()
            .map(|row| row.map_or_else(|error| error.detail().to_owned(), |row| row.email))
            .collect();

        assert_eq!(
            read,
            [
                "It cannot be read: unknown field `admin`.",
                "It cannot be read: duplicate field `email`.",
                "It cannot be read: missing field `email`.",
                "It cannot be read: this is no account as a JSON object.",
                "d",
            ]
        );
    }
}
