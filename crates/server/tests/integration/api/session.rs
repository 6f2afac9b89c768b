use doorward_core::Ttl;
use doorward_testkit::{TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn the_caller_learns_who_the_credential_speaks_for() {
    let app = TestApp::start().await;
    let user = app.user("ada").registered().await;
    let ada = app.user("ada").logged_in().await;

    let answer = app.get("/api/v1/session").bearer(&ada.access).await.expect(200);

    assert_eq!(
        answer.json(),
        json!({
            "user_id": user["id"],
            "session_id": ada.session,
            "is_superuser": false,
            "scope": "",
            "expires_at": "2026-01-31T08:10:00.000Z",
        })
    );
}

#[tokio::test]
async fn an_access_token_ends_when_it_says() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    app.clock.advance(Ttl::from_millis(599_999));
    assert_eq!(app.verdict(&ada.access).await, 200);
    app.clock.advance(Ttl::from_millis(1));

    let answer = app.get("/api/v1/session").bearer(&ada.access).await;
    assert_problem!(answer, 401, "token_expired");
    assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#));
}

#[tokio::test]
async fn a_cookie_lives_as_long_as_it_is_used_and_no_longer_than_its_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    for _ in 0..4 {
        app.clock.advance(Ttl::from_days(6));
        app.get("/api/v1/session").cookie(&ada.cookie).await.expect(200);
    }

    app.clock.advance(Ttl::from_days(6));

    assert_problem!(app.get("/api/v1/session").cookie(&ada.cookie).await, 401, "token_revoked");
}

#[tokio::test]
async fn an_administrator_is_known_as_such() {
    let app = TestApp::start().await;
    let password = "a password for the first one".to_owned();
    app.core.create_admin("root@example.com", None, password.clone().into()).await.unwrap();

    let login = app.login("root@example.com", &password).await.expect(200).json();
    let token = login["access_token"].as_str().unwrap();

    assert_eq!(app.get("/api/v1/session").bearer(token).await.json()["is_superuser"], true);
}
