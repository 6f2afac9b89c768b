use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn every_session_of_the_account_ends_and_nobody_elses() {
    let app = TestApp::start().await;
    let phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;
    let eve = app.user("eve").signed_in().await;

    app.post("/api/v1/logout/everywhere").bearer(&phone.access).await.expect(204);

    for ended in [&phone, &laptop] {
        assert_problem!(app.get("/api/v1/session").bearer(&ended.access).await, 401, "token_revoked");
        assert_problem!(app.refresh(&ended.refresh).await, 401, "token_revoked");
    }
    assert_eq!(app.verdict(&eve.access).await, 200);
}

#[tokio::test]
async fn a_login_afterwards_works() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    app.post("/api/v1/logout/everywhere").bearer(&ada.access).await.expect(204);

    let again = app.user("ada").logged_in().await;

    assert_eq!(app.verdict(&again.access).await, 200);
}
