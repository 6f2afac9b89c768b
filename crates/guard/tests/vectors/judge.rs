//! Compares what was seen with what a case expects.

use serde_json::Value;

use crate::Verdict;

/// `Ok` if `holds`, else what `why` says.
pub(crate) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(why()) }
}

/// `Ok` if both are equal.
pub(crate) fn equal(what: &str, seen: &Value, wanted: &Value) -> Verdict {
    ensure(seen == wanted, || format!("{what} is {seen}, not {wanted}"))
}

/// Judges every member of an expectation; `judge` gives `None` for a member it does not know.
pub(crate) fn each_member(expect: &Value, mut judge: impl FnMut(&str, &Value) -> Option<Verdict>) -> Verdict {
    let members = expect.as_object().ok_or("no expectation")?;
    for (name, wanted) in members {
        // Words for people.
        if ["note", "or", "www_authenticate_raw_example"].contains(&&**name) {
            continue;
        }
        judge(name, wanted).unwrap_or_else(|| Err(format!("the expectation `{name}` cannot be judged")))?;
    }
    Ok(())
}

/// Whether `seen` is `wanted`: the same number, or one of a list.
pub(crate) fn is_status(seen: u16, wanted: &Value) -> bool {
    match wanted {
        Value::Array(allowed) => allowed.iter().any(|wanted| is_status(seen, wanted)),
        wanted => wanted.as_u64() == Some(seen.into()),
    }
}

/// The texts of a list, or of one text.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// The texts, each once, sorted.
pub(crate) fn set(value: &Value) -> Vec<&str> {
    let mut all = texts(value);
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a text is what is wanted: the text, or one that a pattern `{re}` describes.
pub(crate) fn is_text(seen: Option<&str>, wanted: &Value) -> bool {
    match (seen, wanted.get("re").and_then(Value::as_str)) {
        (Some(seen), Some(pattern)) => regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(seen)),
        (seen, None) => seen == wanted.as_str(),
        (None, Some(_)) => false,
    }
}

/// Whether all that is in `wanted` is in `seen` as well. Lists have to be equal; scopes in any order, as a list or a text.
pub(crate) fn holds_all(seen: &Value, wanted: &Value) -> bool {
    match (seen, wanted) {
        (Value::Object(seen), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| match (seen.get(key), &**key) {
                (Some(seen), "scopes" | "scope") => words(seen) == words(wanted),
                (Some(seen), _) => holds_all(seen, wanted),
                (None, _) => false,
            })
        }
        (Value::String(text), Value::Object(pattern)) if pattern.contains_key("re") => {
            is_text(Some(text), wanted)
        }
        (seen, wanted) => seen == wanted,
    }
}

fn words(value: &Value) -> Vec<&str> {
    let mut words: Vec<&str> = texts(value).into_iter().flat_map(str::split_ascii_whitespace).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// `Ok` if all that is in `wanted` is in `seen`.
pub(crate) fn subset(what: &str, seen: &Value, wanted: &Value) -> Verdict {
    ensure(holds_all(seen, wanted), || format!("{what} is {seen}, which lacks something of {wanted}"))
}
