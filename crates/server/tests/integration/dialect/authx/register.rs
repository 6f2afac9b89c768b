//! `/register`: what is taken, and the texts for what is not.

use serde_json::{Value, json};

use super::{Browser, PASSWORD, app, check, done, new, with};

async fn refusal(app: &doorward_testkit::TestApp, change: Value) -> String {
    let mut body = new("anna");
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let answer = Browser::new(app).post("/register", &body).await;
    assert_eq!(answer.status, 400, "{body}");
    assert!(answer.headers.get("set-cookie").is_none());
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_account_is_signed_in_and_has_no_permissions() {
    let app = app().await;
    let mut anna = Browser::new(&app);

    done(&anna.post("/register", &new("anna")).await);

    let token = anna.post("/token", &json!(null)).await.expect(200).json();
    assert_eq!(
        (&token["username"], &token["permissions"], &token["type"]),
        (&json!("anna"), &json!([]), &json!("access"))
    );
    assert!(token["exp"].as_i64() > token["iat"].as_i64());
    assert_eq!(app.mail_to("anna@example.com").await.subject, "Verify your email address for Doorward");
}

#[tokio::test]
async fn each_fault_has_its_text_and_the_first_one_is_told() {
    let app = app().await;
    Browser::registered(&app, "bert").await;

    for (change, text) in [
        (json!({ "email": "anna" }), "Unknown error"),
        (json!({ "email": null }), "Unknown error"),
        (json!({ "username": null }), "Unknown error"),
        (json!({ "password1": null }), "Unknown error"),
        (json!({ "username": " an " }), "Username must contain from 3 to 20 symbols"),
        (json!({ "username": "anna.b" }), "Username must not contain special characters"),
        (json!({ "username": "notifications" }), "Wrong username"),
        (json!({ "username": "\u{430}nna" }), "Username must be only in latin or cyrillic"),
        (json!({ "password1": "with a blank" }), "Password must not contain spaces"),
        (json!({ "password1": "short" }), "Password must contain from 8 to 128 symbols"),
        (json!({ "password2": "another-one" }), "Passwords mismatch"),
        (json!({ "email": "BERT@example.com" }), "Email already exists"),
        (json!({ "username": "Bert" }), "Username already exists"),
        (json!({ "email": "anna", "username": "x", "password1": "y" }), "Unknown error"),
        (json!({ "username": "x", "password1": "y" }), "Username must contain from 3 to 20 symbols"),
    ] {
        assert_eq!(refusal(&app, change.clone()).await, text, "{change}");
    }
}

#[tokio::test]
async fn a_password_that_everybody_knows_is_refused_in_words() {
    let app = app().await;

    let known = json!({ "password1": "password1", "password2": "password1" });

    assert_eq!(refusal(&app, known).await, "This password is one of the first that are guessed.");
}

#[tokio::test]
async fn members_that_are_not_known_are_passed_over_and_the_media_type_is_not_looked_at() {
    let app = app().await;
    let mut body = new("anna");
    body["remember"] = json!(true);

    let call = app.post("/api/users/register").body("text/plain;charset=UTF-8", body.to_string());

    done(&call.await);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let app = app().await;

    for body in ["", "no json", "[]", "5", "{\"email\":5}"] {
        let answer = app.post("/api/users/register").body("application/json", body).await;
        check(&answer, 400, "Bad Request");
    }
}

#[tokio::test]
async fn closed_registration_holds_here_too() {
    let app = with(|plan| plan.rules.is_registration_open = false).await;

    let answer = Browser::new(&app).post("/register", &new("anna")).await;

    check(&answer, 403, "New accounts are not taken at present.");
}

#[tokio::test]
async fn where_addresses_have_to_be_verified_first_no_session_is_opened() {
    let app = with(|plan| plan.rules.requires_verified_email = true).await;
    let mut anna = Browser::new(&app);

    done(&anna.post("/register", &new("anna")).await);

    assert!(anna.access.is_none() && anna.refresh.is_none());
    let login = json!({ "login": "anna", "password": PASSWORD });
    assert_eq!(anna.post("/login", &login).await.status, 403);
    let letter = app.mail_to("anna@example.com").await;
    done(&anna.post(&format!("/confirm/{}", letter.token()), &json!(null)).await);
    done(&anna.post("/login", &login).await);
}
