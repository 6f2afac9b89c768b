//! Services of the operator that are asked before something happens and told after it; here the test is the service.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward::config::{HookConfig, HooksConfig, OutsideConfig, WhenUnreachable};
use doorward::outside::{self, tell::Listener};
use doorward_core::audit::Deed;
use doorward_core::{Secret, Ttl};
use doorward_testkit::{Asked, StandIn, TestApp, assert_problem};
use serde_json::{Value, json};

const SECRET: &str = "a secret of the hooks, long enough";

fn hooks(change: impl FnOnce(&mut HooksConfig)) -> HooksConfig {
    let mut hooks = HooksConfig {
        secret: Secret::new(SECRET.into()),
        before_registration: None,
        before_token: None,
        after: Vec::new(),
        after_deeds: Vec::new(),
        timeout: Ttl::from_millis(200),
        allows_private_addresses: true,
    };
    change(&mut hooks);
    hooks
}

fn hook(service: &StandIn, when_unreachable: WhenUnreachable) -> Option<HookConfig> {
    Some(HookConfig { url: service.url("/hook"), when_unreachable })
}

async fn app_with(hooks: HooksConfig, claims: &[&str]) -> TestApp {
    let config = OutsideConfig { hooks: Some(hooks), ..OutsideConfig::default() };
    TestApp::with(|plan| {
        plan.outside = outside::open(&config).unwrap();
        plan.rules.tokens.added_claims = claims.iter().map(ToString::to_string).collect();
    })
    .await
}

/// Whether the call carries the signature that the receiver makes for itself.
fn is_signed(asked: &Asked) -> bool {
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), asked.body);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    header("webhook-signature") == format!("v1,{}", STANDARD.encode(mac.as_ref()))
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_registration_can_be_refused_with_a_reason() {
    let service = StandIn::start(|asked| match asked.body.contains("eve@example.com") {
        true => (200, r#"{"allow":false,"reason":"Staff alone.\n"}"#.into()),
        false => (204, String::new()),
    })
    .await;
    let app =
        app_with(hooks(|hooks| hooks.before_registration = hook(&service, WhenUnreachable::Refuse)), &[]);
    let app = app.await;

    let problem = assert_problem!(app.user("eve").register().await, 403, "refused_by_hook");
    app.user("ada").registered().await;

    assert_eq!(problem["detail"], "Staff alone.");
    let asked = service.asked();
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!((&body["type"], &body["data"]["username"]), (&"before_registration".into(), &"ada".into()));
    assert!(asked.iter().all(is_signed));
    assert!(!asked[1].body.contains(doorward_testkit::PASSWORD));
}

#[tokio::test]
async fn a_hook_that_does_not_answer_stops_what_it_guards_unless_the_operator_says_otherwise() {
    for (status, body) in [(0, ""), (500, ""), (302, ""), (200, "<html>")] {
        let service = StandIn::start(move |_| (status, body.into())).await;
        let strict = hooks(|hooks| hooks.before_registration = hook(&service, WhenUnreachable::Refuse));
        let lenient = hooks(|hooks| hooks.before_registration = hook(&service, WhenUnreachable::Allow));

        let refused = app_with(strict, &[]).await.user("ada").register().await;
        let allowed = app_with(lenient, &[]).await.user("ada").register().await;

        assert_problem!(refused, 503, "check_unavailable");
        allowed.expect(201);
    }
}

#[tokio::test]
async fn a_token_gets_the_claims_of_the_list_and_no_others() {
    let answer = r#"{"claims":{"tenant":"t-1","sub":"root","plan":{"seats":3},"is_admin":true}}"#;
    let service = StandIn::start(move |_| (200, answer.into())).await;
    let config = hooks(|hooks| hooks.before_token = hook(&service, WhenUnreachable::Refuse));
    let app = app_with(config, &["tenant", "plan"]).await;

    let ada = app.user("ada").signed_in().await;
    let refreshed = app.refreshed(&ada.refresh).await;

    for token in [&ada.access, &refreshed.access] {
        let claims = claims(token);
        assert_eq!((&claims["tenant"], &claims["plan"]["seats"]), (&"t-1".into(), &3.into()));
        assert!(claims.get("is_admin").is_none() && claims["sub"] != "root", "{claims}");
        assert_eq!(app.verdict(token).await, 200);
    }
}

#[tokio::test]
async fn a_refresh_that_a_hook_holds_up_can_be_tried_again() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let switch = is_up.clone();
    let service = StandIn::start(move |_| match switch.load(std::sync::atomic::Ordering::SeqCst) {
        true => (200, "{}".into()),
        false => (503, String::new()),
    })
    .await;
    let config = hooks(|hooks| hooks.before_token = hook(&service, WhenUnreachable::Refuse));
    let app = app_with(config, &["tenant"]).await;
    let ada = app.user("ada").signed_in().await;

    is_up.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_problem!(app.refresh(&ada.refresh).await, 503, "check_unavailable");
    app.clock.advance(Ttl::from_minutes(5));
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);

    app.refreshed(&ada.refresh).await;
}

#[tokio::test]
async fn claims_that_do_not_fit_are_no_answer() {
    let answer = format!(r#"{{"claims":{{"tenant":"{}"}}}}"#, "x".repeat(4_000));
    let service = StandIn::start(move |_| (200, answer.clone())).await;
    let config = hooks(|hooks| hooks.before_token = hook(&service, WhenUnreachable::Allow));
    let app = app_with(config, &["tenant"]).await;
    app.user("ada").registered().await;

    assert_problem!(app.login("ada", doorward_testkit::PASSWORD).await, 503, "check_unavailable");
}

fn types(asked: &[Asked]) -> Vec<String> {
    let bodies = asked.iter().map(|asked| serde_json::from_str::<Value>(&asked.body).unwrap());
    bodies.map(|body| body["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_listener_is_told_of_what_it_wants_in_order_and_once() {
    let service = StandIn::start(|_| (200, String::new())).await;
    let config = hooks(|hooks| {
        hooks.after = vec![service.url("/events")];
        hooks.after_deeds = vec![Deed::AccountRegistered, Deed::LoginSucceeded];
    });
    let app = TestApp::start().await;
    app.user("before").signed_in().await;
    let listener = Listener::all(&config).unwrap().remove(0);
    listener.tell(&app.core).await.unwrap();
    app.login("nobody", "wrong password").await;
    app.user("ada").signed_in().await;

    while listener.tell(&app.core).await.unwrap() {}

    let asked = service.asked();
    assert_eq!(types(&asked), ["account_registered", "login_succeeded"]);
    assert!(asked.iter().all(is_signed));
    assert_ne!(asked[0].headers["webhook-id"], asked[1].headers["webhook-id"]);
}

#[tokio::test]
async fn what_could_not_be_told_is_told_later_also_after_a_restart() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = is_up.clone();
    let service = StandIn::start(move |_| match switch.load(std::sync::atomic::Ordering::SeqCst) {
        true => (204, String::new()),
        false => (500, String::new()),
    })
    .await;
    let config = hooks(|hooks| hooks.after = vec![service.url("/events")]);
    let listener = Listener::all(&config).unwrap().remove(0);
    let app = TestApp::start().await;
    listener.tell(&app.core).await.unwrap();
    app.user("ada").registered().await;

    for _ in 0..3 {
        listener.tell(&app.core).await.unwrap();
    }
    assert_eq!(service.asked().len(), 1, "it is given time");
    let app = app.restart().await;
    app.clock.advance(Ttl::from_seconds(2));
    listener.tell(&app.core).await.unwrap();
    app.clock.advance(Ttl::from_seconds(2));
    listener.tell(&app.core).await.unwrap();
    assert_eq!(service.asked().len(), 2, "and more of it each time");
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    app.clock.advance(Ttl::from_seconds(2));
    while listener.tell(&app.core).await.unwrap() {}

    let asked = service.asked();
    assert_eq!(types(&asked), ["account_registered"; 3]);
    assert_eq!(asked[0].headers["webhook-id"], asked[2].headers["webhook-id"], "it is the same event");
}

#[tokio::test]
async fn a_line_that_can_never_be_told_does_not_hold_up_the_others_for_ever() {
    let service = StandIn::start(|asked| match asked.body.contains("account_registered") {
        true => (500, String::new()),
        false => (200, String::new()),
    })
    .await;
    let config = hooks(|hooks| hooks.after = vec![service.url("/events")]);
    let listener = Listener::all(&config).unwrap().remove(0);
    let app = TestApp::start().await;
    listener.tell(&app.core).await.unwrap();
    app.user("ada").signed_in().await;

    for _ in 0..30 {
        listener.tell(&app.core).await.unwrap();
        app.clock.advance(Ttl::from_minutes(60));
    }

    assert_eq!(types(&service.asked()).last().unwrap(), "login_succeeded");
    assert_eq!(service.asked().len(), 25);
}

#[tokio::test]
async fn how_far_a_listener_was_told_and_what_stood_in_the_way_can_be_seen() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let switch = is_up.clone();
    let service = StandIn::start(move |_| match switch.load(std::sync::atomic::Ordering::SeqCst) {
        true => (204, String::new()),
        false => (500, String::new()),
    })
    .await;
    let config = hooks(|hooks| hooks.after = vec![service.url("/events")]);
    let listener = Listener::all(&config).unwrap().remove(0);
    let app = app_with(config, &[]).await;
    let root = app.superuser().await;
    let seen =
        async || app.get("/api/v1/admin/webhooks").bearer(&root.access).await.expect(200).json()[0].clone();
    assert_eq!(seen().await, json!({ "url": service.url("/events"), "backlog": 0, "attempts": 0 }));

    listener.tell(&app.core).await.unwrap();
    app.user("ada").registered().await;
    listener.tell(&app.core).await.unwrap();
    let told = seen().await;
    assert_eq!((&told["last_success_at"], &told["backlog"]), (&json!("2026-01-31T08:00:00.000Z"), &json!(0)));
    assert!(told.get("last_failure_at").is_none() && told.get("retry_at").is_none(), "{told}");

    is_up.store(false, std::sync::atomic::Ordering::SeqCst);
    app.clock.advance(Ttl::from_minutes(1));
    app.user("eve").registered().await;
    listener.tell(&app.core).await.unwrap();
    let failed = seen().await;
    assert_eq!((&failed["attempts"], &failed["backlog"]), (&json!(1), &json!(1)));
    assert_eq!(failed["last_success_at"], "2026-01-31T08:00:00.000Z");
    assert_eq!(failed["last_failure_at"], "2026-01-31T08:01:00.000Z");
    assert_eq!(failed["retry_at"], "2026-01-31T08:01:02.000Z");
    assert!(failed["last_error"].as_str().unwrap().contains("500"), "{failed}");

    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    listener.tell(&app.core).await.unwrap();
    assert_eq!(seen().await["backlog"], 1, "it is given time");
    app.post("/api/v1/admin/webhooks/retry").bearer(&root.access).await.expect(204);
    while listener.tell(&app.core).await.unwrap() {}
    let told = seen().await;
    assert_eq!((&told["backlog"], &told["attempts"]), (&json!(0), &json!(0)));
    assert_eq!(types(&service.asked()).last().unwrap(), "webhooks_retried");
}

#[test]
fn addresses_that_are_not_public_are_refused_unless_they_are_allowed() {
    for url in ["http://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x", "http://hooks.example/x"] {
        let config = hooks(|hooks| {
            hooks.allows_private_addresses = false;
            hooks.after = vec![url.into()];
        });

        assert!(Listener::all(&config).unwrap_err().contains("hooks.allow_private_addresses"), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_called() {
    let config = hooks(|hooks| {
        hooks.allows_private_addresses = false;
        hooks.before_registration =
            Some(HookConfig { url: "https://localhost/x".into(), when_unreachable: WhenUnreachable::Refuse });
    });

    let refused = app_with(config, &[]).await.user("ada").register().await;

    assert_problem!(refused, 503, "check_unavailable");
}
