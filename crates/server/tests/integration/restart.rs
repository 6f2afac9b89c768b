//! What a restart keeps: everything that was acknowledged.

use doorward_core::Ttl;
use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn accounts_sessions_and_tokens_go_on() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    let app = app.restart().await;

    assert_eq!(app.verdict(&ada.access).await, 200);
    assert_eq!(app.get("/api/v1/session").cookie(&ada.cookie).await.status, 200);
    app.refreshed(&ada.refresh).await;
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn what_was_ended_stays_ended() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let eves_other = app.user("eve").logged_in().await;
    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);
    let change = json!({ "current_password": PASSWORD, "new_password": "another horse entirely" });
    app.put("/api/v1/me/password").bearer(&eve.access).json(&change).await.expect(204);

    let app = app.restart().await;

    assert_problem!(app.get("/api/v1/me").bearer(&ada.access).await, 401, "token_revoked");
    assert_problem!(app.get("/api/v1/me").bearer(&eves_other.access).await, 401, "token_revoked");
    assert_eq!(app.verdict(&eve.access).await, 200);
    assert_problem!(app.login("eve", PASSWORD).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn a_spent_refresh_token_stays_spent_and_a_lost_answer_can_still_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let next = app.refreshed(&ada.refresh).await;

    let app = app.restart().await;

    assert_eq!(app.refreshed(&ada.refresh).await.refresh, next.refresh);
    app.clock.advance(Ttl::from_seconds(10));
    let app = app.restart().await;
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_reused");
    assert_problem!(app.refresh(&next.refresh).await, 401, "token_revoked");
}
