//! Conversations of clients of AuthX, replayed: every route once at least.

use std::collections::BTreeMap;

use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Answer, TestApp};

use super::with;

const TRANSCRIPT: &str = include_str!("transcript.http");
const ADMINISTRATORS: &str = include_str!("administrators.http");

/// One request and what has to come back.
struct Exchange<'a> {
    sent: Vec<&'a str>,
    expected: Vec<&'a str>,
}

fn exchanges(transcript: &'static str) -> Vec<Exchange<'static>> {
    let lines_of = |block: &'static str, mark: &str| -> Vec<&'static str> {
        block.lines().filter_map(|line| line.strip_prefix(mark)).map(str::trim).collect()
    };
    transcript
        .split("\n\n")
        .map(|block| Exchange { sent: lines_of(block, "> "), expected: lines_of(block, "< ") })
        .filter(|exchange| !exchange.sent.is_empty())
        .collect()
}

#[tokio::test]
async fn a_client_of_authx_hears_what_it_expects() {
    play(TRANSCRIPT).await;
}

#[tokio::test]
async fn an_administrator_of_authx_hears_what_they_expect() {
    play(ADMINISTRATORS).await;
}

#[test]
fn the_conversations_take_every_route_of_the_table() {
    let tables = [
        include_str!("../../../../src/dialect/authx/mod.rs"),
        include_str!("../../../../src/dialect/authx/admin/mod.rs"),
    ];
    let rows = tables.iter().flat_map(|table| table.split(".route(\"").skip(1));
    let routes: Vec<(&str, &str)> = rows
        .flat_map(|row| {
            let (path, answers) = row.split_once('"').unwrap();
            let answers = answers.lines().next().unwrap();
            let methods = ["GET", "POST", "PUT", "DELETE"].into_iter();
            methods
                .filter(|method| answers.contains(&format!("{}(", method.to_lowercase())))
                .map(move |of| (of, path))
        })
        .collect();
    assert!(routes.len() >= 24, "the tables are read: {routes:?}");
    let all: Vec<_> = [TRANSCRIPT, ADMINISTRATORS].into_iter().flat_map(exchanges).collect();
    let asked = |(method, path): (&str, &str)| {
        all.iter().any(|exchange| {
            let mut words = exchange.sent[0].split([' ', '?']);
            words.next() == Some(method) && goes_to(words.next().unwrap_or_default(), path)
        })
    };

    let missing: Vec<_> = routes.into_iter().filter(|route| !asked(*route)).collect();

    assert!(missing.is_empty(), "no conversation takes {missing:?}");
}

/// Whether a request to `target` is one to `path`, in which names stand for any part.
fn goes_to(target: &str, path: &str) -> bool {
    let (target, path): (Vec<_>, Vec<_>) = (
        target.trim_start_matches('/').split('/').collect(),
        path.trim_start_matches('/').split('/').collect(),
    );
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let fits = |(word, part): (&&str, &&str)| {
        word == part || (part.starts_with('{') && (word.is_empty() || !is_word(word)))
    };
    target.len() == path.len() && target.iter().zip(&path).all(fits)
}

async fn play(transcript: &'static str) {
    let app = with(|plan| {
        let dialect = &mut plan.http.dialects.authx;
        (dialect.access_cookie, dialect.refresh_cookie) = ("access_c".into(), "refresh_c".into());
        dialect.unknown_login = 404;
        plan.rules.tokens.access_ttl = Ttl::from_minutes(6 * 60);
        plan.rules.limits.mail_per_address = Quota { burst: 2, refill: Ttl::from_minutes(30) };
    })
    .await;
    let mut cookies = BTreeMap::new();
    app.superuser().await;
    let exchanges = exchanges(transcript);
    assert!(exchanges.len() >= 25);

    for Exchange { sent, expected } in exchanges {
        let answer = send(&app, &cookies, &sent).await;

        let (status, body) = expected[0].split_once(' ').unwrap();
        let heard = format!("{} {}", answer.status.as_u16(), answer.text());
        assert!(is_like(&heard, &format!("{status} {body}")), "{sent:?}: {heard}");
        let is_challenged = !answer.header("www-authenticate").is_empty();
        assert_eq!(is_challenged, status == "401", "{sent:?}");
        assert!(status != "429" || !answer.header("retry-after").is_empty(), "{sent:?}");
        check_cookies(&answer, &expected[1..], &mut cookies);
    }
}

/// Sends what `sent` says, with the cookies so far or its own.
async fn send(app: &TestApp, cookies: &BTreeMap<String, String>, sent: &[&str]) -> Answer {
    let mut filled: Vec<String> = Vec::new();
    for line in sent {
        filled.push(fill(app, cookies, line).await);
    }
    let mut words = filled[0].splitn(3, ' ');
    let (method, path, body) = (words.next().unwrap(), words.next().unwrap(), words.next());
    let call = app.call(method.parse().unwrap(), &format!("/api/users{path}"));
    let call = match body {
        Some(body) => call.body("application/json", body.to_owned()),
        None => call,
    };
    let all: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let own = filled.get(1).and_then(|line| line.strip_prefix("cookie: ")).map(str::to_owned);
    call.header("cookie", &own.unwrap_or_else(|| all.join("; "))).await
}

/// `line` with what stands for a cookie or a letter's token in its place.
async fn fill(app: &TestApp, cookies: &BTreeMap<String, String>, line: &str) -> String {
    let mut line = line.to_owned();
    for (name, value) in cookies {
        line = line.replace(&format!("{{{name}}}"), value);
    }
    for (name, prefix) in [("{confirm}", "dwv_"), ("{reset}", "dwp_")] {
        if line.contains(name) {
            let mails = app.mails().await;
            let letters = mails.iter().rev().filter(|mail| mail.text.contains("token="));
            let token = letters.map(|mail| mail.token()).find(|token| token.starts_with(prefix));
            line = line.replace(name, token.unwrap());
        }
    }
    line
}

fn check_cookies(answer: &Answer, expected: &[&str], cookies: &mut BTreeMap<String, String>) {
    let lines: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        let sorted = |line: &str| {
            let mut parts: Vec<_> = line.split("; ").map(str::to_owned).collect();
            parts[1..].iter_mut().for_each(|part| *part = part.to_lowercase());
            parts[1..].sort();
            parts.join("; ")
        };
        let expected = sorted(expected.strip_prefix("set-cookie: ").unwrap());
        assert!(is_like(&sorted(line), &expected), "{line} is not like {expected}");
        let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
        cookies.retain(|_, value| !value.is_empty());
    }
}

/// Whether `heard` is `expected`, in which `<jwt>`, `<token>`, `<number>`, `<time>` and `<words>` stand for any.
fn is_like(heard: &str, expected: &str) -> bool {
    let Some((before, rest)) = expected.split_once('<') else { return heard == expected };
    let Some((kind, rest)) = rest.split_once('>') else { return false };
    let Some(heard) = heard.strip_prefix(before) else { return false };
    let more = if matches!(kind, "time" | "words") { "-_.,: " } else { "-_." };
    let length =
        heard.find(|c: char| !(c.is_ascii_alphanumeric() || more.contains(c))).unwrap_or(heard.len());
    let (value, after) = heard.split_at(length);
    let is_right = match kind {
        "jwt" => value.split('.').filter(|part| !part.is_empty()).count() == 3,
        "token" => value.len() >= 32,
        "number" => value.parse::<u64>().is_ok(),
        "time" => value.contains(", ") && value.contains(':'),
        "words" => value.contains(' '),
        _ => false,
    };
    is_right && is_like(after, rest)
}
