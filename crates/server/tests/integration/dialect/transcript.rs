//! Transcripts of what clients send and are answered, replayed in process.
//!
//! A `.http` file has exchanges that are separated by lines with `###` and a title. An exchange is a request line, its headers, an
//! empty line and its body; then a line `HTTP` with the status, headers that have to be there, an empty line and the shape of the
//! JSON. In a shape
//!
//! - `"<text>"`, `"<id>"`, `"<time>"`, `"<number>"` and `"<flag>"` stand for any value of the kind,
//! - `"<text:name>"` also remembers it, and `{{name}}` is replaced by it in what follows,
//! - `"…": "…"` lets other members pass; without it an object has the members shown and no others.
//!
//! `{{token to ada@example.com}}` is the token in the youngest mail to the address.

use std::collections::BTreeMap;
use std::path::Path;

use doorward_testkit::TestApp;
use http::Method;
use serde_json::Value;

/// One request and what it is answered.
struct Exchange {
    title: String,
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    status: u16,
    answered: Vec<(String, String)>,
    shape: Option<Value>,
}

/// Replays the transcript in `file` from beginning to end.
pub(super) async fn replay(app: &TestApp, file: &str) {
    replay_with(app, file, BTreeMap::new()).await;
}

/// As [`replay`], with some names that are known from the start.
pub(super) async fn replay_with(app: &TestApp, file: &str, mut known: BTreeMap<String, String>) {
    let path = Path::new("tests/integration/dialect").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{file}: {fault}"));
    let mut exchanges = 0;
    for part in text.split("\n###").skip(1) {
        let part = filled(app, part, &known).await;
        exchange(app, &read(file, &part), &mut known).await;
        exchanges += 1;
    }
    assert!(exchanges > 0, "{file} has no exchange");
}

/// What is asked for in the transcript in `file`: methods and targets.
pub(super) fn requests(file: &str) -> Vec<(String, String)> {
    let path = Path::new("tests/integration/dialect").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{file}: {fault}"));
    let line = |part: &str| {
        let (method, target) = part.lines().nth(1)?.split_once(' ')?;
        Some((method.to_owned(), target.to_owned()))
    };
    text.split("\n###").skip(1).filter_map(line).collect()
}

/// `text` with every `{{name}}` replaced.
async fn filled(app: &TestApp, text: &str, known: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a name ends");
        filled.push_str(before);
        match name.strip_prefix("token to ") {
            Some(address) => filled.push_str(app.mail_to(address).await.token()),
            None => filled.push_str(known.get(name).unwrap_or_else(|| panic!("{name} is not known"))),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn read(file: &str, text: &str) -> Exchange {
    let (title, text) = text.split_once('\n').expect("a title");
    let title = format!("{file}: {}", title.trim());
    let (asked, answered) = text.split_once("\nHTTP ").unwrap_or_else(|| panic!("{title}: no answer"));
    let (head, body) = asked.trim_start().split_once("\n\n").unwrap_or((asked.trim(), ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let (answer, shape) = answered.split_once("\n\n").unwrap_or((answered, ""));
    let mut answer = answer.lines();
    let status = answer.next().and_then(|line| line.trim().parse().ok()).expect("a status");
    let shape = shape.trim();
    let shape = (!shape.is_empty())
        .then(|| serde_json::from_str(shape).unwrap_or_else(|fault| panic!("{title}: {fault}: {shape}")));
    Exchange {
        method: method.trim().parse().expect("a method"),
        target: target.trim().to_owned(),
        headers: lines.map(header).collect(),
        body: body.trim_end().to_owned(),
        status,
        answered: answer.filter(|line| !line.trim().is_empty()).map(header).collect(),
        shape,
        title,
    }
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line}"));
    (name.trim().to_ascii_lowercase(), value.trim().to_owned())
}

async fn exchange(app: &TestApp, exchange: &Exchange, known: &mut BTreeMap<String, String>) {
    let Exchange { title, method, target, headers, body, status, answered, shape } = exchange;
    let mut call = app.call(method.clone(), target);
    for (name, value) in headers.iter().filter(|(name, _)| name != "content-type") {
        call = call.header(name, value);
    }
    if let Some((_, media_type)) = headers.iter().find(|(name, _)| name == "content-type") {
        let is_in_parts = media_type.starts_with("multipart/");
        let body = if is_in_parts { format!("{}\r\n", body.replace('\n', "\r\n")) } else { body.clone() };
        call = call.body(media_type, body);
    }
    let answer = call.await;
    assert_eq!(answer.status.as_u16(), *status, "{title}: {}", answer.text());
    for (name, value) in answered {
        assert_eq!(answer.header(name), value, "{title}: {name}");
    }
    if let Some(shape) = shape {
        compare(title, "", shape, &answer.json(), known);
    }
}

/// Holds `value` against `shape`.
fn compare(title: &str, at: &str, shape: &Value, value: &Value, known: &mut BTreeMap<String, String>) {
    match (shape, value) {
        (Value::Object(shape), Value::Object(members)) => {
            for (name, part) in shape.iter().filter(|(name, _)| *name != "…") {
                let found = members.get(name).unwrap_or_else(|| panic!("{title}: {at}.{name} is missing"));
                compare(title, &format!("{at}.{name}"), part, found, known);
            }
            let other = members.keys().find(|name| !shape.contains_key(*name));
            assert!(other.is_none() || shape.contains_key("…"), "{title}: {at} has also {other:?}");
        }
        (Value::Array(shape), Value::Array(items)) => {
            assert_eq!(items.len(), shape.len(), "{title}: {at} is {value}");
            for (number, (part, item)) in shape.iter().zip(items).enumerate() {
                compare(title, &format!("{at}[{number}]"), part, item, known);
            }
        }
        (Value::String(text), _) if text.starts_with('<') && text.ends_with('>') => {
            let inner = text.trim_matches(['<', '>']);
            let (kind, name) = inner.split_once(':').map_or((inner, None), |(kind, name)| (kind, Some(name)));
            assert!(is_of(kind, value), "{title}: {at} is {value}, not {text}");
            if let (Some(name), Some(found)) = (name, value.as_str()) {
                known.insert(name.to_owned(), found.to_owned());
            }
        }
        _ => assert_eq!(value, shape, "{title}: {at}"),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match kind {
        "text" => !text.is_empty(),
        "id" => text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
        "time" => text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z'),
        "number" => value.is_number(),
        "flag" => value.is_boolean(),
        other => panic!("{other} is no kind"),
    }
}
