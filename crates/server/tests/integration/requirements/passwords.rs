//! Passwords (V6).

use doorward_core::Ttl;
use doorward_testkit::{Answer, PASSWORD, TestApp, assert_problem};
use serde_json::json;

async fn register(app: &TestApp, password: &str) -> Answer {
    app.post("/api/v1/users").json(&json!({ "email": "ada@example.com", "password": password })).await
}

#[tokio::test]
async fn v6_2_1_a_password_has_eight_characters_at_least_and_fifteen_where_the_operator_says_so() {
    let app = TestApp::start().await;
    let strict = TestApp::with(|plan| plan.rules.password.min_length = 15).await;

    assert_problem!(register(&app, "xk7-Qp2").await, 400, "password_too_short");
    register(&app, "xk7-Qp2z").await.expect(201);
    assert_problem!(register(&strict, "xk7-Qp2z-Lm9wT").await, 400, "password_too_short");
    register(&strict, "xk7-Qp2z-Lm9wTv").await.expect(201);
}

#[tokio::test]
async fn v6_2_2_v6_2_3_a_password_is_changed_by_whoever_knows_the_current_one() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let change = |body| app.put("/api/v1/me/password").bearer(&ada.access).json(&body);

    let without = change(json!({ "new_password": "another horse battery" })).await;
    let wrong = change(json!({ "current_password": "wrong", "new_password": "another horse battery" })).await;

    assert_problem!(without, 400, "malformed_body");
    assert_problem!(wrong, 403, "wrong_password");
    change(json!({ "current_password": PASSWORD, "new_password": "another horse battery" }))
        .await
        .expect(204);
    app.login("ada", "another horse battery").await.expect(200);
}

#[tokio::test]
async fn v6_2_4_the_commonest_passwords_are_refused() {
    let app = TestApp::start().await;

    for common in [
        "password",
        "12345678",
        "123456789",
        "1234567890",
        "password1",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "trustno1",
        "whatever",
        "qwertyuiop",
        "asdfghjkl",
        "starwars",
        "computer",
        "michelle",
        "jennifer",
        "corvette",
    ] {
        assert_problem!(register(&app, common).await, 400, "password_too_common");
    }
    let ada = app.user("ada").signed_in().await;
    let change = json!({ "current_password": PASSWORD, "new_password": "iloveyou1" });
    let changed = app.put("/api/v1/me/password").bearer(&ada.access).json(&change).await;
    assert_problem!(changed, 400, "password_too_common");
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    let reset = json!({ "token": token, "new_password": "iloveyou1" });
    let reset = app.post("/api/v1/password-reset/confirm").json(&reset).await;
    assert_problem!(reset, 400, "password_too_common");
}

#[tokio::test]
async fn v6_2_5_any_characters_make_a_password() {
    for password in [
        "корректная лошадь",
        "正しい馬のバッテリー",
        "🐴🔋🐴🔋🐴🔋🐴🔋",
        "        x       ",
        "just lower case words",
    ] {
        let app = TestApp::start().await;

        register(&app, password).await.expect(201);

        app.login("ada@example.com", password).await.expect(200);
    }
}

#[tokio::test]
async fn v6_2_8_a_password_counts_to_its_last_byte() {
    for length in [73, 80, 100, 128] {
        let app = TestApp::start().await;
        let password = format!("{:x<length$}", "xk7-Qp2z-");
        register(&app, &password).await.expect(201);

        for other in [
            format!("{}y", &password[..length - 1]),
            password[..length - 1].to_owned(),
            password.to_uppercase(),
            format!("{password} "),
            format!("{password}\0"),
        ] {
            assert_problem!(app.login("ada@example.com", &other).await, 401, "invalid_credentials");
        }
        app.login("ada@example.com", &password).await.expect(200);
    }
}

#[tokio::test]
async fn v6_3_1_guesses_are_limited_by_account_and_by_network() {
    let app = TestApp::with(|plan| plan.rules.limits = doorward_core::settings::Limits::default()).await;
    app.user("ada").registered().await;

    let answers = app.race(17, |app, _| app.login("ada", "wrong password")).await;

    let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(limited.len(), 7, "ten of seventeen are tried");
    assert!(limited.iter().all(|answer| answer.headers.contains_key("retry-after")));
}

#[tokio::test]
async fn v6_1_1_a_stranger_cannot_lock_the_owner_out() {
    let app = TestApp::with(|plan| plan.rules.limits = doorward_core::settings::Limits::default()).await;
    app.user("ada").signed_in().await;
    for network in 0..12 {
        for _ in 0..11 {
            app.login("ada", "wrong password").from(&format!("203.0.113.{network}")).await;
        }
    }
    assert_problem!(app.login("ada", PASSWORD).from("198.51.100.9").await, 429, "too_many_attempts");

    let owner = app.login("ada", PASSWORD).await;

    owner.expect(200);
}

#[tokio::test]
async fn v6_3_2_no_account_opens_with_a_well_known_name_and_password() {
    let app = TestApp::start().await;
    let made = app.core.ensure_first_admin("admin@example.com", None).await.unwrap();
    assert!(matches!(made, doorward_core::account::FirstAdmin::Created(Some(_))));

    for name in ["admin", "root", "administrator", "test", "admin@example.com", "user", "doorward", "guest"] {
        for password in ["admin", "password", "change_me_immediately", "root", "doorward", "", "123456", name]
        {
            assert_problem!(app.login(name, password).await, 401, "invalid_credentials");
        }
    }
}

#[tokio::test]
async fn v6_3_8_an_account_that_is_there_cannot_be_told_from_one_that_is_not() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let wrong = app.login("ada", "wrong password").await;
    let unknown = app.login("eve", "wrong password").await;

    let same = |answer: &Answer| {
        let mut document = answer.json();
        document.as_object_mut().unwrap().remove("request_id");
        let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        (answer.status, names, document, answer.body.len())
    };
    assert_eq!(same(&wrong), same(&unknown));
}

#[test]
fn v6_4_2_there_are_no_hints_and_no_secret_questions() {
    let document = serde_json::to_string(&doorward::openapi::document()).unwrap().to_lowercase();

    for word in ["hint", "question", "secret_answer", "security_answer"] {
        assert!(!document.contains(&format!("\"{word}\"")), "{word}");
    }
}

#[tokio::test]
async fn v6_2_10_no_password_grows_too_old() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    app.clock.advance(Ttl::from_days(400));

    app.login("ada", PASSWORD).await.expect(200);
}
