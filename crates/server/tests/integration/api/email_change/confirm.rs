use doorward_core::Ttl;
use doorward_testkit::{Call, PASSWORD, TestApp, assert_problem};
use serde_json::json;

fn confirm(app: &TestApp, token: &str) -> Call {
    app.post("/api/v1/email-change/confirm").json(&json!({ "token": token }))
}

async fn asked(app: &TestApp, access: &str, email: &str) -> String {
    app.put("/api/v1/me/email").bearer(access).json(&json!({ "email": email })).await.expect(202);
    app.mail_to(email).await.token().to_owned()
}

#[tokio::test]
async fn the_account_has_the_new_address_as_verified_and_the_old_one_is_told() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let token = asked(&app, &ada.access, "countess@example.com").await;
    assert_eq!(app.get("/api/v1/me").bearer(&ada.access).await.json()["email"], "ada@example.com");

    confirm(&app, &token).await.expect(204);

    let me = app.get("/api/v1/me").bearer(&ada.access).await.json();
    assert_eq!((&me["email"], &me["is_verified"]), (&json!("countess@example.com"), &json!(true)));
    app.login("countess@example.com", PASSWORD).await.expect(200);
    assert_problem!(app.login("ada@example.com", PASSWORD).await, 401, "invalid_credentials");
    assert!(app.mail_to("ada@example.com").await.subject.contains("another email address"));
    assert_problem!(confirm(&app, &token).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_stays_with_its_account() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let token = asked(&app, &ada.access, "eve@example.com").await;
    app.user("eve").registered().await;

    assert_problem!(confirm(&app, &token).await, 409, "email_taken");
    assert_eq!(app.get("/api/v1/me").bearer(&ada.access).await.json()["email"], "ada@example.com");
}

#[tokio::test]
async fn of_thirty_two_accounts_that_want_one_address_one_gets_it() {
    let app = TestApp::start().await;
    let mut tokens = Vec::new();
    for number in 0..32 {
        let user = app.user(&format!("user{number}")).signed_in().await;
        tokens.push(asked(&app, &user.access, "wanted@example.com").await);
    }

    let answers = app.race(32, |app, number| confirm(app, &tokens[number])).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "email_taken").count(), 31);
}

#[tokio::test]
async fn an_old_link_and_a_link_of_another_purpose_are_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let verify = app.mail_to("ada@example.com").await.token().to_owned();
    let token = asked(&app, &ada.access, "countess@example.com").await;
    app.clock.advance(Ttl::from_days(1));

    assert_problem!(confirm(&app, &token).await, 400, "ticket_invalid");
    assert_problem!(confirm(&app, &verify).await, 400, "ticket_invalid");
}
