//! `/confirm`: letters, and what they lead to.

use doorward::config::{self, Environment};
use serde_json::json;

use super::{Browser, app, check, done, with};

#[tokio::test]
async fn an_address_is_confirmed_by_the_letter_of_the_registration_or_by_one_that_was_asked_for() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let unconfirmed = json!({ "email": "anna@example.com", "confirmed": false });
    assert_eq!(anna.get("/confirm").await.expect(200).json(), unconfirmed);

    done(&anna.post("/confirm", &json!(null)).await);
    let token = app.mail_to("anna@example.com").await.token().to_owned();
    done(&Browser::new(&app).post(&format!("/confirm/{token}"), &json!(null)).await);

    assert_eq!(anna.get("/confirm").await.json()["confirmed"], true);
    check(&anna.post("/confirm", &json!(null)).await, 400, "Email already confirmed");
    check(&anna.post(&format!("/confirm/{token}"), &json!(null)).await, 403, "Forbidden");
}

#[tokio::test]
async fn letters_lead_to_the_application_or_to_the_pages_of_the_server() {
    let settings = "[dialect.authx]\nenabled = true\n";
    let configured = |more: &str| {
        let text = format!("[server]\npublic_url = \"https://auth.example\"\n{settings}{more}");
        config::parse(&text, &Environment::default()).unwrap()
    };
    for (more, base) in
        [("base_url = \"https://app.example/\"", "https://app.example"), ("", "https://auth.example")]
    {
        let config = configured(more);
        let app = with(|plan| (plan.mail, plan.http) = (config.mail, config.http)).await;
        let body = json!({ "email": "anna@example.com" });
        Browser::registered(&app, "anna").await.post("/forgot_password", &body).await.expect(200);

        let mails = app.mails().await;

        assert!(mails[0].text.contains(&format!("{base}/confirm?token=dwv_")), "{}", mails[0].text);
        assert!(mails[1].text.contains(&format!("{base}/reset_password?token=dwp_")), "{}", mails[1].text);
    }
}

#[tokio::test]
async fn the_servers_own_pages_are_found_under_those_addresses() {
    let app = app().await;

    for (path, page) in
        [("/confirm", "/account/verify-email"), ("/reset_password", "/account/reset-password")]
    {
        let answer = app.get(&format!("{path}?token=a%26b%0d")).await;

        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), format!("{page}?token=a%26b%0D"));
    }
}
