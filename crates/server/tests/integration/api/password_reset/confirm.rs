use doorward_core::Ttl;
use doorward_testkit::{Call, PASSWORD, TestApp, assert_problem};
use serde_json::json;

const NEW: &str = "another horse entirely";

/// The token of a mail that was just asked for.
async fn asked(app: &TestApp) -> String {
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    app.mail_to("ada@example.com").await.token().to_owned()
}

fn confirm(app: &TestApp, token: &str, password: &str) -> Call {
    app.post("/api/v1/password-reset/confirm").json(&json!({ "token": token, "new_password": password }))
}

#[tokio::test]
async fn the_new_password_counts_and_the_old_one_does_not() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let token = asked(&app).await;

    confirm(&app, &token, NEW).await.expect(204);

    assert_problem!(app.user("ada").login(PASSWORD).await, 401, "invalid_credentials");
    app.user("ada").login(NEW).await.expect(200);
    assert_problem!(confirm(&app, &token, "a third one of mine").await, 400, "ticket_invalid");
}

#[tokio::test]
async fn a_reset_ends_every_session_at_once_and_tells_the_owner() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let token = asked(&app).await;
    assert_eq!(app.verdict(&ada.access).await, 200);

    confirm(&app, &token, NEW).await.expect(204);

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
    let told = app.mail_to("ada@example.com").await;
    assert!(told.subject.contains("was changed") && told.text.contains("192.0.2.1"), "{told:?}");
}

#[tokio::test]
async fn a_reset_makes_every_other_link_worthless_and_proves_the_address() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let verify = app.mail_to("ada@example.com").await.token().to_owned();
    let change = json!({ "email": "countess@example.com" });
    app.put("/api/v1/me/email").bearer(&ada.access).json(&change).await.expect(202);
    let change = app.mail_to("countess@example.com").await.token().to_owned();
    let token = asked(&app).await;

    confirm(&app, &token, NEW).await.expect(204);

    for (path, token) in [("email-verification", verify), ("email-change", change)] {
        let answer = app.post(&format!("/api/v1/{path}/confirm")).json(&json!({ "token": token })).await;
        assert_problem!(answer, 400, "ticket_invalid");
    }
    let ada = app.login("ada", NEW).await.expect(200).json();
    let me = app.get("/api/v1/me").bearer(ada["access_token"].as_str().unwrap()).await.json();
    assert_eq!((&me["is_verified"], &me["email"]), (&json!(true), &json!("ada@example.com")));
}

#[tokio::test]
async fn of_thirty_two_racing_resets_one_wins() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let token = asked(&app).await;

    let password = |number: usize| format!("password number {number} of ada");
    let answers = app.race(32, |app, number| confirm(app, &token, &password(number))).await;

    let winners: Vec<usize> = (0..32).filter(|number| answers[*number].status == 204).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "ticket_invalid").count(), 31);
    app.login("ada", &password(winners[0])).await.expect(200);
}

#[tokio::test]
async fn a_password_that_cannot_be_accepted_leaves_the_link_good() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let token = asked(&app).await;

    let weak = confirm(&app, &token, "password1").await;

    assert_eq!(assert_problem!(weak, 400, "password_too_common")["field"], "new_password");
    confirm(&app, &token, NEW).await.expect(204);
}

#[tokio::test]
async fn a_link_works_for_an_hour_and_is_replaced_by_a_newer_one() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let first = asked(&app).await;
    let second = asked(&app).await;

    assert_problem!(confirm(&app, &first, NEW).await, 400, "ticket_invalid");
    app.clock.advance(Ttl::from_minutes(60));
    assert_problem!(confirm(&app, &second, NEW).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn a_changed_password_makes_the_link_worthless() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let token = asked(&app).await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    app.put("/api/v1/me/password").bearer(&ada.access).json(&change).await.expect(204);

    assert_problem!(confirm(&app, &token, "a third one of mine").await, 400, "ticket_invalid");
}

#[tokio::test]
async fn a_verification_link_sets_no_password() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let token = app.mail_to("ada@example.com").await.token().to_owned();

    assert_problem!(confirm(&app, &token, NEW).await, 400, "ticket_invalid");
    assert_problem!(confirm(&app, &token.replace("dwv_", "dwp_"), NEW).await, 400, "ticket_invalid");
}
