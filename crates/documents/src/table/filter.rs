//! Filters as conditions: text that is fixed, values that are bound.

use serde_json::json;

use crate::db::{Db, Value};
use crate::filter::{Field, Filter, Scalar, Test};

/// A condition on document `d`, and the values it binds after those that are bound already.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'static>>,
    bound: usize,
    dialect: Dialect,
}

/// How the engine looks into JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Condition {
    /// The condition of `filter`, whose first value is bound as number `bound` + 1; no filter holds always.
    pub(crate) fn of(db: &Db<'_>, filter: Option<&Filter>, bound: usize) -> Self {
        let dialect = match db {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        };
        let mut condition = Self { sql: String::new(), values: Vec::new(), bound, dialect };
        match filter {
            Some(filter) => condition.push(filter),
            None => condition.sql.push_str("TRUE"),
        }
        condition
    }

    /// Binds a value; gives its place.
    fn bind(&mut self, value: Value<'static>) -> String {
        self.values.push(value);
        format!("?{}", self.bound + self.values.len())
    }

    fn push(&mut self, filter: &Filter) {
        match filter {
            Filter::All(parts) => self.join(parts, " AND "),
            Filter::Any(parts) => self.join(parts, " OR "),
            Filter::Test(field, test) => {
                let sql = self.test(field, test);
                self.sql.push_str(&sql);
            }
        }
    }

    fn join(&mut self, parts: &[Filter], with: &str) {
        self.sql.push('(');
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                self.sql.push_str(with);
            }
            self.push(part);
        }
        self.sql.push(')');
    }

    fn test(&mut self, field: &Field, test: &Test) -> String {
        match field {
            Field::Document => self.text("d.id", test),
            Field::Owner => self.text("d.owner", test),
            Field::Title => self.text("d.title", test),
            Field::Name => self.text("d.name", test),
            Field::MediaType => self.text("d.media_type", test),
            Field::Version => self.column("d.version", test, number),
            Field::CreatedAt => self.column("d.created_at", &in_millis(test), number),
            Field::UpdatedAt => self.column("d.updated_at", &in_millis(test), number),
            Field::Collection => self.collection(test),
            Field::Metadata(path) if self.dialect == Dialect::Sqlite => self.metadata(path, test),
            Field::Metadata(path) => self.jsonb(path, test),
        }
    }

    fn text(&mut self, place: &str, test: &Test) -> String {
        match test {
            Test::Contains(values) => match &values[..] {
                [Scalar::Text(part)] => {
                    let find = if self.dialect == Dialect::Sqlite { "instr" } else { "strpos" };
                    format!("{find}({place}, {}) > 0", self.bind(Value::Text(part.clone().into())))
                }
                _ => "FALSE".to_owned(),
            },
            test => self.column(place, test, text),
        }
    }

    /// A comparison with a column that always holds something of one kind: a number is never equal to or less than a text.
    fn column(&mut self, place: &str, test: &Test, fitting: fn(&Scalar) -> Option<Value<'static>>) -> String {
        let (sign, value, otherwise) = match test {
            Test::Equal(value) => ("=", value, "FALSE"),
            Test::NotEqual(value) => ("<>", value, "TRUE"),
            Test::Less(value) => ("<", value, "FALSE"),
            Test::AtMost(value) => ("<=", value, "FALSE"),
            Test::Greater(value) => (">", value, "FALSE"),
            Test::AtLeast(value) => (">=", value, "FALSE"),
            Test::In(values) | Test::NotIn(values) => {
                let places: Vec<String> =
                    values.iter().filter_map(fitting).map(|value| self.bind(value)).collect();
                let is_in = matches!(test, Test::In(_));
                return match (places.is_empty(), is_in) {
                    (true, true) => "FALSE".to_owned(),
                    (true, false) => "TRUE".to_owned(),
                    (false, true) => format!("{place} IN ({})", places.join(", ")),
                    (false, false) => format!("{place} NOT IN ({})", places.join(", ")),
                };
            }
            Test::Contains(_) => return "FALSE".to_owned(),
        };
        match fitting(value) {
            Some(value) => format!("{place} {sign} {}", self.bind(value)),
            None => otherwise.to_owned(),
        }
    }

    fn list(&mut self, values: &[Scalar]) -> String {
        let places: Vec<String> = values.iter().map(|value| self.bind(bound(value))).collect();
        places.join(", ")
    }

    fn collection(&mut self, test: &Test) -> String {
        let (is_in, values) = match test {
            Test::Equal(value) => (true, std::slice::from_ref(value)),
            Test::NotEqual(value) => (false, std::slice::from_ref(value)),
            Test::In(values) => (true, &values[..]),
            Test::NotIn(values) => (false, &values[..]),
            Test::Contains(values) => {
                let all: Vec<String> =
                    values.iter().map(|value| self.placed(std::slice::from_ref(value))).collect();
                return if all.is_empty() { "TRUE".to_owned() } else { format!("({})", all.join(" AND ")) };
            }
            _ => return "FALSE".to_owned(),
        };
        let placed = self.placed(values);
        if is_in { placed } else { format!("NOT {placed}") }
    }

    /// Whether the document is in one of these collections. Only those that the caller is in count: others are not theirs to
    /// know of.
    fn placed(&mut self, values: &[Scalar]) -> String {
        let places: Vec<String> = values.iter().filter_map(text).map(|value| self.bind(value)).collect();
        if places.is_empty() {
            return "FALSE".to_owned();
        }
        format!(
            "EXISTS (SELECT 1 FROM placements fp JOIN collections fk ON fk.no = fp.collection
             WHERE fp.document = d.no AND fk.id IN ({}) AND (?2 OR EXISTS (
               SELECT 1 FROM members fm WHERE fm.collection = fk.no AND fm.account = ?1)))",
            places.join(", ")
        )
    }

    fn metadata(&mut self, path: &[String], test: &Test) -> String {
        let written: String = path.iter().map(|part| format!(".\"{part}\"")).collect();
        let at = self.bind(Value::Text(format!("${written}").into()));
        let place = format!("json_extract(d.metadata, {at})");
        match test {
            // JSON's booleans come as numbers.
            Test::Equal(Scalar::Bool(is)) => format!("json_type(d.metadata, {at}) IS '{is}'"),
            Test::NotEqual(Scalar::Bool(is)) => format!("json_type(d.metadata, {at}) IS NOT '{is}'"),
            Test::In(values) => {
                let list = self.list(values);
                format!("EXISTS (SELECT 1 FROM json_each(d.metadata, {at}) fj WHERE fj.value IN ({list}))")
            }
            Test::NotIn(values) => {
                let list = self.list(values);
                format!(
                    "NOT EXISTS (SELECT 1 FROM json_each(d.metadata, {at}) fj WHERE fj.value IN ({list}))"
                )
            }
            Test::Contains(values) => {
                let all: Vec<String> = values
                    .iter()
                    .map(|value| {
                        let value = self.bind(bound(value));
                        format!(
                            "EXISTS (SELECT 1 FROM json_each(d.metadata, {at}) fj WHERE fj.value IS {value})"
                        )
                    })
                    .collect();
                if all.is_empty() { "TRUE".to_owned() } else { format!("({})", all.join(" AND ")) }
            }
            Test::Equal(value) => format!("{place} IS {}", self.bind(bound(value))),
            Test::NotEqual(value) => format!("{place} IS NOT {}", self.bind(bound(value))),
            Test::Less(value) => self.ordered(&place, "<", value),
            Test::AtMost(value) => self.ordered(&place, "<=", value),
            Test::Greater(value) => self.ordered(&place, ">", value),
            Test::AtLeast(value) => self.ordered(&place, ">=", value),
        }
    }

    /// In order, and of one kind: a number is never less than a text.
    fn ordered(&mut self, place: &str, sign: &str, value: &Scalar) -> String {
        let kinds = match value {
            Scalar::Text(_) => "('text')",
            _ => "('integer', 'real')",
        };
        format!("(typeof({place}) IN {kinds} AND {place} {sign} {})", self.bind(bound(value)))
    }

    /// The same where JSON has a type of its own; what is not there is `null`.
    fn jsonb(&mut self, path: &[String], test: &Test) -> String {
        let written: Vec<String> = path.iter().map(|part| format!("\"{part}\"")).collect();
        let at = self.bind(Value::Text(format!("{{{}}}", written.join(",")).into()));
        let place =
            format!("coalesce(CAST(d.metadata AS jsonb) #> CAST({at} AS text[]), CAST('null' AS jsonb))");
        let holds = |list: &str| {
            format!(
                "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN jsonb_typeof({place}) = 'array'
                   THEN {place} ELSE jsonb_build_array({place}) END) fj (value) WHERE fj.value IN ({list}))"
            )
        };
        match test {
            Test::Equal(value) => format!("{place} = {}", self.json(value)),
            Test::NotEqual(value) => format!("{place} <> {}", self.json(value)),
            Test::Less(value) => self.jsonb_ordered(&place, "<", value),
            Test::AtMost(value) => self.jsonb_ordered(&place, "<=", value),
            Test::Greater(value) => self.jsonb_ordered(&place, ">", value),
            Test::AtLeast(value) => self.jsonb_ordered(&place, ">=", value),
            Test::In(values) | Test::NotIn(values) => {
                let list: Vec<String> = values.iter().map(|value| self.json(value)).collect();
                let found = if list.is_empty() { "FALSE".to_owned() } else { holds(&list.join(", ")) };
                if matches!(test, Test::In(_)) { found } else { format!("NOT {found}") }
            }
            Test::Contains(values) => {
                let all: Vec<String> = values.iter().map(|value| holds(&self.json(value))).collect();
                if all.is_empty() { "TRUE".to_owned() } else { format!("({})", all.join(" AND ")) }
            }
        }
    }

    fn jsonb_ordered(&mut self, place: &str, sign: &str, value: &Scalar) -> String {
        match value {
            Scalar::Text(text) => format!(
                "(jsonb_typeof({place}) = 'string' AND ({place} #>> '{{}}') COLLATE \"C\" {sign} {})",
                self.bind(Value::Text(text.clone().into()))
            ),
            value => {
                format!("(jsonb_typeof({place}) = 'number' AND {place} {sign} {})", self.json(value))
            }
        }
    }

    fn json(&mut self, value: &Scalar) -> String {
        let value = match value {
            Scalar::Null => json!(null),
            Scalar::Bool(is) => json!(is),
            Scalar::Number(number) => json!(number),
            // It cannot be in any metadata.
            Scalar::Text(text) => json!(text.replace('\0', "\u{fffd}")),
        };
        format!("CAST({} AS jsonb)", self.bind(Value::Text(value.to_string().into())))
    }
}

fn text(value: &Scalar) -> Option<Value<'static>> {
    match value {
        Scalar::Text(text) => Some(Value::Text(text.clone().into())),
        _ => None,
    }
}

fn number(value: &Scalar) -> Option<Value<'static>> {
    match value {
        Scalar::Number(number) => Some(Value::Real(*number)),
        _ => None,
    }
}

fn bound(value: &Scalar) -> Value<'static> {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(is) => Value::Integer((*is).into()),
        Scalar::Number(number) => Value::Real(*number),
        Scalar::Text(text) => Value::Text(text.clone().into()),
    }
}

/// Times are kept in milliseconds, and also written as RFC 3339.
fn in_millis(test: &Test) -> Test {
    let read = |value: &Scalar| match value {
        Scalar::Text(text) => doorward_core::Timestamp::parse(text)
            .map_or_else(|| value.clone(), |at| Scalar::Number(at.as_millis() as f64)),
        other => other.clone(),
    };
    match test {
        Test::Equal(value) => Test::Equal(read(value)),
        Test::NotEqual(value) => Test::NotEqual(read(value)),
        Test::Less(value) => Test::Less(read(value)),
        Test::AtMost(value) => Test::AtMost(read(value)),
        Test::Greater(value) => Test::Greater(read(value)),
        Test::AtLeast(value) => Test::AtLeast(read(value)),
        Test::In(values) => Test::In(values.iter().map(read).collect()),
        Test::NotIn(values) => Test::NotIn(values.iter().map(read).collect()),
        Test::Contains(values) => Test::Contains(values.iter().map(read).collect()),
    }
}
