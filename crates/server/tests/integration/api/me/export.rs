use doorward_testkit::{PASSWORD, TestApp, assert_problem};

#[tokio::test]
async fn everything_about_the_account_is_in_it_and_no_secret() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answer = app.get("/api/v1/me/export").bearer(&ada.access).await.expect(200);

    let export = answer.json();
    assert_eq!(export["account"]["email"], "ada@example.com");
    assert_eq!(export["sessions"][0]["id"], ada.session);
    let deeds: Vec<_> =
        export["events"].as_array().unwrap().iter().map(|event| event["deed"].clone()).collect();
    assert_eq!(deeds, ["data_exported", "login_succeeded", "account_registered"]);
    assert!(answer.header("content-disposition").starts_with("attachment"));
    for secret in [PASSWORD, "$argon2", "password_version", "digest", &ada.refresh] {
        assert!(!answer.text().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn it_is_given_to_the_owner_alone() {
    let app = TestApp::start().await;

    assert_problem!(app.get("/api/v1/me/export").await, 401, "authentication_required");
}
