//! Reads `doorward.toml` and lays the environment over it.
//!
//! `DOORWARD__SECTION__KEY=value`: the value is read as TOML where it is TOML (`true`, `5`, `["a"]`), else as text. A key
//! that is not known is fatal, and the nearest known one is named. What a variable says of one key leaves the keys beside it
//! as they are.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::sections::Sections;

const PREFIX: &str = "DOORWARD__";
/// How the names of all variables begin that are read.
const OURS: [&str; 4] = [PREFIX, "R2R_", "OTEL_", "NOTIFY_SOCKET"];
/// Beyond this distance a key resembles nothing.
const NEAR: f64 = 0.6;

/// What the process was given beside the file.
#[derive(Debug, Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// The environment of this process, without what is no text and no business of Doorward's.
    ///
    /// # Errors
    /// [`ConfigError`] when a variable that is meant for Doorward is no text.
    pub fn of_this_process() -> Result<Self, ConfigError> {
        let mut variables = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => variables.push((name, value)),
                Err(_) if OURS.iter().any(|prefix| name.starts_with(prefix)) => {
                    return Err(ConfigError(format!("{name}: the value is not UTF-8 text")));
                }
                Err(_) => {}
            }
        }
        Ok(Self(variables))
    }

    /// An environment of these variables.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// This environment with what `file` says where the environment says nothing; a file that is not there says nothing.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read.
    pub(super) fn beside_file(self, file: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(file) {
            Ok(text) => Ok(self.beside(&text)),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(self),
            Err(fault) => Err(ConfigError(format!("cannot read {}: {fault}", file.display()))),
        }
    }

    /// As [`Environment::beside_file`], for text at hand: lines of `NAME = value`, quoted or not; the last line of a name counts.
    #[must_use]
    pub fn beside(mut self, text: &str) -> Self {
        for line in text.lines().rev() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let quoted =
                ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            let value = match quoted {
                Some(quoted) => quoted,
                None if value.starts_with(['{', '[']) => value,
                None => value.split(" #").next().unwrap_or_default().trim_end(),
            };
            if self.get(name).is_none() {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
        self
    }

    /// The variable called `name`, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    fn overlay(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(name, _)| name.starts_with(PREFIX)).map(|(name, value)| (&**name, &**value))
    }
}

/// Why the configuration cannot be used; the text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl ConfigError {
    /// A setting that turned out to be of no use when it was put to work; `text` says what to do.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The sections that `file` and `environment` give together. Without `file` there is only the environment.
pub(super) fn read(file: Option<&Path>, environment: &Environment) -> Result<Sections, ConfigError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|fault| ConfigError(format!("cannot read {}: {fault}", path.display())))?,
        None => String::new(),
    };
    let origin = file.map_or_else(|| "doorward.toml".to_owned(), |path| path.display().to_string());
    parse(&text, &origin, environment)
}

/// As [`read`], for text at hand; `origin` names it in errors.
pub(super) fn parse(text: &str, origin: &str, environment: &Environment) -> Result<Sections, ConfigError> {
    // The file alone first: its errors can tell the line.
    let mut sections = toml::from_str::<Sections>(text).map_err(|fault| in_file(origin, text, &fault))?;
    let mut table: Table = text.parse().map_err(|fault| in_file(origin, text, &fault))?;
    for (name, value) in environment.overlay() {
        (table, sections) = overlay(&table, name, value)?;
    }
    Ok(sections)
}

/// `table` with the variable `name` laid over it: read as TOML if it fits so, else as text.
fn overlay(table: &Table, name: &str, value: &str) -> Result<(Table, Sections), ConfigError> {
    let as_toml =
        format!("value = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    let as_text = Value::String(value.to_owned());
    let mut refused = None;
    for value in as_toml.into_iter().chain([as_text]) {
        let with = insert(table.clone(), name, value)?;
        match Sections::deserialize(with.clone()) {
            Ok(sections) => return Ok((with, sections)),
            Err(fault) => refused = refused.or(Some(fault)),
        }
    }
    let what = refused.map_or_else(String::new, |fault| explain(&fault));
    Err(ConfigError(format!("{name}: {what}")))
}

fn insert(mut table: Table, name: &str, value: Value) -> Result<Table, ConfigError> {
    let malformed =
        || ConfigError(format!("{name}: the form is {PREFIX}SECTION__KEY, as {PREFIX}SERVER__BIND"));
    let path = name[PREFIX.len()..].to_lowercase();
    let mut keys: Vec<&str> = path.split("__").collect();
    let last = keys.pop().filter(|key| !key.is_empty() && !keys.is_empty()).ok_or_else(malformed)?;
    let mut inner = &mut table;
    let mut defaults = Table::try_from(Sections::default()).ok().map(Value::Table);
    for key in keys {
        defaults = defaults.as_ref().and_then(|above| above.get(key)).cloned();
        let missing = || defaults.clone().unwrap_or_else(|| Value::Table(Table::new()));
        inner = inner.entry(key).or_insert_with(missing).as_table_mut().ok_or_else(malformed)?;
    }
    inner.insert(last.to_owned(), value);
    Ok(table)
}

fn in_file(origin: &str, text: &str, fault: &toml::de::Error) -> ConfigError {
    let line =
        fault.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let place = line.map_or_else(String::new, |line| format!(" line {line}"));
    ConfigError(format!("{origin}{place}: {}", explain(fault)))
}

/// The parser's words in one line, and the nearest known key where one is not known.
fn explain(fault: &toml::de::Error) -> String {
    let message = fault.message().trim().replace('\n', " ");
    let Some((unknown, known)) = unknown_key(&message) else { return message };
    let nearest = known
        .iter()
        .map(|key| (strsim::jaro_winkler(unknown, key), key))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, key)) => format!("unknown key `{unknown}`; did you mean `{key}`?"),
        None => format!("unknown key `{unknown}`; known here are {}", known.join(", ")),
    }
}

/// The unknown key and the known ones in a message of serde's.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (unknown, rest) = rest.split_once('`')?;
    Some((unknown, rest.split('`').skip(1).step_by(2).collect()))
}

/// The file that is read when none is named.
pub(super) fn default_file() -> Option<PathBuf> {
    let path = PathBuf::from("doorward.toml");
    path.exists().then_some(path)
}
