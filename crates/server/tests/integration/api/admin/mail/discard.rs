use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn a_discarded_mail_is_not_sent() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    app.user("ada").registered().await;
    let id = app.get("/api/v1/admin/mail").bearer(&root.access).await.json()["items"][0]["id"].clone();
    let discard = || app.delete(&format!("/api/v1/admin/mail/{}", id.as_str().unwrap())).bearer(&root.access);

    discard().await.expect(204);

    assert!(app.mails().await.is_empty());
    assert_problem!(discard().await, 404, "not_found");
}
