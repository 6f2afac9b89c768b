use doorward_core::Code;
use doorward_documents::{Caller, Selection, Window};
use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn documents_go_with_the_account_and_are_taken_along_before() {
    let app = TestApp::with_documents("").await;
    let made = app.user("ada").registered().await;
    let ada = app.user("ada").logged_in().await;
    let body = json!({ "name": "a.txt", "text": "treasure" });
    app.post("/api/v1/documents").bearer(&ada.access).json(&body).await.expect(202);

    let export = app.get("/api/v1/me/export").bearer(&ada.access).await.expect(200).json();
    app.delete("/api/v1/me").bearer(&ada.access).json(&json!({ "password": PASSWORD })).await.expect(204);

    assert_eq!(export["documents"][0]["name"], "a.txt");
    assert_problem!(app.get("/api/v1/documents").bearer(&ada.access).await, 401, "token_revoked");
    app.follow_accounts().await;
    let library = app.state.library().unwrap();
    let root = Caller { user: made["id"].as_str().unwrap().parse().unwrap(), sees_all: true };
    let left = library.list(root, Selection::default(), Window::default()).await.unwrap();
    assert_eq!(left.total, 0);
}

#[tokio::test]
async fn deletions_are_followed_across_a_restart() {
    let app = TestApp::with_documents("").await;
    let made = app.user("ada").registered().await;
    let ada = app.user("ada").logged_in().await;
    let body = json!({ "name": "a.txt", "text": "treasure" });
    app.post("/api/v1/documents").bearer(&ada.access).json(&body).await.expect(202);
    app.delete("/api/v1/me").bearer(&ada.access).json(&json!({ "password": PASSWORD })).await.expect(204);

    let app = app.restart().await;
    app.follow_accounts().await;

    let user = made["id"].as_str().unwrap().parse().unwrap();
    let library = app.state.library().unwrap();
    assert_eq!(library.usage(user).await.unwrap().documents, 0);
    let caller = Caller { user, sees_all: false };
    let late = doorward_documents::NewDocument::new("b.txt", doorward_documents::Source::Text("b".into()));
    assert_eq!(library.add(caller, late).await.unwrap_err().code(), Code::Forbidden);
}
