use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn the_owner_sees_the_account_and_no_secret_of_it() {
    let app = TestApp::start().await;
    let made = app.user("ada").registered().await;
    let ada = app.user("ada").logged_in().await;

    let answer = app.get("/api/v1/me").bearer(&ada.access).await.expect(200);

    assert_eq!(answer.json(), made);
    assert!(!answer.text().contains("argon2") && !answer.text().contains("password"));
}

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in() {
    let app = TestApp::start().await;

    let answer = app.get("/api/v1/me").await;

    assert_problem!(answer, 401, "authentication_required");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="doorward""#);
}
