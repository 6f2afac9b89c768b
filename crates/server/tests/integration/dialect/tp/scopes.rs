//! What tokens are good for.

use doorward_testkit::TestApp;
use serde_json::json;

use super::{access, claims, token, with};

const SCOPES: (&str, &str) =
    ("AUTH_SCOPES", r#"{"read": "Read Access", "write": "Write Access", "admin": "All"}"#);
const LOGIN: &str = "username=ada&password=correct+horse+battery";

/// An application in which ada may read and write.
async fn with_editor() -> TestApp {
    Box::pin(made_editor()).await
}

async fn made_editor() -> TestApp {
    let app = with(&[SCOPES]).await;
    let root = app.superuser().await;
    let role = json!({ "name": "editor", "scope": "read write" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let ada = app.user("ada").logged_in().await;
    let id = app.get("/api/v1/me").bearer(&ada.access).await.json()["id"].as_str().unwrap().to_owned();
    app.put(&format!("/api/v1/admin/users/{id}/roles/editor")).bearer(&root.access).await.expect(200);
    app
}

#[tokio::test]
async fn a_token_is_good_for_what_the_account_holds_and_says_so_as_a_list() {
    let app = with_editor().await;

    let answer = token(&app, LOGIN).await.expect(200);

    assert_eq!(answer.json()["scope"], "read write");
    assert_eq!(claims(&access(&answer))["scopes"], json!(["read", "write"]));
}

#[tokio::test]
async fn what_is_asked_for_narrows_the_token_and_never_widens_it() {
    let app = with_editor().await;

    let narrow = token(&app, &format!("{LOGIN}&scope=read")).await.expect(200);
    let wide = token(&app, &format!("{LOGIN}&scope=read+admin")).await.expect(200);

    assert_eq!(claims(&access(&narrow))["scopes"], json!(["read"]));
    assert_eq!(claims(&access(&wide))["scopes"], json!(["read"]));
    token(&app, &format!("{LOGIN}&scope=admin")).await.expect(400);
}

#[tokio::test]
async fn a_fresh_token_is_as_narrow_as_the_one_before() {
    let app = with_editor().await;
    let first = access(&token(&app, &format!("{LOGIN}&scope=read")).await);

    let fresh = super::refresh(&app, &first).await.expect(200);

    assert_eq!(claims(&access(&fresh))["scopes"], json!(["read"]));
}
