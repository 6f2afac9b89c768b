//! The sessions of others.

use doorward_testkit::{SignedIn, TestApp, assert_problem};

async fn id_of(app: &TestApp, who: &SignedIn) -> String {
    app.get("/api/v1/me").bearer(&who.access).await.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_session_ends_or_all_of_them_and_the_owner_can_sign_in_again() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;
    let path = format!("/api/v1/admin/users/{}/sessions", id_of(&app, &phone).await);

    let listed = app.get(&path).bearer(&root.access).await.expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let one = format!("{path}/{}", phone.session);
    app.delete(&one).bearer(&root.access).await.expect(204);
    assert_problem!(app.get("/api/v1/me").bearer(&phone.access).await, 401, "token_revoked");
    assert_eq!(app.verdict(&laptop.access).await, 200);
    assert_problem!(app.delete(&one).bearer(&root.access).await, 404, "session_not_found");

    app.delete(&path).bearer(&root.access).await.expect(204);

    assert_eq!(app.verdict(&laptop.access).await, 401);
    app.user("ada").logged_in().await;
}

#[tokio::test]
async fn a_session_is_ended_under_the_name_of_its_owner_alone() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);

    let path = format!("/api/v1/admin/users/{}/sessions/{}", id_of(&app, &eve).await, ada.session);

    assert_problem!(app.delete(&path).bearer(&root.access).await, 404, "session_not_found");
    assert_eq!(app.verdict(&ada.access).await, 200);
}

#[tokio::test]
async fn everybody_is_signed_out_at_once_but_whoever_says_so() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let seen = app.user("ada").signed_in().await;
    assert_eq!(app.verdict(&seen.access).await, 200);
    let unseen = app.user("eve").signed_in().await;

    app.delete("/api/v1/admin/sessions").bearer(&root.access).await.expect(204);

    assert_eq!(app.verdict(&root.access).await, 200);
    for gone in [&seen, &unseen] {
        assert_problem!(app.get("/api/v1/me").bearer(&gone.access).await, 401, "token_revoked");
        assert_problem!(app.refresh(&gone.refresh).await, 401, "token_revoked");
    }
    app.clock.advance(doorward_core::Ttl::from_millis(1));
    let back = app.user("ada").logged_in().await;
    let app = app.restart().await;
    assert_eq!(app.verdict(&back.access).await, 200);
    assert_eq!(app.verdict(&root.access).await, 200);
    assert_eq!(app.verdict(&unseen.access).await, 401);
    let own = app.get("/api/v1/sessions").bearer(&back.access).await.json();
    assert_eq!(own.as_array().unwrap().len(), 1);
}
