//! What the owner of an account does with it.

use doorward_testkit::{PASSWORD, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

use super::{FACTOR, ada};

#[tokio::test]
async fn it_is_set_up_asked_for_and_removed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let state = async || app.get(FACTOR).bearer(&ada.access).await.expect(200).json();
    assert_eq!(state().await, json!({ "is_set_up": false, "recovery_codes_left": 0 }));

    let kept = app.second_factor(&ada.access).await;

    assert_eq!(state().await["recovery_codes_left"], 10);
    let signed_in = app.second_half(&app.ticket("ada").await, &kept.shows(&app)).await.expect(200);
    assert_eq!(app.verdict(&SignedIn::read(&signed_in).access).await, 200);
    let wrong = app.delete(FACTOR).bearer(&ada.access).json(&json!({ "code": "000000" })).await;
    assert_problem!(wrong, 403, "wrong_code");
    let code = json!({ "code": kept.recovery_codes[0] });
    app.delete(FACTOR).bearer(&ada.access).json(&code).await.expect(204);
    app.login("ada", PASSWORD).await.expect(200);
    let told: Vec<String> = app.mails().await.into_iter().map(|mail| mail.subject).collect();
    for word in ["protects your account", "recovery code", "no second factor"] {
        assert!(told.iter().any(|subject| subject.contains(word)), "{word}: {told:?}");
    }
}

#[tokio::test]
async fn the_first_half_of_a_login_gives_a_ticket_and_nothing_else() {
    let app = TestApp::start().await;
    ada(&app).await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });

    let refused = app.post("/api/v1/login").json(&body).await;

    assert!(refused.json()["ticket"].as_str().unwrap().starts_with("dwf_"));
    assert_problem!(refused, 403, "second_factor_required");
    assert_eq!(refused.header("set-cookie"), "");
    assert!(!refused.text().contains("token"), "{}", refused.text());
}

#[tokio::test]
async fn a_wrong_password_is_answered_as_ever_to_the_byte() {
    let app = TestApp::start().await;
    ada(&app).await;
    app.user("eve").registered().await;

    let answers = [app.login("ada", "wrong password").await, app.login("eve", "wrong password").await];

    let [with, without] = answers.map(|mut answer| {
        let id = answer.headers.remove("x-request-id").unwrap();
        (answer.text().replace(id.to_str().unwrap(), ""), answer.status, answer.headers)
    });
    assert_eq!(with, without);
}

#[tokio::test]
async fn a_browser_is_given_its_cookie_with_the_second_half_and_by_its_own_pages_alone() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let body = json!({ "ticket": app.ticket("ada").await, "code": kept.shows(&app), "cookie": true });
    let sent = || app.post("/api/v1/login/second-factor").json(&body);

    assert_problem!(sent().header("origin", "https://evil.example").await, 403, "cross_site");
    let signed_in = sent().await.expect(200);

    assert!(!SignedIn::read(&signed_in).cookie.is_empty());
    assert!(!signed_in.set_cookie("__Host-doorward-device").is_empty());
}

#[tokio::test]
async fn a_key_and_an_application_do_not_touch_it() {
    let app = TestApp::start().await;
    let (ada, kept) = ada(&app).await;
    let key = app.post("/api/v1/api-keys").bearer(&ada.access).json(&json!({ "name": "key" })).await;
    let key = key.expect(201).json()["api_key"].as_str().unwrap().to_owned();
    let code = json!({ "code": kept.recovery_codes[0] });

    for call in [
        app.post(FACTOR).json(&json!({ "password": PASSWORD })),
        app.post(&format!("{FACTOR}/confirm")).json(&code),
        app.post(&format!("{FACTOR}/recovery-codes")).json(&code),
        app.delete(FACTOR).json(&code),
    ] {
        let answer = call.header("x-api-key", &key).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403), "{}", answer.text());
    }
    assert_eq!(app.get(FACTOR).bearer(&ada.access).await.json()["recovery_codes_left"], 10);
}

#[tokio::test]
async fn what_is_kept_of_it_holds_no_code_and_no_secret_and_goes_with_the_account() {
    let app = TestApp::start().await;
    let (ada, kept) = ada(&app).await;

    let export: Value = app.get("/api/v1/me/export").bearer(&ada.access).await.expect(200).json();
    assert_eq!(export["second_factor"]["recovery_codes_left"], 10);
    assert!(!export.to_string().contains(&kept.secret));

    let ticket = app.ticket("ada").await;
    let body = json!({ "password": PASSWORD });
    app.delete("/api/v1/me").bearer(&ada.access).json(&body).await.expect(204);
    assert_problem!(app.second_half(&ticket, &kept.shows(&app)).await, 400, "ticket_invalid");
    app.user("ada").registered().await;
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn another_program_finds_the_same_codes() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let script = "import base64, hmac, struct, sys\n\
        key = base64.b32decode(sys.argv[1])\n\
        tag = hmac.new(key, struct.pack('>Q', int(sys.argv[2]) // 30), 'sha1').digest()\n\
        at = tag[-1] & 15\n\
        print('%06d' % ((struct.unpack('>I', tag[at:at + 4])[0] & 0x7fffffff) % 1000000))";
    let seconds = (app.now() / 1000).to_string();
    let python = std::process::Command::new("python3").args(["-c", script, &kept.secret, &seconds]).output();
    let shown = String::from_utf8(python.unwrap().stdout).unwrap();

    app.second_half(&app.ticket("ada").await, shown.trim()).await.expect(200);
}
