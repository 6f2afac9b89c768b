use doorward_core::Ttl;
use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn a_deleted_account_is_gone_with_its_sessions_on_the_very_next_request() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let other = app.user("ada").logged_in().await;
    assert_eq!(app.verdict(&other.access).await, 200);

    app.delete("/api/v1/me").bearer(&ada.access).await.expect(204);

    assert_eq!((app.verdict(&ada.access).await, app.verdict(&other.access).await), (401, 401));
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_invalid");
    assert_problem!(app.user("ada").login(PASSWORD).await, 401, "invalid_credentials");
    assert!(app.mail_to("ada@example.com").await.subject.contains("was deleted"));
}

#[tokio::test]
async fn whoever_takes_the_free_address_is_somebody_else() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let first = app.get("/api/v1/me").bearer(&ada.access).await.json()["id"].clone();
    app.delete("/api/v1/me").bearer(&ada.access).await.expect(204);

    let second = app.user("ada").signed_in().await;

    assert_ne!(app.get("/api/v1/me").bearer(&second.access).await.json()["id"], first);
    assert_eq!(app.verdict(&ada.access).await, 401);
}

#[tokio::test]
async fn an_old_login_needs_the_password() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    app.clock.advance(Ttl::from_minutes(10));
    let ada = app.refreshed(&ada.refresh).await;
    let delete =
        |password: &str| app.delete("/api/v1/me").bearer(&ada.access).json(&json!({ "password": password }));

    assert_problem!(app.delete("/api/v1/me").bearer(&ada.access).await, 403, "fresh_login_required");
    assert_problem!(delete("not the password").await, 403, "wrong_password");
    delete(PASSWORD).await.expect(204);
}

#[tokio::test]
async fn of_thirty_two_racing_deletions_one_wins() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answers = app.race(32, |app, _| app.delete("/api/v1/me").bearer(&ada.access)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 204 || answer.status == 401), "{answers:?}");
}

#[tokio::test]
async fn the_last_account_that_runs_the_server_stays() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    assert_problem!(app.delete("/api/v1/me").bearer(&root.access).await, 409, "last_superuser");

    let password = doorward_core::Secret::new(PASSWORD.to_owned());
    app.core.create_admin("second@example.com", None, password).await.unwrap();
    app.delete("/api/v1/me").bearer(&root.access).await.expect(204);
}
