use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Call, PASSWORD, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

fn change(app: &TestApp, ada: &SignedIn, body: &Value) -> Call {
    app.put("/api/v1/me/email").bearer(&ada.access).json(body)
}

#[tokio::test]
async fn an_old_login_needs_the_password_and_a_fresh_one_does_not() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let body = json!({ "email": "countess@example.com" });
    change(&app, &ada, &body).await.expect(202);
    app.clock.advance(Ttl::from_minutes(10));
    let ada = app.refreshed(&ada.refresh).await;

    assert_problem!(change(&app, &ada, &body).await, 403, "fresh_login_required");
    let wrong = json!({ "email": "countess@example.com", "password": "not the password" });
    assert_problem!(change(&app, &ada, &wrong).await, 403, "wrong_password");
    let right = json!({ "email": "countess@example.com", "password": PASSWORD });
    change(&app, &ada, &right).await.expect(202);
}

#[tokio::test]
async fn whether_another_account_has_the_address_is_not_told() {
    let app = TestApp::start().await;
    app.user("eve").registered().await;
    let ada = app.user("ada").signed_in().await;

    for address in ["eve@example.com", "nobody@example.com"] {
        change(&app, &ada, &json!({ "email": address })).await.expect(202);
    }
}

#[tokio::test]
async fn what_cannot_be_accepted_is_named() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let same = change(&app, &ada, &json!({ "email": "ada@example.com" })).await;
    assert_eq!(assert_problem!(same, 400, "invalid_field")["field"], "email");
    assert_problem!(change(&app, &ada, &json!({ "email": "nobody" })).await, 400, "invalid_email");
    assert_problem!(app.put("/api/v1/me/email").await, 401, "authentication_required");
}

#[tokio::test]
async fn one_account_asks_so_often_and_no_more() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.mail_per_address = Quota { burst: 2, refill: Ttl::from_minutes(15) };
    })
    .await;
    let ada = app.user("ada").signed_in().await;
    for number in 0..2 {
        change(&app, &ada, &json!({ "email": format!("ada{number}@example.com") })).await.expect(202);
    }

    let more = change(&app, &ada, &json!({ "email": "ada3@example.com" })).await;

    assert_problem!(more, 429, "too_many_attempts");
}
