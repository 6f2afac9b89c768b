//! What is done to the accounts of others.

use doorward_testkit::{SignedIn, TestApp, assert_problem};

async fn id_of(app: &TestApp, who: &SignedIn) -> String {
    app.get("/api/v1/me").bearer(&who.access).await.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_read_and_one_that_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;

    let path = format!("/api/v1/admin/users/{}", id_of(&app, &ada).await);
    let read = app.get(&path).bearer(&root.access).await.expect(200).json();

    assert_eq!(read["username"], "ada");
    for id in ["00000000-0000-7000-8000-000000000000", "x"] {
        let none = app.get(&format!("/api/v1/admin/users/{id}")).bearer(&root.access).await;
        assert_problem!(none, 404, "not_found");
    }
}

#[tokio::test]
async fn a_disabled_account_is_refused_by_the_next_request_until_it_is_enabled() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let path = format!("/api/v1/admin/users/{}", id_of(&app, &ada).await);

    let disabled = app.post(&format!("{path}/disable")).bearer(&root.access).await.expect(200).json();

    assert_eq!(disabled["is_active"], false);
    assert_problem!(app.get("/api/v1/me").bearer(&ada.access).await, 401, "token_revoked");
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
    assert_problem!(app.user("ada").login(doorward_testkit::PASSWORD).await, 403, "account_disabled");
    app.post(&format!("{path}/enable")).bearer(&root.access).await.expect(200);
    app.user("ada").logged_in().await;
}

#[tokio::test]
async fn the_last_superuser_is_not_disabled() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    let path = format!("/api/v1/admin/users/{}/disable", id_of(&app, &root).await);

    assert_problem!(app.post(&path).bearer(&root.access).await, 409, "last_superuser");
}

#[tokio::test]
async fn what_was_done_is_in_the_log_with_who_did_it() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let (root_id, ada_id) = (id_of(&app, &root).await, id_of(&app, &ada).await);

    app.post(&format!("/api/v1/admin/users/{ada_id}/disable")).bearer(&root.access).await.expect(200);

    let path = format!("/api/v1/admin/audit?deed=account_disabled&subject={ada_id}");
    let log = app.get(&path).bearer(&root.access).await.expect(200).json();
    assert_eq!(log["items"][0]["actor"], root_id.as_str());
}
