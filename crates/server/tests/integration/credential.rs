//! One credential per request, from one place.

use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn the_scheme_is_read_without_regard_to_case() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for scheme in ["Bearer", "bearer", "BEARER"] {
        let call = app.get("/api/v1/session").header("authorization", &format!("{scheme} {}", ada.access));

        assert_eq!(call.await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn a_credential_that_is_no_bearer_token_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    for value in ["", "Bearer", "Bearer ", "Basic YWRhOnB3", "Bearer a b", &ada.access, "Bearer \u{e9}"] {
        let answer = app.get("/api/v1/session").header("authorization", value).await;

        assert_problem!(answer, 401, "token_invalid");
    }
    for token in [&*ada.refresh, &ada.cookie, "a.b.c", "...", &"x".repeat(9_000)] {
        assert_problem!(app.get("/api/v1/session").bearer(token).await, 401, "token_invalid");
    }
}

#[tokio::test]
async fn a_changed_token_is_refused_wherever_it_was_changed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for at in (0..ada.access.len()).step_by(7) {
        let other = if ada.access.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &ada.access[..at], &ada.access[at + 1..]);

        assert_eq!(app.verdict(&changed).await, 401, "character {at}");
    }
    for cut in [0, 1, ada.access.len() / 2, ada.access.len() - 1] {
        assert_eq!(app.verdict(&ada.access[..cut]).await, 401, "the first {cut} characters");
    }
}

#[tokio::test]
async fn two_credentials_are_one_too_many() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    let twice = app.get("/api/v1/session").bearer(&ada.access).bearer(&ada.access).await;
    let two_cookies = app
        .get("/api/v1/session")
        .cookie(&ada.cookie)
        .header("cookie", &format!("__Host-doorward={}", ada.cookie))
        .await;

    assert_problem!(twice, 400, "malformed_parameter");
    assert_problem!(two_cookies, 400, "malformed_parameter");
}

#[tokio::test]
async fn a_token_in_the_query_is_not_read() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answer = app.get(&format!("/api/v1/session?access_token={}", ada.access)).await;

    assert_problem!(answer, 401, "authentication_required");
}

#[tokio::test]
async fn a_cookie_is_a_credential_and_a_bearer_token_comes_before_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let eve = app.user("eve").signed_in().await;

    let by_cookie = app.get("/api/v1/me").cookie(&ada.cookie).await.expect(200);
    let by_both = app.get("/api/v1/me").cookie(&ada.cookie).bearer(&eve.access).await.expect(200);
    let by_bad_token = app.get("/api/v1/me").cookie(&ada.cookie).bearer("x").await;

    assert_eq!(by_cookie.json()["username"], "ada");
    assert_eq!(by_both.json()["username"], "eve");
    assert_problem!(by_bad_token, 401, "token_invalid");
}

#[tokio::test]
async fn a_cookie_that_is_none_of_this_server_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for value in ["", "x", "dws_", &ada.access, &ada.refresh, &format!("dws_{}", "A".repeat(48))] {
        assert_problem!(app.get("/api/v1/session").cookie(value).await, 401, "token_invalid");
    }
}
