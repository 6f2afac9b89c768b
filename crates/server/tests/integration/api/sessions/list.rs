use doorward_core::Ttl;
use doorward_testkit::{TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn the_owner_sees_where_they_are_signed_in_youngest_first() {
    let app = TestApp::start().await;
    let phone = app.user("ada").signed_in().await;
    app.user("eve").signed_in().await;
    app.clock.advance(Ttl::from_minutes(1));
    let laptop = app
        .login("ada", doorward_testkit::PASSWORD)
        .from("2001:db8::7")
        .header("user-agent", "laptop/1")
        .await;
    let laptop = doorward_testkit::SignedIn::read(&laptop);

    let sessions = app.get("/api/v1/sessions").bearer(&phone.access).await.expect(200).json();

    assert_eq!(
        sessions[0],
        json!({
            "id": laptop.session,
            "created_at": "2026-01-31T08:01:00.000Z",
            "last_seen_at": "2026-01-31T08:01:00.000Z",
            "expires_at": "2026-03-02T08:01:00.000Z",
            "user_agent": "laptop/1",
            "address": "2001:db8::7",
            "is_current": false,
        })
    );
    assert_eq!((&sessions[1]["id"], &sessions[1]["is_current"]), (&json!(phone.session), &json!(true)));
    assert_eq!(sessions.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn sessions_that_have_ended_are_not_listed() {
    let app = TestApp::start().await;
    let phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;

    app.post("/api/v1/logout").bearer(&phone.access).await.expect(204);

    let sessions = app.get("/api/v1/sessions").bearer(&laptop.access).await.json();
    assert_eq!(sessions.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stranger_sees_nothing() {
    let app = TestApp::start().await;

    assert_problem!(app.get("/api/v1/sessions").await, 401, "authentication_required");
}
