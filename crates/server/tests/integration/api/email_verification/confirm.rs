use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Answer, Call, PASSWORD, TestApp, assert_problem};
use serde_json::{Value, json};

const WRONG: &str = "0000 0000";

fn confirm(app: &TestApp, body: &Value) -> Call {
    app.post("/api/v1/email-verification/confirm").json(body)
}

async fn with_code(app: &TestApp, email: &str, code: &str) -> Answer {
    confirm(app, &json!({ "email": email, "code": code })).await
}

/// Wrong, whatever the right one is.
fn wrong(code: &str) -> &'static str {
    if code == WRONG { "1111 1111" } else { WRONG }
}

#[tokio::test]
async fn the_link_verifies_the_address_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let body = json!({ "token": app.mail_to("ada@example.com").await.token() });

    confirm(&app, &body).await.expect(204);

    assert_eq!(app.get("/api/v1/me").bearer(&ada.access).await.json()["is_verified"], true);
    assert_problem!(confirm(&app, &body).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn the_code_verifies_the_address_once_with_and_without_its_space() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let code = app.mail_to("ada@example.com").await.code().replace(' ', "");

    with_code(&app, "Ada@Example.com", &code).await.expect(204);

    assert_problem!(with_code(&app, "ada@example.com", &code).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn of_thirty_two_racing_confirmations_one_wins() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let body = json!({ "token": app.mail_to("ada@example.com").await.token() });

    let answers = app.race(32, |app, _| confirm(app, &body)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "ticket_invalid").count(), 31);
}

#[tokio::test]
async fn five_wrong_codes_make_the_right_one_worthless_and_leave_the_link() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let mail = app.mail_to("ada@example.com").await;

    let bad = wrong(mail.code());
    let answers =
        app.race(5, |app, _| confirm(app, &json!({ "email": "ada@example.com", "code": bad }))).await;

    assert!(answers.iter().all(|answer| answer.code() == "ticket_invalid"));
    assert_problem!(with_code(&app, "ada@example.com", mail.code()).await, 400, "ticket_invalid");
    confirm(&app, &json!({ "token": mail.token() })).await.expect(204);
}

#[tokio::test]
async fn a_code_works_for_ten_minutes_and_a_link_for_a_day() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let mail = app.mail_to("ada@example.com").await;

    app.clock.advance(Ttl::from_minutes(10));
    assert_problem!(with_code(&app, "ada@example.com", mail.code()).await, 400, "ticket_invalid");
    app.clock.advance(Ttl::from_days(1));
    let late = confirm(&app, &json!({ "token": mail.token() })).await;

    assert_problem!(late, 400, "ticket_invalid");
}

#[tokio::test]
async fn the_time_of_a_link_begins_when_its_mail_is_sent() {
    let app = TestApp::start().await;
    app.post.fail("the server is away", false);
    app.user("ada").registered().await;
    app.mails().await;
    app.clock.advance(Ttl::from_days(1));
    app.post.recover();

    let mail = app.mail_to("ada@example.com").await;
    app.clock.advance(Ttl::from_minutes(9));

    with_code(&app, "ada@example.com", mail.code()).await.expect(204);
}

#[tokio::test]
async fn whatever_is_wrong_with_it_the_answer_is_the_same() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let mail = app.mail_to("ada@example.com").await;
    let last = if mail.token().ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{last}", &mail.token()[..mail.token().len() - 1]);
    let other_kind = mail.token().replace("dwv_", "dwp_");

    let mut answers = Vec::new();
    for body in [
        json!({ "token": forged }),
        json!({ "token": other_kind }),
        json!({ "token": "" }),
        json!({ "email": "ada@example.com", "code": wrong(mail.code()) }),
        json!({ "email": "nobody@example.com", "code": wrong(mail.code()) }),
        json!({ "email": "nobody", "code": "" }),
    ] {
        let answer = confirm(&app, &body).await;
        let mut document = assert_problem!(answer, 400, "ticket_invalid");
        document["request_id"] = Value::Null;
        answers.push(document);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    for body in [json!({}), json!({ "token": "a", "code": "b" }), json!({ "email": "ada@example.com" })] {
        assert_problem!(confirm(&app, &body).await, 400, "malformed_body");
    }
}

#[tokio::test]
async fn one_network_guesses_so_often_and_no_more() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.codes_per_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    for _ in 0..3 {
        with_code(&app, "ada@example.com", WRONG).await.expect(400);
    }

    assert_problem!(with_code(&app, "ada@example.com", WRONG).await, 429, "too_many_attempts");
}

#[tokio::test]
async fn where_it_is_required_the_first_login_waits_for_it_and_tells_nobody_else() {
    let app = TestApp::with(|plan| plan.rules.requires_verified_email = true).await;
    app.user("ada").registered().await;

    assert_problem!(app.user("ada").login("not the password").await, 401, "invalid_credentials");
    assert_problem!(app.user("ada").login(PASSWORD).await, 403, "email_unverified");
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    confirm(&app, &json!({ "token": token })).await.expect(204);

    app.user("ada").login(PASSWORD).await.expect(200);
}
