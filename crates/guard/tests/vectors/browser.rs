//! Makes requests out of their descriptions, and keeps cookies between them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::Full;
use serde_json::Value;

/// Cookies by name.
#[derive(Clone, Default)]
pub(crate) struct Jar(pub(crate) BTreeMap<String, String>);

impl Jar {
    /// Takes over what an answer sets and removes.
    pub(crate) fn take(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0")) {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn line(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Pairs as `application/x-www-form-urlencoded`.
pub(crate) fn encoded(pairs: &Value) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    let text_of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match pairs {
        Value::Array(pairs) => pairs.iter().for_each(|pair| {
            text.append_pair(&text_of(&pair[0]), &text_of(&pair[1]));
        }),
        Value::Object(pairs) => pairs.iter().for_each(|(name, value)| {
            text.append_pair(name, &text_of(value));
        }),
        _ => {}
    }
    text.finish()
}

/// The request that `described` tells of, with the cookies of `jar` besides its own.
pub(crate) fn request(described: &Value, jar: &Jar) -> Result<Request<Full<Bytes>>, String> {
    let path = described["path"].as_str().ok_or("a request without path")?;
    let query = encoded(&described["query"]);
    let uri = match (query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, false) => format!("{path}?{query}"),
        (false, true) => format!("{path}&{query}"),
    };
    let mut built = Request::builder().method(described["method"].as_str().unwrap_or("GET")).uri(uri);
    let mut has_host = false;
    for (name, value) in header_lines(described) {
        has_host |= name.eq_ignore_ascii_case("host");
        built = built.header(name, value);
    }
    if !has_host {
        built = built.header(header::HOST, "app.example");
    }
    let mut jar = jar.clone();
    for (name, value) in described["cookies"].as_object().into_iter().flatten() {
        jar.0.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    if let Some(line) = jar.line() {
        built = built.header(header::COOKIE, line);
    }
    let body = if described["form"].is_null() {
        match &described["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        }
    } else {
        if !built.headers_ref().is_some_and(|headers| headers.contains_key(header::CONTENT_TYPE)) {
            built = built.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        encoded(&described["form"])
    };
    built.body(Full::from(body)).map_err(|fault| format!("no request: {fault}"))
}

fn header_lines(described: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, value) in described["headers"].as_object().into_iter().flatten() {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        lines.extend(values.iter().filter_map(Value::as_str).map(|value| (name.clone(), value.to_owned())));
    }
    for pair in described["header_list"].as_array().into_iter().flatten() {
        let text = |index: usize| pair[index].as_str().unwrap_or_default().to_owned();
        lines.push((text(0), text(1)));
    }
    lines
}
