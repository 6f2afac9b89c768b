//! The caller's address, through the listed proxies and no others.

use doorward_testkit::{Call, PASSWORD, TestApp, assert_problem};

async fn behind_proxies() -> TestApp {
    let app = TestApp::with(|plan| plan.http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]).await;
    app.user("ada").registered().await;
    app
}

/// The address that the session of this login was opened from.
async fn seen(app: &TestApp, login: Call) -> String {
    let login = doorward_testkit::SignedIn::read(&login.await.expect(200));
    let sessions = app.get("/api/v1/sessions").bearer(&login.access).await.json();
    let current = sessions.as_array().unwrap().iter().find(|session| session["is_current"] == true).cloned();
    current.unwrap()["address"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stranger_who_claims_another_address_is_not_believed() {
    let app = behind_proxies().await;

    let login = app.login("ada", PASSWORD).from("192.0.2.7").header("x-forwarded-for", "198.51.100.1");

    assert_eq!(seen(&app, login).await, "192.0.2.7");
}

#[tokio::test]
async fn a_listed_proxy_is_believed_as_far_as_the_first_stranger() {
    let app = behind_proxies().await;

    for (forwarded, expected) in [
        (&["198.51.100.1"][..], "198.51.100.1"),
        (&["203.0.113.1, 198.51.100.1"], "198.51.100.1"),
        (&["junk, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        (&["203.0.113.1", "198.51.100.1"], "198.51.100.1"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["::ffff:198.51.100.1"], "198.51.100.1"),
        (&[], "10.0.0.1"),
    ] {
        let login = app.login("ada", PASSWORD).from("10.0.0.1");
        let login = forwarded.iter().fold(login, |login, line| login.header("x-forwarded-for", line));

        assert_eq!(seen(&app, login).await, expected, "{forwarded:?}");
    }
}

#[tokio::test]
async fn junk_from_a_proxy_is_refused_and_not_passed_over() {
    let app = behind_proxies().await;

    for junk in
        ["", "unknown", "198.51.100.1, junk", "198.51.100.1,", "198.51.100.1:80", "_hidden", "198.51.100.256"]
    {
        let answer = app.login("ada", PASSWORD).from("10.0.0.1").header("x-forwarded-for", junk).await;

        assert_problem!(answer, 400, "malformed_parameter");
    }
}

#[tokio::test]
async fn other_headers_about_addresses_are_not_read() {
    let app = behind_proxies().await;

    for name in
        ["forwarded", "x-real-ip", "client-ip", "true-client-ip", "cf-connecting-ip", "x_forwarded_for"]
    {
        let login = app.login("ada", PASSWORD).from("10.0.0.1").header(name, "for=198.51.100.1");

        assert_eq!(seen(&app, login).await, "10.0.0.1", "{name}");
    }
}
