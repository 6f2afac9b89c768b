//! Accounts and their addresses.

use doorward_core::Ttl;
use doorward_testkit::PASSWORD;
use serde_json::json;

use crate::dialect::r2r::{Tokens, dialect, logged_in, login, register, signed_in, verdict};

#[tokio::test]
async fn weak_spot_15_codes_leave_by_mail_only() {
    let app = dialect().await;
    let root = app.superuser().await;
    let ada = register(&app, "ada").await;
    let mail = app.mail_to("ada@example.com").await;
    let (token, code) = (mail.token().to_owned(), mail.code().to_owned());
    let id = ada["id"].as_str().unwrap();

    let answers = [
        app.post("/v2/send_reset_email").json(&json!("ada@example.com")).await.expect(200),
        app.post("/v3/users/send-verification-email").json(&json!("ada@example.com")).await.expect(200),
        app.get(&format!("/v2/user/{id}/verification_data")).bearer(&root.access).await.expect(200),
        app.get(&format!("/v3/users/{id}")).bearer(&root.access).await.expect(200),
    ];

    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    for answer in answers {
        let text = answer.text();
        assert!(!text.contains("dwv_") && !text.contains("dwp_") && !text.contains(&token), "{text}");
        assert!(!text.contains(&code) && !text.contains(&digits), "{text}");
    }
}

#[tokio::test]
async fn weak_spot_22_one_address_is_one_account_however_it_is_written() {
    let app = dialect().await;
    let body = json!({ "email": "Ada@Example.com", "password": PASSWORD });
    app.post("/v1/register").json(&body).await.expect(200);

    for path in ["/v1/register", "/v2/register", "/v3/users"] {
        let body = json!({ "email": "ada@example.COM", "password": PASSWORD });
        app.post(path).json(&body).await.expect(400);
    }
    login(&app, "ADA", PASSWORD).await.expect(200);
    let token = app.mail_to("Ada@Example.com").await.token().to_owned();
    let body = json!({ "email": "ADA@EXAMPLE.COM", "verification_code": token });
    app.post("/v3/users/verify-email").json(&body).await.expect(200);
}

#[tokio::test]
async fn weak_spot_26_another_address_is_proved_first_and_ends_no_session() {
    let app = dialect().await;
    let ada = register(&app, "ada").await;
    register(&app, "eve").await;
    let tokens = logged_in(&app, "ada").await;
    let path = format!("/v3/users/{}", ada["id"].as_str().unwrap());
    let change = |email: &str| {
        app.post(&path).bearer(&tokens.access).json(&json!({ "email": email, "password": PASSWORD }))
    };

    // Neither an address that is free nor one that is taken says so.
    let taken = change("eve@example.com").await.expect(200).json();
    let free = change("countess@example.com").await.expect(200).json();

    assert_eq!(taken["results"]["email"], "ada@example.com");
    assert_eq!(free["results"]["email"], "ada@example.com");
    let token = app.mail_to("countess@example.com").await.token().to_owned();
    app.post("/api/v1/email-change/confirm").json(&json!({ "token": token })).await.expect(204);
    let me = app.get("/v3/users/me").bearer(&tokens.access).await.expect(200).json();
    assert_eq!(me["results"]["email"], "countess@example.com");

    // Whoever takes the address that became free is somebody else.
    let other = register(&app, "ada").await;
    assert_ne!(other["id"], ada["id"]);
    let me = app.get("/v3/users/me").bearer(&tokens.access).await.expect(200).json();
    assert_eq!(me["results"]["id"], ada["id"]);
}

#[tokio::test]
async fn weak_spot_26_a_login_of_long_ago_changes_no_address_without_the_password() {
    let app = dialect().await;
    let tokens = signed_in(&app, "ada").await;
    app.clock.advance(Ttl::from_days(1));
    let refreshed = app.post("/v2/refresh_access_token").json(&json!(tokens.refresh)).await.expect(200);
    let access = Tokens::read(&refreshed).access;

    let body = json!({ "email": "countess@example.com" });
    app.put("/v1/user").bearer(&access).json(&body).await.expect(422);
    let body = json!({ "email": "countess@example.com", "password": PASSWORD });
    app.put("/v1/user").bearer(&access).json(&body).await.expect(200);
}

#[tokio::test]
async fn weak_spot_31_a_disabled_account_is_refused_by_the_next_request_with_whatever_it_has() {
    let app = dialect().await;
    let ada = register(&app, "ada").await;
    let tokens = logged_in(&app, "ada").await;
    let path = format!("/v3/users/{}/api-keys", ada["id"].as_str().unwrap());
    let key = app.post(&path).bearer(&tokens.access).json(&json!({})).await.expect(200).json();
    let key = key["results"]["api_key"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&app, &key).await, 200);

    app.core.set_active("ada@example.com", false).await.unwrap();

    assert_eq!(verdict(&app, &tokens.access).await, 401);
    assert_eq!(verdict(&app, &key).await, 401);
    app.post("/v3/users/refresh-token").json(&json!(tokens.refresh)).await.expect(401);
    login(&app, "ada", PASSWORD).await.expect(400);
}

/// That each release gets along with the server is shown by its own journeys; here is where its generations did not with their own.
#[tokio::test]
async fn weak_spot_25_what_clients_of_the_second_generation_send_is_what_is_read() {
    let app = dialect().await;
    let root = app.superuser().await;
    let (ada, eve) = (register(&app, "ada").await, register(&app, "eve").await);
    let tokens = logged_in(&app, "ada").await;
    let code = app.mail_to("ada@example.com").await.token().to_owned();

    app.post("/v2/verify_email").json(&json!(code)).await.expect(200);

    let own = format!("/v2/user/{}", ada["id"].as_str().unwrap());
    let proof = json!({ "password": PASSWORD, "delete_vector_data": false });
    app.delete(&own).bearer(&tokens.access).json(&proof).await.expect(200);
    let other = format!("/v2/user/{}", eve["id"].as_str().unwrap());
    app.delete(&other).bearer(&root.access).await.expect(200);
    login(&app, "eve", PASSWORD).await.expect(401);
}
