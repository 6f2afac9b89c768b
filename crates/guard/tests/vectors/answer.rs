//! An answer, and the members of an expectation that speak of one.

use http::HeaderMap;
use serde_json::{Value, json};

use crate::Verdict;
use crate::app::{App, Reached};
use crate::judge::{each_member, ensure, equal, is_status, is_text, set, subset, texts};

/// What came back for a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// What the handler saw, if it was reached.
    pub(crate) reached: Option<Reached>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All challenges, in order, with lower-case names.
    fn challenges(&self) -> Value {
        // A realm may be any text.
        let lines = self.headers.get_all("www-authenticate").iter();
        let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        Value::Array(lines.flat_map(|line| challenges(&line)).collect())
    }

    /// Where the browser is sent.
    pub(crate) fn location(&self) -> Option<url::Url> {
        let base = url::Url::parse("https://app.example").expect("an address");
        base.join(self.header("location")?).ok()
    }

    pub(crate) fn location_parameter(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        let mut values = location.query_pairs().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.into_owned())
    }

    /// Judges the whole expectation.
    pub(crate) fn judge(&self, expect: &Value, app: &App) -> Verdict {
        each_member(expect, |name, wanted| self.judge_member(name, wanted, app)).map_err(|why| {
            format!("{why} (answer {} {:?})", self.status, self.body.chars().take(160).collect::<String>())
        })
    }

    /// Judges one member; `None` if it does not speak of an answer.
    pub(crate) fn judge_member(&self, name: &str, wanted: &Value, app: &App) -> Option<Verdict> {
        Some(match name {
            "passes" => equal("whether the handler was reached", &json!(self.reached.is_some()), wanted),
            "status" => ensure(is_status(self.status, wanted), || {
                format!("the status is {}, not {wanted}", self.status)
            }),
            "status_not" => {
                ensure(!is_status(self.status, wanted), || format!("the status is {}", self.status))
            }
            "www_authenticate" => equal("the challenge", &self.challenges(), &lowered(wanted)),
            "headers" => self.headers_are(wanted),
            "headers_contain" => self.headers_contain(wanted),
            "body" => equal("the body", &json!(self.body), wanted),
            "body_lacks" => self.body_lacks(wanted),
            "any_of" => self.any_of(wanted, app),
            "location" => self.location_is(wanted),
            "location_origin" => self.origin_is_one_of(wanted),
            "location_absent_params" => self.location_lacks(wanted),
            "no_header_injection" => {
                let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
                let is_whole = !self.headers.values().any(|value| value.as_bytes().iter().any(is_break));
                equal("whether headers are whole", &json!(is_whole), wanted)
            }
            "problem_title" => self.problem_tells(wanted),
            "session_after" => self.session_after(wanted, app),
            "scopes" | "user_info" | "user_absent" | "absent" | "handler_sees_form" => match &self.reached {
                Some(reached) => reached.judge(name, wanted),
                None if name == "user_absent" || name == "absent" => Ok(()),
                None => Err(format!("the handler was not reached, and so has no {name}")),
            },
            _ => return None,
        })
    }

    fn headers_are(&self, wanted: &Value) -> Verdict {
        for (name, wanted) in wanted.as_object().ok_or("no headers are named")? {
            let seen = self.header(name);
            ensure(is_text(seen, wanted), || format!("{name} is {seen:?}, not {wanted}"))?;
        }
        Ok(())
    }

    fn headers_contain(&self, wanted: &Value) -> Verdict {
        for (name, part) in wanted.as_object().ok_or("no headers are named")? {
            let lines: Vec<&str> =
                self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            for part in texts(part) {
                let has =
                    lines.iter().any(|line| line.to_ascii_lowercase().contains(&part.to_ascii_lowercase()));
                ensure(has, || format!("{name} is {lines:?}, without {part:?}"))?;
            }
        }
        Ok(())
    }

    fn body_lacks(&self, wanted: &Value) -> Verdict {
        for text in texts(wanted) {
            ensure(!self.body.contains(text), || format!("the body has {text:?}"))?;
        }
        Ok(())
    }

    fn any_of(&self, wanted: &Value, app: &App) -> Verdict {
        let choices = wanted.as_array().ok_or("no choices")?;
        let faults: Vec<String> = choices.iter().filter_map(|choice| self.judge(choice, app).err()).collect();
        ensure(faults.len() < choices.len(), || faults.join("; "))
    }

    fn location_is(&self, wanted: &Value) -> Verdict {
        let location = self.location().ok_or("there is no Location")?;
        if wanted.is_string() || wanted.get("re").is_some() {
            let seen = self.header("location").unwrap_or_default();
            let whole = location.as_str().trim_end_matches('/');
            let is_wanted = is_text(Some(seen), wanted)
                || wanted.as_str().map(|text| text.trim_end_matches('/')) == Some(whole);
            return ensure(is_wanted, || format!("Location is {seen}, not {wanted}"));
        }
        if let Some(base) = wanted["base"].as_str() {
            let mut seen = location.clone();
            seen.set_query(None);
            ensure(seen.as_str() == base, || format!("Location leads to {seen}, not {base}"))?;
        }
        for (name, wanted) in wanted["params"].as_object().into_iter().flatten() {
            let seen = self.location_parameter(name);
            ensure(is_text(seen.as_deref(), wanted), || format!("{name} is {seen:?}, not {wanted}"))?;
            let count = location.query_pairs().filter(|(key, _)| key == name).count();
            ensure(count == 1, || format!("{name} is there {count} times"))?;
        }
        Ok(())
    }

    fn origin_is_one_of(&self, wanted: &Value) -> Verdict {
        let Some(line) = self.header("location") else { return Ok(()) };
        let is_relative = line.starts_with('/') && !line.starts_with("//") && !line.contains('\\');
        let origin = if is_relative {
            "relative".to_owned()
        } else {
            url::Url::parse(line).map_or_else(|_| "none".to_owned(), |url| url.origin().ascii_serialization())
        };
        ensure(texts(wanted).contains(&&*origin), || format!("Location is {line}"))
    }

    fn location_lacks(&self, wanted: &Value) -> Verdict {
        for name in texts(wanted) {
            ensure(self.location_parameter(name).is_none(), || format!("Location has {name}"))?;
        }
        Ok(())
    }

    /// A problem document whose title or code is the one wanted.
    fn problem_tells(&self, wanted: &Value) -> Verdict {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let is_told = ["title", "error", "code"].iter().any(|member| problem[*member] == *wanted);
        ensure(is_told, || format!("the problem is {problem}, not {wanted}"))
    }

    fn session_after(&self, wanted: &Value, app: &App) -> Verdict {
        for (guard, state) in wanted.as_object().ok_or("no guards are named")? {
            let seen = if app.world.sessions.has(app.session(), guard) { "present" } else { "absent" };
            ensure(state == seen, || format!("the session entry of {guard} is {seen}"))?;
        }
        Ok(())
    }
}

impl Reached {
    fn judge(&self, name: &str, wanted: &Value) -> Verdict {
        match name {
            "scopes" => {
                let seen = json!(self.scopes);
                ensure(set(&seen) == set(wanted), || format!("scopes are {seen}, not {wanted}"))
            }
            "user_info" => subset("the record", &json!(self.users), wanted),
            "user_absent" => {
                let there = texts(wanted).into_iter().find(|guard| self.users.contains_key(*guard));
                ensure(there.is_none(), || format!("{there:?} has a user"))
            }
            "absent" => {
                let has = |field: &&str| self.users.values().any(|user| user.get(*field).is_some());
                let there = texts(wanted).into_iter().find(has);
                ensure(there.is_none(), || format!("{there:?} is there"))
            }
            _ => {
                let pairs: Vec<(String, String)> =
                    url::form_urlencoded::parse(&self.body).into_owned().collect();
                equal("the form", &json!(pairs), wanted)
            }
        }
    }
}

/// The same challenges with lower-case names.
fn lowered(wanted: &Value) -> Value {
    let lower = |challenge: &Value| {
        let params = challenge["params"].as_object().into_iter().flatten();
        let params: serde_json::Map<String, Value> =
            params.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        json!({ "scheme": challenge["scheme"].as_str().unwrap_or_default().to_ascii_lowercase(), "params": params })
    };
    Value::Array(wanted.as_array().into_iter().flatten().map(lower).collect())
}

/// The challenges of one header line (RFC 9110 §11.6.1).
fn challenges(line: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=', ',']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if let Some(value) = after.trim_start().strip_prefix('=') {
            let (value, after) = parameter_value(value.trim_start());
            if let Some(challenge) = found.last_mut() {
                challenge["params"][word.to_ascii_lowercase()] = json!(value);
            }
            rest = after;
        } else {
            if !word.is_empty() {
                found.push(json!({ "scheme": word.to_ascii_lowercase(), "params": {} }));
            }
            rest = after;
        }
        rest = rest.trim_start_matches([' ', ',']);
    }
    found
}

/// A token or a quoted text, and what comes after it.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}
