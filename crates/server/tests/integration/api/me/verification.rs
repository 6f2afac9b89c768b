use doorward_testkit::{TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn the_state_of_the_address_is_told_before_and_after() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let state = || app.get("/api/v1/me/email-verification").bearer(&ada.access);

    let before = state().await.expect(200).json();
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    app.post("/api/v1/email-verification/confirm").json(&json!({ "token": token })).await.expect(204);
    let after = state().await.expect(200).json();

    assert_eq!(
        before,
        json!({
            "email": "ada@example.com", "is_verified": false, "is_required": false,
            "pending_until": "2026-02-01T08:00:00.000Z",
        })
    );
    assert_eq!(after, json!({ "email": "ada@example.com", "is_verified": true, "is_required": false }));
}

#[tokio::test]
async fn it_is_told_to_the_owner_alone() {
    let app = TestApp::start().await;

    assert_problem!(app.get("/api/v1/me/email-verification").await, 401, "authentication_required");
}
