use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Answer, TestApp, assert_problem};
use serde_json::json;

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.post("/api/v1/password-reset").json(&json!({ "email": email })).await
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_address_has_an_account_or_not() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    app.user("eve").registered().await;
    app.core.set_active("eve", false).await.unwrap();
    app.mails().await;

    let mut answers = Vec::new();
    for address in ["ada@example.com", "nobody@example.com", "eve@example.com"] {
        let mut answer = ask(&app, address).await;
        answer.headers.remove("x-request-id");
        answers.push(answer);
    }

    assert_eq!(answers[0].status, 202);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let mails = app.mails().await;
    let to: Vec<&str> = mails.iter().skip(2).map(|mail| &*mail.to).collect();
    assert_eq!(to, ["ada@example.com"], "neither strangers nor disabled accounts are written to");
}

#[tokio::test]
async fn the_mail_goes_to_the_address_of_the_account_as_its_owner_wrote_it() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    ask(&app, "ADA@EXAMPLE.COM").await.expect(202);

    let mail = app.mails().await.pop().unwrap();
    assert_eq!(mail.to, "ada@example.com");
    assert!(mail.text.contains("http://127.0.0.1:7272/account/reset-password?token=dwp_"), "{}", mail.text);
}

#[tokio::test]
async fn a_host_header_does_not_change_where_the_link_leads() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let body = json!({ "email": "ada@example.com" });

    let call = app.post("/api/v1/password-reset").json(&body).header("host", "evil.example");
    call.header("x-forwarded-host", "evil.example").await.expect(202);

    let mail = app.mails().await.pop().unwrap();
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
}

#[tokio::test]
async fn the_limits_are_those_of_mail() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.mail_per_address = Quota { burst: 2, refill: Ttl::from_minutes(15) };
    })
    .await;

    for address in ["ada@example.com", "nobody@example.com"] {
        ask(&app, address).await.expect(202);
        ask(&app, address).await.expect(202);
        assert_problem!(ask(&app, address).await, 429, "too_many_attempts");
    }
    assert_problem!(ask(&app, "nobody").await, 400, "invalid_email");
}
