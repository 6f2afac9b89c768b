//! Owners who have lost it are helped by those who run the server.

use doorward_testkit::{PASSWORD, TestApp, assert_problem};

use super::ada;

#[tokio::test]
async fn an_administrator_takes_it_away_and_the_owner_is_told() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let (ada, _) = ada(&app).await;
    let id = app.get("/api/v1/me").bearer(&ada.access).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/admin/users/{id}/second-factor");

    assert_problem!(app.delete(&path).bearer(&ada.access).await, 403, "forbidden");
    app.ticket("ada").await;
    app.delete(&path).bearer(&root.access).await.expect(204);

    app.login("ada", PASSWORD).await.expect(200);
    assert_problem!(app.delete(&path).bearer(&root.access).await, 404, "not_found");
    assert!(app.mail_to("ada@example.com").await.subject.contains("no second factor"));
    let log = app.get("/api/v1/admin/audit?deed=second_factor_removed").bearer(&root.access).await.json();
    assert!(log.to_string().contains("second_factor_removed"), "{log}");
}
