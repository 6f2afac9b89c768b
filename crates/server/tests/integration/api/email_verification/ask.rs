use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Answer, TestApp, assert_problem};
use serde_json::json;

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.post("/api/v1/email-verification").json(&json!({ "email": email })).await
}

#[tokio::test]
async fn a_new_account_is_sent_a_link_and_a_code() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let mails = app.mails().await;

    assert_eq!(mails.iter().map(|mail| &*mail.to).collect::<Vec<_>>(), ["ada@example.com"]);
    assert!(mails[0].token().starts_with("dwv_"));
    assert_eq!(mails[0].code().len(), 9);
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_address_has_an_account_or_not() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    app.user("eve").registered().await;
    app.mails().await;
    let token = app.mail_to("eve@example.com").await.token().to_owned();
    app.post("/api/v1/email-verification/confirm").json(&json!({ "token": token })).await.expect(204);

    let mut answers = Vec::new();
    for address in ["ada@example.com", "ADA@example.com", "eve@example.com", "nobody@example.com"] {
        let mut answer = ask(&app, address).await;
        answer.headers.remove("x-request-id");
        answers.push(answer);
    }

    assert_eq!(answers[0].status, 202);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let to: Vec<String> = app.mails().await.into_iter().skip(2).map(|mail| mail.to).collect();
    let is_ada = |to: &String| to == "ada@example.com";
    assert!(!to.is_empty() && to.iter().all(is_ada), "only the unverified account is written to: {to:?}");
}

#[tokio::test]
async fn only_the_newest_link_works() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let first = app.mail_to("ada@example.com").await.token().to_owned();
    ask(&app, "ada@example.com").await.expect(202);
    let second = app.mail_to("ada@example.com").await.token().to_owned();

    let confirm =
        |token: &str| app.post("/api/v1/email-verification/confirm").json(&json!({ "token": token }));

    assert_ne!(first, second);
    assert_problem!(confirm(&first).await, 400, "ticket_invalid");
    confirm(&second).await.expect(204);
}

#[tokio::test]
async fn one_address_is_sent_two_mails_at_once_and_one_each_quarter_of_an_hour_account_or_not() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.mail_per_address = Quota { burst: 2, refill: Ttl::from_minutes(15) };
    })
    .await;
    app.user("ada").registered().await;

    for address in ["ada@example.com", "nobody@example.com"] {
        ask(&app, address).await.expect(202);
        ask(&app, &address.to_uppercase()).await.expect(202);
        let refused = ask(&app, address).await;
        assert_eq!(assert_problem!(refused, 429, "too_many_attempts")["retry_after"], 900);
    }
    app.clock.advance(Ttl::from_minutes(15));
    ask(&app, "ada@example.com").await.expect(202);
}

#[tokio::test]
async fn one_network_asks_for_so_many_mails_and_no_more() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.mail_per_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    for number in 0..3 {
        ask(&app, &format!("user{number}@example.com")).await.expect(202);
    }

    assert_problem!(ask(&app, "user4@example.com").await, 429, "too_many_attempts");
    let elsewhere = app.post("/api/v1/email-verification").json(&json!({ "email": "user4@example.com" }));
    elsewhere.from("198.51.100.7").await.expect(202);
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let app = TestApp::start().await;

    assert_problem!(ask(&app, "nobody").await, 400, "invalid_email");
    assert_problem!(ask(&app, "a@example.com\r\nBcc: eve@example.com").await, 400, "invalid_email");
    let list = app.post("/api/v1/email-verification").json(&json!({ "email": ["a@example.com"] })).await;
    assert_problem!(list, 400, "malformed_body");
    assert!(app.mails().await.is_empty());
}
