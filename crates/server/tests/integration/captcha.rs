//! Captchas, against a provider that the test is.

use doorward::config::{CaptchaConfig, OutsideConfig, WhenUnreachable};
use doorward::outside;
use doorward_core::{Secret, Ttl};
use doorward_testkit::{Answer, PASSWORD, Plan, StandIn, TestApp, assert_problem};
use serde_json::json;

/// A provider to whom `solved` is a solution and `silence` no question to answer.
async fn provider() -> StandIn {
    StandIn::start(|asked| match &*asked.body {
        body if body.contains("response=solved") => (200, r#"{"success":true,"hostname":"x"}"#.into()),
        body if body.contains("response=silence") => (0, String::new()),
        body if body.contains("response=broken") => (502, "<html>".into()),
        _ => (200, r#"{"success":false,"error-codes":["invalid-input-response"]}"#.into()),
    })
    .await
}

fn asking(provider: &StandIn, when_unreachable: WhenUnreachable) -> impl FnOnce(&mut Plan) {
    let captcha = CaptchaConfig {
        verify_url: provider.url("/siteverify"),
        secret: Secret::new("site-secret".into()),
        when_unreachable,
        timeout: Ttl::from_millis(200),
    };
    let config = OutsideConfig { captcha: Some(captcha), ..OutsideConfig::default() };
    move |plan: &mut Plan| {
        plan.outside = outside::open(&config).unwrap();
        plan.rules.captcha.on_registration = true;
        plan.rules.captcha.on_reset = true;
        plan.rules.captcha.on_verification = true;
        plan.rules.captcha.after_failures = Some(2);
    }
}

async fn register(app: &TestApp, captcha: Option<&str>) -> Answer {
    let mut body = json!({ "email": "ada@example.com", "password": PASSWORD });
    if let Some(captcha) = captcha {
        body["captcha"] = captcha.into();
    }
    app.post("/api/v1/users").json(&body).await
}

async fn login(app: &TestApp, password: &str, captcha: Option<&str>) -> Answer {
    let mut body = json!({ "identifier": "ada@example.com", "password": password });
    if let Some(captcha) = captcha {
        body["captcha"] = captcha.into();
    }
    app.post("/api/v1/login").json(&body).await
}

#[tokio::test]
async fn a_registration_needs_a_solved_captcha() {
    let provider = provider().await;
    let app = TestApp::with(asking(&provider, WhenUnreachable::Refuse)).await;

    assert_problem!(register(&app, None).await, 400, "captcha_required");
    assert_problem!(register(&app, Some("wrong")).await, 400, "captcha_failed");
    assert_problem!(register(&app, Some(&"x".repeat(10_000))).await, 400, "captcha_failed");
    register(&app, Some("solved")).await.expect(201);

    let asked = provider.asked();
    assert_eq!(asked.len(), 2, "what is missing or too long is not asked about");
    assert_eq!(asked[1].target, "/siteverify");
    assert_eq!(asked[1].body, "secret=site-secret&response=solved&remoteip=192.0.2.1");
}

#[tokio::test]
async fn without_an_answer_nobody_is_let_on_unless_the_operator_says_so() {
    let provider = provider().await;
    let strict = TestApp::with(asking(&provider, WhenUnreachable::Refuse)).await;
    let lenient = TestApp::with(asking(&provider, WhenUnreachable::Allow)).await;

    for captcha in ["silence", "broken"] {
        let refused = register(&strict, Some(captcha)).await;

        assert_problem!(refused, 503, "check_unavailable");
        assert!(refused.headers.contains_key("retry-after"));
    }
    assert_problem!(register(&lenient, None).await, 400, "captcha_required");
    register(&lenient, Some("silence")).await.expect(201);
}

#[tokio::test]
async fn whoever_fails_at_an_account_is_asked_and_the_owner_elsewhere_is_not() {
    let provider = provider().await;
    let app = TestApp::with(asking(&provider, WhenUnreachable::Refuse)).await;
    register(&app, Some("solved")).await.expect(201);

    for _ in 0..2 {
        assert_problem!(login(&app, "wrong password", None).await, 401, "invalid_credentials");
    }

    assert_problem!(login(&app, PASSWORD, None).await, 400, "captcha_required");
    assert_problem!(login(&app, PASSWORD, Some("wrong")).await, 400, "captcha_failed");
    assert_problem!(login(&app, "wrong password", Some("solved")).await, 401, "invalid_credentials");
    login(&app, PASSWORD, Some("solved")).await.expect(200);
    let elsewhere = app.login("ada@example.com", PASSWORD).from("198.51.100.9").await;
    elsewhere.expect(200);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_asked_like_any_other() {
    let provider = provider().await;
    let app = TestApp::with(asking(&provider, WhenUnreachable::Refuse)).await;

    for _ in 0..2 {
        assert_problem!(login(&app, "wrong password", None).await, 401, "invalid_credentials");
    }

    assert_problem!(login(&app, "wrong password", None).await, 400, "captcha_required");
}

#[tokio::test]
async fn a_letter_needs_a_solved_captcha_whether_or_not_the_address_has_an_account() {
    let provider = provider().await;
    let app = TestApp::with(asking(&provider, WhenUnreachable::Refuse)).await;
    register(&app, Some("solved")).await.expect(201);
    let before = app.mails().await.len();

    for path in ["/api/v1/password-reset", "/api/v1/email-verification"] {
        for (captcha, status) in
            [(None, 400), (Some("wrong"), 400), (Some("silence"), 503), (Some("solved"), 202)]
        {
            let ask = |email: &str| app.post(path).json(&json!({ "email": email, "captcha": captcha }));
            let seen = |answer: Answer| match answer.status.as_u16() {
                202 => (202, String::new()),
                status => (status, answer.code()),
            };

            let known = seen(ask("ada@example.com").await);

            assert_eq!(known.0, status, "{path}: {captcha:?}");
            assert_eq!(known, seen(ask("nobody@example.com").await), "{path}: {captcha:?}");
        }
    }
    assert_eq!(app.mails().await.len(), before + 2, "one of each kind, to the one who is there");
}

#[tokio::test]
async fn without_an_answer_letters_go_out_where_the_operator_says_so() {
    let provider = provider().await;
    let app = TestApp::with(asking(&provider, WhenUnreachable::Allow)).await;

    for path in ["/api/v1/password-reset", "/api/v1/email-verification"] {
        let ask = |captcha| app.post(path).json(&json!({ "email": "ada@example.com", "captcha": captcha }));

        assert_problem!(ask(None).await, 400, "captcha_required");
        ask(Some("silence")).await.expect(202);
    }
}
