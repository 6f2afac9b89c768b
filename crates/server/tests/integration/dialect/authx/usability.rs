//! What people complained of in AuthX, beside its security, and what they missed; and what its later releases got wrong.

use doorward_core::Ttl;
use serde_json::{Value, json};

use super::{ACCESS, Browser, PASSWORD, REFRESH, app, check, done, new};

const NOTHING: Value = Value::Null;

fn attempt(login: &str, password: &str) -> Value {
    json!({ "login": login, "password": password })
}

#[tokio::test]
async fn no_mail_record_is_looked_up_and_a_letter_that_fails_is_tried_again() {
    let app = app().await;
    let mut anna = Browser::new(&app);
    let mut body = new("anna");
    body["email"] = json!("anna@no-such-domain.example");
    app.post.fail("the mail server is away", false);

    done(&anna.post("/register", &body).await);
    assert!(app.mails().await.is_empty());
    app.post.recover();
    app.clock.advance(Ttl::from_minutes(60));

    assert_eq!(
        app.mail_to("anna@no-such-domain.example").await.subject,
        "Verify your email address for Doorward"
    );
    done(&Browser::new(&app).post("/login", &attempt("anna@no-such-domain.example", PASSWORD)).await);
}

#[tokio::test]
async fn passwords_are_long_and_of_any_letters() {
    let app = app().await;
    let long = "Пароль-и-много-других-букв-".repeat(4);
    let mut body = new("anna");
    (body["password1"], body["password2"]) = (json!(long), json!(long));

    done(&Browser::new(&app).post("/register", &body).await);

    done(&Browser::new(&app).post("/login", &attempt("anna", &long)).await);
}

#[tokio::test]
async fn sessions_are_seen_and_ended_with_the_same_token() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut elsewhere = Browser::new(&app);
    done(&elsewhere.post("/login", &attempt("anna", PASSWORD)).await);
    let access = anna.access.clone().unwrap();
    let sessions = app.get("/api/v1/sessions").bearer(&access).await.expect(200).json();
    let sessions = sessions.as_array().unwrap();
    let other = sessions.iter().find(|session| session["is_current"] == false).unwrap();

    let path = format!("/api/v1/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(app.delete(&path).bearer(&access).await.status, 204);

    check(&elsewhere.post("/token", &NOTHING).await, 401, "Unauthorized");
    anna.post("/token", &NOTHING).await.expect(200);
}

#[tokio::test]
async fn a_number_is_never_given_to_a_second_account() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let first = anna.id().await;
    let user = app.core.account_numbered(first).await.unwrap();
    app.core.delete_account_of(&app.core.command_line(), user.id, &Default::default()).await.unwrap();

    let mut bert = Browser::registered(&app, "bert").await;

    assert!(bert.id().await > first);
    assert!(app.core.account_numbered(first).await.is_err());
}

#[tokio::test]
async fn a_number_is_given_once_whoever_asks_at_the_same_moment() {
    let app = app().await;
    app.user("anna").registered().await;
    let anna = app.user("anna").logged_in().await;

    let answers = app
        .race(16, |app, _| {
            app.post("/api/users/token").header("cookie", &format!("{ACCESS}={}; {REFRESH}=x", anna.access))
        })
        .await;

    let ids: Vec<_> = answers.iter().map(|answer| answer.json()["id"].clone()).collect();
    assert!(ids.iter().all(|id| id.is_i64() && *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn names_have_digits_hyphens_and_underscores() {
    let app = app().await;

    for name in ["anna1", "an-na", "an_na_2"] {
        let mut browser = Browser::registered(&app, name).await;
        assert_eq!(browser.post("/token", &NOTHING).await.json()["username"], name);
    }
}

#[tokio::test]
async fn what_cannot_be_read_and_a_name_that_nobody_has_are_refused_and_are_no_fault() {
    let app = app().await;
    let mut root = Browser::of_admin(&app).await;

    for path in ["/register", "/login", "/forgot_password"] {
        let answer = app.post(&format!("/api/users{path}")).body("application/json", "no json").await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.text());
    }
    check(&root.get("/id_by_username?username=nobody").await, 404, "Not Found");
    check(&root.get("/id_by_username").await, 404, "Not Found");
}

#[tokio::test]
async fn an_address_is_changed_and_an_account_deleted_with_the_same_token() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let access = anna.access.clone().unwrap();

    let change = json!({ "email": "anna@new.example.com" });
    let asked = app.put("/api/v1/me/email").bearer(&access).json(&change).await;
    assert!(asked.status.is_success(), "{}", asked.text());
    let token = app.mail_to("anna@new.example.com").await.token().to_owned();
    let confirmed = app.post("/api/v1/email-change/confirm").json(&json!({ "token": token })).await;
    assert!(confirmed.status.is_success(), "{}", confirmed.text());
    let standing = json!({ "email": "anna@new.example.com", "confirmed": true });
    assert_eq!(anna.get("/confirm").await.json(), standing);

    app.delete("/api/v1/me").bearer(&access).json(&json!({ "password": PASSWORD })).await.expect(204);
    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
}

/// Its later releases say 422, and clients that refresh on a 401 never do.
#[tokio::test]
async fn later_a_token_that_is_bad_or_has_ended_is_a_401_that_says_what_is_missing() {
    let app = app().await;
    let anna = Browser::registered(&app, "anna").await;
    let access = anna.access.clone().unwrap();
    let altered = format!("{}x", &access[..access.len() - 1]);
    app.get("/api/v1/me").bearer(&access).await.expect(200);

    for token in ["garbage", &altered] {
        let refused = app.get("/api/v1/me").bearer(token).await.expect(401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{token}");
    }
    app.clock.advance(Ttl::from_minutes(11));
    let refused = app.get("/api/v1/me").bearer(&access).await.expect(401);
    assert!(refused.header("www-authenticate").contains("invalid_token"));
}

/// Its later releases have sessions that no token knows of.
#[tokio::test]
async fn later_a_session_that_is_ended_takes_its_token_along() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let access = anna.access.clone().unwrap();
    let sessions = app.get("/api/v1/sessions").bearer(&access).await.expect(200).json();

    let path = format!("/api/v1/sessions/{}", sessions[0]["id"].as_str().unwrap());
    app.delete(&path).bearer(&access).await.expect(204);

    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
    app.get("/api/v1/me").bearer(&access).await.expect(401);
}
