//! The few pages that the desk shows by itself: the choice among providers, and why a login did not work.
//!
//! They have no script, load nothing, and cannot be framed. Invariant: what comes from outside is escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}\
    a{display:block;margin:.5rem 0;padding:.75rem 1rem;border:1px solid;border-radius:.5rem;text-decoration:none}";

/// The choice among several ways to log in: labels and addresses.
pub(crate) fn chooser(ways: &[(String, String)]) -> Response<Bytes> {
    let links: String = ways
        .iter()
        .map(|(label, address)| format!("<a href=\"{}\">{}</a>", escaped(address), escaped(label)))
        .collect();
    let body = format!("<h1>Log in</h1>{links}");
    page(StatusCode::MULTIPLE_CHOICES, "Log in", &body)
}

/// Why there is no login: a page for browsers, a problem document (RFC 9457) for everything else.
pub(crate) fn refused(headers: &HeaderMap, status: StatusCode, title: &str, detail: &str) -> Response<Bytes> {
    let accepts = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        let body =
            format!("<h1>{}</h1><p>{}<p><a href=\"/\">To the start</a>", escaped(title), escaped(detail));
        return page(status, title, &body);
    }
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail });
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_TYPE, "application/problem+json");
    quiet(&mut answer);
    answer
}

/// 303: whatever the method was, the browser gets the next page with `GET` (RFC 9700 §4.12).
pub(crate) fn redirect(location: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    match HeaderValue::try_from(location) {
        Ok(location) => drop(answer.headers_mut().insert(LOCATION, location)),
        // Addresses are made of plain letters; one that is not leads nowhere.
        Err(_) => *answer.status_mut() = StatusCode::BAD_GATEWAY,
    }
    quiet(&mut answer);
    answer
}

/// Adds `Set-Cookie` lines.
pub(crate) fn with_cookies(
    mut answer: Response<Bytes>,
    cookies: impl IntoIterator<Item = HeaderValue>,
) -> Response<Bytes> {
    for cookie in cookies {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// Neither caches nor the next page learn of it.
pub(crate) fn quiet(answer: &mut Response<Bytes>) {
    set(answer, CACHE_CONTROL, "no-store");
    set(answer, REFERRER_POLICY, "no-referrer");
}

fn page(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title><style>{STYLE}</style>{body}</html>",
        escaped(title)
    );
    let mut answer = Response::new(Bytes::from(html));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_TYPE, "text/html; charset=utf-8");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    set(&mut answer, http::header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    quiet(&mut answer);
    answer
}

fn set(answer: &mut Response<Bytes>, name: HeaderName, value: &'static str) {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_addresses_are_escaped() {
        let ways = [("<b>".to_owned(), "https://idp.example/?a=1&b=\"".to_owned())];

        let answer = chooser(&ways);

        let html = std::str::from_utf8(answer.body()).unwrap();
        assert!(html.contains("<a href=\"https://idp.example/?a=1&amp;b=&quot;\">&lt;b&gt;</a>"), "{html}");
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}
