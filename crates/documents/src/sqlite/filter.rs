//! Filters as conditions: text that is fixed, values that are bound.

use rusqlite::types::Value;

use crate::filter::{Field, Filter, Scalar, Test};

/// A condition on document `d`, and the values it binds after those that are bound already.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    bound: usize,
}

impl Condition {
    /// The condition of `filter`, whose first value is bound as number `bound` + 1; no filter holds always.
    pub(super) fn of(filter: Option<&Filter>, bound: usize) -> Self {
        let mut condition = Self { sql: String::new(), values: Vec::new(), bound };
        match filter {
            Some(filter) => condition.push(filter),
            None => condition.sql.push_str("TRUE"),
        }
        condition
    }

    /// Binds a value; gives its place.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
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
            Field::Document => self.plain("d.id", test),
            Field::Owner => self.plain("d.owner", test),
            Field::Title => self.plain("d.title", test),
            Field::Name => self.plain("d.name", test),
            Field::MediaType => self.plain("d.media_type", test),
            Field::Version => self.plain("d.version", test),
            Field::CreatedAt => self.plain("d.created_at", &in_millis(test)),
            Field::UpdatedAt => self.plain("d.updated_at", &in_millis(test)),
            Field::Collection => self.collection(test),
            Field::Metadata(path) => self.metadata(path, test),
        }
    }

    /// A comparison with a value that is one, whose kinds are kept apart: a number is never less than a text.
    fn plain(&mut self, place: &str, test: &Test) -> String {
        match test {
            Test::Equal(value) => format!("{place} IS {}", self.bind(bound(value))),
            Test::NotEqual(value) => format!("{place} IS NOT {}", self.bind(bound(value))),
            Test::Less(value) => self.ordered(place, "<", value),
            Test::AtMost(value) => self.ordered(place, "<=", value),
            Test::Greater(value) => self.ordered(place, ">", value),
            Test::AtLeast(value) => self.ordered(place, ">=", value),
            Test::In(values) => format!("{place} IN ({})", self.list(values)),
            Test::NotIn(values) => format!("({place} IS NULL OR {place} NOT IN ({}))", self.list(values)),
            Test::Contains(values) => match &values[..] {
                [Scalar::Text(text)] => format!("instr({place}, {}) > 0", self.bind(text.clone())),
                _ => "FALSE".to_owned(),
            },
        }
    }

    fn ordered(&mut self, place: &str, sign: &str, value: &Scalar) -> String {
        let kinds = match value {
            Scalar::Text(_) => "('text')",
            _ => "('integer', 'real')",
        };
        format!("(typeof({place}) IN {kinds} AND {place} {sign} {})", self.bind(bound(value)))
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
        format!(
            "EXISTS (SELECT 1 FROM placements fp JOIN collections fk ON fk.no = fp.collection
             WHERE fp.document = d.no AND fk.id IN ({}) AND (?2 OR EXISTS (
               SELECT 1 FROM members fm WHERE fm.collection = fk.no AND fm.account = ?1)))",
            self.list(values)
        )
    }

    fn metadata(&mut self, path: &[String], test: &Test) -> String {
        let written: String = path.iter().map(|part| format!(".\"{part}\"")).collect();
        let at = self.bind(format!("${written}"));
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
            test => self.plain(&place, test),
        }
    }
}

fn bound(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(is) => Value::Integer((*is).into()),
        Scalar::Number(number) => Value::Real(*number),
        Scalar::Text(text) => Value::Text(text.clone()),
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
