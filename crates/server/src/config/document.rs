//! The configuration described by itself: for editors, for people, and as a file to start from.

use std::fmt::Write;

use schemars::schema_for;
use serde_json::Value;

use super::sections::Sections;

const PAGE_HEAD: &str = "\
# Configuration

Written by `doorward config schema --markdown` from the same definitions the server reads.

Doorward reads `doorward.toml` from the folder it is started in, or the file named by `--config`. Every key can also be given in the environment as
`DOORWARD__SECTION__KEY`, which wins over the file: `DOORWARD__SERVER__BIND=127.0.0.1:8000`. The value is read as TOML where it is TOML (`true`, `5`, `[\"a\"]`), else as
text. A key that is not known stops the start and names the nearest one that is. Secrets can be given as a file by the key's `_file` twin.

R2R's variables `R2R_SECRET_KEY`, `R2R_ACCESS_LIFE_IN_MINUTES` and `R2R_REFRESH_LIFE_IN_DAYS` are read with their meaning, and where its clients are served
`GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`, `GOOGLE_REDIRECT_URI` and the same of `GITHUB_…`. Traces are sent when the standard
`OTEL_EXPORTER_OTLP_ENDPOINT` is set.
";

/// The order in which a newcomer needs them; a section that is not named here stands at the end.
const ORDER: [&str; 21] = [
    "server",
    "database",
    "cache",
    "auth",
    "tokens",
    "sessions",
    "password",
    "scopes",
    "limits",
    "captcha",
    "mail",
    "fields",
    "crypto",
    "hooks",
    "revocations",
    "grpc",
    "passkeys",
    "audit",
    "cors",
    "log",
    "metrics",
];

/// The JSON Schema of `doorward.toml`.
pub fn schema() -> Value {
    let mut schema = schema_for!(Sections).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), Value::from("doorward.toml"));
    }
    schema
}

/// A page about every key.
pub fn markdown() -> String {
    let mut page = PAGE_HEAD.to_owned();
    for section in each_section(&schema()) {
        if section.keys.is_empty() {
            let _ = write!(page, "\n## [{}]\n\n{}\n", section.name, section.about);
            continue;
        }
        let _ = write!(
            page,
            "\n## [{}]\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
            section.name, section.about
        );
        for key in section.keys {
            let default = code(key.default.as_ref());
            let _ = writeln!(page, "| `{}` | {} | {default} | {} |", key.name, key.kind, key.about);
        }
    }
    page
}

/// A `doorward.toml` with every key, its meaning and its default, all commented out.
pub fn example() -> String {
    let mut file =
        "# Doorward's configuration: every key with its default. To change one, take the # away. docs/config.md tells more.\n"
            .to_owned();
    for section in each_section(&schema()) {
        let mark = if section.name.contains('<') { "#" } else { "" };
        let _ = write!(file, "\n# {}\n{mark}[{}]\n", section.about, section.name);
        for key in section.keys {
            let _ = writeln!(file, "# {}", key.about);
            let value =
                key.default.as_ref().and_then(toml_text).map(|value| format!(" {value}")).unwrap_or_default();
            let _ = writeln!(file, "#{} ={value}", key.name);
        }
    }
    file
}

struct Section {
    name: String,
    about: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    about: String,
    /// What may stand there, in a word.
    kind: String,
    default: Option<Value>,
}

fn each_section(schema: &Value) -> Vec<Section> {
    let defaults = serde_json::to_value(Sections::default()).unwrap_or_default();
    let of =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let definitions = of(schema, "$defs");
    let definition = |property: &Value| {
        let name = property.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        name.and_then(|name| definitions.get(name)).cloned().unwrap_or_default()
    };
    // A table whose keys have defaults is a section of its own, one that has to be given whole is a value.
    let is_section = |property: &Value| {
        let definition = definition(property);
        definition.get("properties").is_some() && definition.get("required").is_none()
    };
    let found = of(schema, "properties").into_iter().flat_map(|(name, property)| {
        let below: Vec<_> = of(&definition(&property), "properties")
            .into_iter()
            .filter(|(_, below)| is_section(below))
            .map(|(key, below)| (format!("{name}.{key}"), below))
            .collect();
        std::iter::once((name, property)).chain(below)
    });
    let mut sections: Vec<Section> = found
        .map(|(name, property)| {
            // A section for each of many: described once.
            let each = property.get("additionalProperties").filter(|each| each.is_object());
            let about = about(&property);
            let (name, property) = match each {
                Some(each) => (format!("{name}.<name>"), each),
                None => (name, &property),
            };
            let defaults = name.split('.').fold(defaults.clone(), |above, key| of(&above, key).into());
            let keys = of(&definition(property), "properties")
                .iter()
                .filter(|(_, property)| !is_section(property))
                .map(|(name, property)| Key {
                    name: name.clone(),
                    about: self::about(property),
                    kind: kind(property, &definition(property)),
                    default: defaults.get(name).cloned(),
                })
                .collect();
            Section { name, about, keys }
        })
        .collect();
    sections.sort_by_key(|section| {
        ORDER.iter().position(|name| section.name.split('.').next() == Some(name)).unwrap_or(ORDER.len())
    });
    sections
}

/// What may stand there: by the definition it refers to, if it does, else by its own.
fn kind(property: &Value, definition: &Value) -> String {
    if let Some(choices) = definition.get("oneOf").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(|choice| code(choice.get("const"))).collect();
        return choices.join(", ");
    }
    let pattern = property.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let own = property.get("type");
    let name = own.and_then(|own| own.get(0)).or(own).and_then(Value::as_str);
    match name {
        Some("string") if pattern.contains("KiB") => "size",
        Some("string") if !pattern.is_empty() => "length of time",
        Some("string") => "text",
        Some("boolean") => "true, false",
        Some("integer") => "number",
        Some("array") => "list",
        _ => "`{ burst, refill }`",
    }
    .to_owned()
}

fn about(property: &Value) -> String {
    property.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

fn code(default: Option<&Value>) -> String {
    default.and_then(toml_text).map_or_else(String::new, |text| format!("`{text}`"))
}

fn toml_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .filter_map(|(name, value)| Some(format!("{name} = {}", toml_text(value)?)))
                .collect();
            Some(format!("{{ {} }}", members.join(", ")))
        }
        other => Some(other.to_string()),
    }
}
