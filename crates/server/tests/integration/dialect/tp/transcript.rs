//! Conversations that are kept word by word, in `transcripts/`.
//!
//! A conversation is a list of steps, each begun by `### ` and a sentence: a request as it goes over the wire, a line
//! `HTTP <status>`, and those headers and the JSON that have to come back. `<name>` in an answer stands for any text and is
//! kept; `{{name}}` in a request is what was kept. `@wait 60s` turns the clock.

use std::collections::HashMap;

use doorward_core::Ttl;
use doorward_testkit::{Answer, TestApp};
use http::Method;
use serde_json::Value;

use super::with;

const SCOPES: (&str, &str) = ("AUTH_SCOPES", r#"{"read": "Read Access", "write": "Write Access"}"#);

#[tokio::test]
async fn logins_go_as_they_are_written() {
    play(&with(&[SCOPES]).await, include_str!("transcripts/login.http")).await;
}

#[tokio::test]
async fn fresh_tokens_are_given_as_they_are_written() {
    play(&with(&[SCOPES]).await, include_str!("transcripts/refresh.http")).await;
}

#[tokio::test]
async fn forms_that_are_wrong_are_refused_as_it_is_written() {
    play(&with(&[SCOPES]).await, include_str!("transcripts/forms.http")).await;
}

async fn play(app: &TestApp, conversation: &str) {
    let mut kept = HashMap::new();
    let steps: Vec<&str> = conversation.split("### ").skip(1).collect();
    assert!(steps.len() > 3, "there is a conversation");
    for step in steps {
        let (title, step) = step.split_once('\n').unwrap();
        let step = kept.iter().fold(step.to_owned(), |text, (name, value): (&String, &String)| {
            text.replace(&format!("{{{{{name}}}}}"), value)
        });
        let (request, expected) = step.split_once("\nHTTP ").expect("a step has an answer");
        let answer = send(app, request).await;
        check(title, expected, &answer, &mut kept);
    }
}

async fn send(app: &TestApp, request: &str) -> Answer {
    let mut lines = request.trim_start().lines();
    let mut first = lines.next().unwrap();
    if let Some(wait) = first.strip_prefix("@wait ") {
        let seconds = wait.strip_suffix('s').unwrap().parse().unwrap();
        app.clock.advance(Ttl::from_seconds(seconds));
        first = lines.next().unwrap();
    }
    let (method, target) = first.split_once(' ').unwrap();
    let mut call = app.call(method.parse::<Method>().unwrap(), target);
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        call = call.header(name, value);
    }
    let body = lines.collect::<Vec<_>>().join("\n");
    match (request.lines().find_map(|line| line.strip_prefix("content-type: ")), body.trim_end()) {
        (Some(kind), body) if kind.starts_with("multipart") => {
            call.body(kind, body.replace('\n', "\r\n") + "\r\n")
        }
        (Some(kind), body) => call.body(kind, body.to_owned()),
        (None, _) => call,
    }
    .await
}

fn check(title: &str, expected: &str, answer: &Answer, kept: &mut HashMap<String, String>) {
    let (head, body) = expected.split_once("\n\n").unwrap_or((expected, ""));
    let mut lines = head.lines();
    assert_eq!(lines.next().unwrap().trim(), answer.status.as_str(), "{title}: {}", answer.text());
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        assert_eq!(answer.header(name), value, "{title}: {name}");
    }
    if !body.trim().is_empty() {
        let expected: Value = serde_json::from_str(body).unwrap_or_else(|fault| panic!("{title}: {fault}"));
        alike(title, &expected, &answer.json(), kept);
    }
}

/// Holds `found` against `expected`, and keeps what has a name.
fn alike(title: &str, expected: &Value, found: &Value, kept: &mut HashMap<String, String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(expected), names(found), "{title}");
            expected.iter().for_each(|(name, value)| alike(title, value, &found[name], kept));
        }
        (Value::String(name), Value::String(value)) if name.starts_with('<') && name.ends_with('>') => {
            kept.insert(name[1..name.len() - 1].to_owned(), value.clone());
        }
        _ => assert_eq!(expected, found, "{title}"),
    }
}
