use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn a_session_ends_at_once_by_its_owners_word() {
    let app = TestApp::start().await;
    let lost_phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;

    let path = format!("/api/v1/sessions/{}", lost_phone.session);
    app.delete(&path).bearer(&laptop.access).await.expect(204);

    assert_problem!(app.get("/api/v1/me").bearer(&lost_phone.access).await, 401, "token_revoked");
    assert_eq!(app.verdict(&laptop.access).await, 200);
    assert_problem!(app.delete(&path).bearer(&laptop.access).await, 404, "session_not_found");
}

#[tokio::test]
async fn the_sessions_of_others_do_not_exist() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;

    let path = format!("/api/v1/sessions/{}", ada.session);
    let others = app.delete(&path).bearer(&eve.access).await;
    let nobodys =
        app.delete("/api/v1/sessions/00000000-0000-7000-8000-000000000000").bearer(&eve.access).await;

    assert_problem!(others, 404, "session_not_found");
    assert_problem!(nobodys, 404, "session_not_found");
    assert_eq!(app.verdict(&ada.access).await, 200);
}

#[tokio::test]
async fn what_is_no_id_names_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for id in ["1", "x", "%00", "%ff", "..%2f..", "'%20OR%201=1", "00000000-0000-7000-8000-00000000000g"] {
        let answer = app.delete(&format!("/api/v1/sessions/{id}")).bearer(&ada.access).await;

        assert_problem!(answer, 404, "not_found");
    }
}
