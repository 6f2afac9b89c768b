//! A browser signs in to a host that a proxy guards, and out again.

use doorward_testkit::{Answer, Call, SignedIn, TestApp};
use url::Url;

use super::{asks, asks_about, start, status};

const ATTEMPT: &str = "__Host-doorward-attempt";
const LOGIN: &str = "__Host-doorward-login";

/// A browser opens a page of the host.
fn opens(app: &TestApp, target: &str) -> Call {
    asks(app, target).header("accept", "text/html,*/*").header("sec-fetch-mode", "navigate")
}

fn with(call: Call, name: &str, value: &str) -> Call {
    call.header("cookie", &format!("{name}={value}"))
}

/// Where an answer sends the browser: the path there.
fn way(answer: &Answer) -> (String, String) {
    assert_eq!(status(answer), 303, "{}", answer.text());
    let url: Url = answer.header("location").parse().unwrap();
    let path = &url[url::Position::BeforePath..];
    (url.origin().ascii_serialization(), path.to_owned())
}

fn cookie(answer: &Answer, name: &str) -> String {
    let line = answer.set_cookie(name);
    assert!(line.contains("Secure") && line.contains("HttpOnly") && line.contains("Path=/"), "{line}");
    line.split_once('=').unwrap().1.split(';').next().unwrap().to_owned()
}

/// A browser on its way back: what it kept, and where it was sent.
async fn sent_back(app: &TestApp, ada: &SignedIn, page: &str) -> (String, String) {
    let away = opens(app, page).await;
    let (origin, authorize) = way(&away);
    assert_eq!(origin, "https://auth.example");
    let back = app.get(&authorize).cookie(&ada.cookie).await;
    let (origin, callback) = way(&back);
    assert_eq!(origin, "https://wiki.example");
    (cookie(&away, ATTEMPT), callback)
}

async fn signed_in(app: &TestApp, ada: &SignedIn) -> String {
    let (attempt, callback) = sent_back(app, ada, "/page").await;
    cookie(&with(opens(app, &callback), ATTEMPT, &attempt).await, LOGIN)
}

#[tokio::test]
async fn a_browser_is_sent_to_sign_in_and_comes_back_to_its_page() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let (attempt, callback) = sent_back(&app, &ada, "/page?x=1&y=%2F").await;

    let entered = with(opens(&app, &callback), ATTEMPT, &attempt).await;

    assert_eq!(way(&entered), ("https://wiki.example".to_owned(), "/page?x=1&y=%2F".to_owned()));
    let login = cookie(&entered, LOGIN);
    let page = with(opens(&app, "/page?x=1"), LOGIN, &login).await.expect(200);
    assert!(!page.header("remote-id").is_empty());
    let sessions = app.get("/api/v1/sessions").bearer(&ada.access).await.json();
    assert_eq!(sessions.as_array().unwrap().len(), 2, "listed like others: {sessions}");
}

#[tokio::test]
async fn somebody_without_a_session_sees_the_page_that_asks_for_it() {
    let app = start("").await;
    let away = opens(&app, "/").await;

    let page = app.get(&way(&away).1).await.expect(200);

    assert!(page.text().contains("name=\"password\""), "{}", page.text());
}

#[tokio::test]
async fn a_code_is_good_once_for_the_browser_that_was_sent_away() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let (attempt, callback) = sent_back(&app, &ada, "/page").await;
    let other = cookie(&opens(&app, "/").await, ATTEMPT);

    assert_eq!(status(&opens(&app, &callback).await), 403, "somebody else's code was put under a browser");
    assert_eq!(status(&with(opens(&app, &callback), ATTEMPT, &other).await), 403);
    let entered = with(opens(&app, &callback), ATTEMPT, &attempt).await;
    let again = with(opens(&app, &callback), ATTEMPT, &attempt).await;

    let login = cookie(&entered, LOGIN);
    assert_eq!(status(&again), 303, "a page that is loaded anew");
    assert!(again.headers.get("set-cookie").is_none(), "nothing is given twice");
    assert_eq!(status(&with(opens(&app, "/page"), LOGIN, &login).await), 200);
}

#[tokio::test]
async fn a_code_is_over_after_a_minute() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let (attempt, callback) = sent_back(&app, &ada, "/page").await;

    app.clock.advance(doorward_core::Ttl::from_seconds(60));

    assert_eq!(status(&with(opens(&app, &callback), ATTEMPT, &attempt).await), 403);
}

#[tokio::test]
async fn the_login_of_a_host_opens_nothing_else() {
    let more = "[forward_auth.\"board.example\"]\nrules = [{ path = \"/*\", flow = \"session\" }]";
    let app = start(more).await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let login = signed_in(&app, &ada).await;

    let board = with(asks_about(&app, "GET", "board.example", "/"), LOGIN, &login).await;
    assert_eq!(status(&board), 401, "another host");
    assert_eq!(status(&app.get("/api/v1/session").cookie(&login).await), 401, "this server's API");
    assert_eq!(status(&with(asks(&app, "/page"), LOGIN, &ada.cookie).await), 401, "nor the other way round");
}

#[tokio::test]
async fn an_ended_session_is_refused_by_the_next_request() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let login = signed_in(&app, &ada).await;
    assert_eq!(status(&with(asks(&app, "/page"), LOGIN, &login).await), 200);

    app.post("/api/v1/logout/everywhere").bearer(&ada.access).await.expect(204);

    assert_eq!(status(&with(asks(&app, "/page"), LOGIN, &login).await), 401);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_no_other_site_can_do_it() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let login = signed_in(&app, &ada).await;
    let leave = || with(opens(&app, "/.doorward/sign-out"), LOGIN, &login);

    assert_eq!(status(&leave().header("sec-fetch-site", "cross-site").await), 403);
    let left = leave().header("sec-fetch-site", "same-origin").await;

    let (origin, path) = way(&left);
    assert_eq!(
        (&*origin, status(&with(asks(&app, "/page"), LOGIN, &login).await)),
        ("https://auth.example", 401)
    );
    assert!(left.set_cookie(LOGIN).contains("Max-Age=0"));
    let page = app.get(&path).cookie(&ada.cookie).await.expect(200);
    assert!(page.text().contains("<form"), "whether to sign out here, too: {}", page.text());
}

#[tokio::test]
async fn a_page_of_another_site_borrows_no_login() {
    let app = start("").await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let login = signed_in(&app, &ada).await;
    let sent = |method: &str, lines: &[(&str, &str)]| {
        let call = with(asks_about(&app, method, "wiki.example", "/page"), LOGIN, &login);
        lines.iter().fold(call, |call, (name, value)| call.header(name, value))
    };
    let socket = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");

    for (method, lines, expected) in [
        ("POST", &[("origin", "https://wiki.example")][..], 200),
        ("POST", &[("origin", "https://board.example"), ("sec-fetch-site", "same-site")], 200),
        ("POST", &[("origin", "https://evil.example")], 401),
        ("POST", &[("origin", "https://evil.wiki.example"), ("sec-fetch-site", "same-site")], 401),
        ("GET", &[("origin", "https://evil.example"), socket], 401),
        ("GET", &[("origin", "https://wiki.example"), socket], 200),
        ("GET", &[("sec-fetch-site", "cross-site")], 200),
        ("HEAD", &[], 200),
    ] {
        assert_eq!(status(&sent(method, lines).await), expected, "{method} {lines:?}");
    }
}

#[tokio::test]
async fn what_shows_no_page_is_not_sent_to_sign_in() {
    let app = start("").await;

    let fetched = asks(&app, "/page").header("accept", "text/html").header("sec-fetch-mode", "cors").await;
    let posted = asks_about(&app, "POST", "wiki.example", "/page").header("sec-fetch-mode", "navigate").await;

    assert_eq!((status(&fetched), status(&posted)), (401, 401));
}
