use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn the_very_next_request_with_the_token_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    assert_eq!(app.verdict(&ada.access).await, 200);

    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);

    let next = app.get("/api/v1/session").bearer(&ada.access).await;
    assert_problem!(next, 401, "token_revoked");
    assert!(next.header("www-authenticate").contains(r#"error="invalid_token""#));
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
}

#[tokio::test]
async fn the_owners_other_sessions_stay() {
    let app = TestApp::start().await;
    let phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;

    app.post("/api/v1/logout").bearer(&phone.access).await.expect(204);

    assert_eq!(app.verdict(&laptop.access).await, 200);
}

#[tokio::test]
async fn the_browser_is_told_to_forget_its_cookie() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    let answer = app.post("/api/v1/logout").cookie(&ada.cookie).await.expect(204);

    assert_eq!(
        answer.header("set-cookie"),
        "__Host-doorward=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
    );
    assert_problem!(app.get("/api/v1/session").cookie(&ada.cookie).await, 401, "token_revoked");
    assert_eq!(app.verdict(&ada.access).await, 401, "cookie and tokens are one session");
}

#[tokio::test]
async fn who_is_logged_out_cannot_log_out_again() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);

    assert_problem!(app.post("/api/v1/logout").bearer(&ada.access).await, 401, "token_revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_log_out_at_once_are_all_logged_out() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answers = app.race(16, |app, _| app.post("/api/v1/logout").bearer(&ada.access)).await;

    assert!(answers.iter().all(|answer| answer.status == 204 || answer.status == 401));
    assert_eq!(app.verdict(&ada.access).await, 401);
}
