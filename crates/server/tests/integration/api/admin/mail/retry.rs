use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn a_mail_that_was_given_up_is_sent_when_told_to() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    app.post.fail("550 no such mailbox", true);
    app.user("ada").registered().await;
    app.mails().await;
    app.post.recover();
    assert!(app.mails().await.is_empty());
    let id = app.get("/api/v1/admin/mail").bearer(&root.access).await.json()["items"][0]["id"].clone();
    let retry =
        || app.post(&format!("/api/v1/admin/mail/{}/retry", id.as_str().unwrap())).bearer(&root.access);

    retry().await.expect(204);

    assert_eq!(app.mails().await.len(), 1);
    assert_problem!(retry().await, 404, "not_found");
}
