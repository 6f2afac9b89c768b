//! `/password` and `/forgot_password`.

use std::sync::Arc;

use async_trait::async_trait;
use doorward_core::Ttl;
use doorward_core::port::{AuthFault, AuthProvider, Begin, LoginAnswer, LoginStart, ProvenIdentity, Quota};
use serde_json::json;

use super::{Browser, PASSWORD, app, check, done, with};

/// Lets everybody in as one person.
#[derive(Debug)]
struct Anyone;

#[async_trait]
impl AuthProvider for Anyone {
    fn id(&self) -> &str {
        "anyone"
    }

    async fn begin(&self, _: &LoginStart) -> Result<Begin, AuthFault> {
        Ok(Begin::Ask(Vec::new()))
    }

    async fn finish(&self, _: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
        Ok(ProvenIdentity::outside("1", "someone@example.com"))
    }
}

const NEW: &str = "another-horse-entirely";

fn change(old: &str, first: &str, second: &str) -> serde_json::Value {
    json!({ "old_password": old, "password1": first, "password2": second })
}

#[tokio::test]
async fn a_password_is_changed_by_the_old_one() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    assert_eq!(anna.get("/password").await.expect(200).json(), json!({ "status": "change" }));

    check(&anna.put("/password", &change("wrong", NEW, NEW)).await, 400, "Wrong password!");
    check(&anna.put("/password", &change(PASSWORD, PASSWORD, PASSWORD)).await, 400, "Unknown error");
    check(&anna.put("/password", &change(PASSWORD, NEW, "x")).await, 400, "Passwords mismatch");
    check(&anna.put("/password", &json!({ "password1": NEW, "password2": NEW })).await, 400, "Unknown error");
    let camel = json!({ "oldPassword": PASSWORD, "password1": NEW, "password2": NEW });
    done(&anna.put("/password", &camel).await);

    done(&anna.post("/login", &json!({ "login": "anna", "password": NEW })).await);
    let set = json!({ "password1": PASSWORD, "password2": PASSWORD });
    check(&anna.post("/password", &set).await, 400, "Password exists");
}

#[tokio::test]
async fn an_account_without_a_password_sets_its_first_one_after_a_login_of_just_now() {
    let app = with(|plan| plan.outside.providers.push(Arc::new(Anyone))).await;
    let login = || app.post("/api/v1/providers/anyone/finish").json(&json!({ "fields": {} }));
    let access = login().await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let mut someone = Browser { access: Some(access), ..Browser::new(&app) };
    let set = json!({ "password1": NEW, "password2": NEW });
    assert_eq!(someone.get("/password").await.expect(200).json(), json!({ "status": "set" }));

    done(&someone.post("/password", &set).await);

    done(&someone.post("/login", &json!({ "login": "someone@example.com", "password": NEW })).await);
    check(&someone.post("/password", &set).await, 400, "Password exists");
}

#[tokio::test]
async fn a_stolen_session_does_not_get_a_password() {
    let app = with(|plan| {
        plan.outside.providers.push(Arc::new(Anyone));
        plan.rules.tokens.access_ttl = Ttl::from_days(1);
    })
    .await;
    let login = app.post("/api/v1/providers/anyone/finish").json(&json!({ "fields": {} })).await;
    let access = login.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    app.clock.advance(app.core.settings().sessions.fresh);
    let mut thief = Browser { access: Some(access), ..Browser::new(&app) };

    let set = thief.post("/password", &json!({ "password1": NEW, "password2": NEW })).await;

    assert_eq!(set.status, 403);
    assert_eq!(thief.get("/password").await.expect(200).json(), json!({ "status": "set" }));
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_the_letter() {
    let app = app().await;
    Browser::registered(&app, "anna").await;
    let mut stranger = Browser::new(&app);
    check(&stranger.post("/forgot_password", &json!({ "email": "anna" })).await, 400, "Check data");
    check(&stranger.post("/forgot_password", &json!({})).await, 400, "Check data");
    done(&stranger.post("/forgot_password", &json!({ "email": "Anna@example.com" })).await);
    let path = format!("/password/{}", app.mail_to("anna@example.com").await.token());
    let new = json!({ "password1": NEW, "password2": NEW });

    check(
        &stranger.post(&path, &json!({ "password1": "short", "password2": "short" })).await,
        400,
        "Password must contain from 8 to 128 symbols",
    );
    done(&stranger.post(&path, &new).await);

    check(&stranger.post(&path, &new).await, 404, "Not Found");
    check(&stranger.post("/password/none-such", &new).await, 404, "Not Found");
    done(&stranger.post("/login", &json!({ "login": "anna", "password": NEW })).await);
}

#[tokio::test]
async fn letters_are_limited_and_the_third_says_when() {
    let app = with(|plan| {
        plan.rules.limits.mail_per_address = Quota { burst: 2, refill: Ttl::from_minutes(30) };
    })
    .await;
    let mut anna = Browser::registered(&app, "anna").await;
    let email = json!({ "email": "anna@example.com" });
    for _ in 0..2 {
        done(&anna.post("/confirm", &json!(null)).await);
        done(&anna.post("/forgot_password", &email).await);
    }

    let confirm = anna.post("/confirm", &json!(null)).await;
    let forgot = anna.post("/forgot_password", &email).await;

    check(&confirm, 429, "Too Many Requests");
    check(&forgot, 400, "You can send another email in 30 minutes");
    assert_eq!((confirm.header("retry-after"), forgot.header("retry-after")), ("1800", "1800"));
}

#[tokio::test]
async fn strangers_learn_which_addresses_have_accounts_where_the_operator_says_so_alone() {
    let quiet = app().await;
    let telling = with(|plan| {
        plan.http.dialects.authx.unknown_login = 404;
        plan.outside.providers.push(Arc::new(Anyone));
    })
    .await;
    let forgot = |name: &str| json!({ "email": format!("{name}@example.com") });
    telling.post("/api/v1/providers/anyone/finish").json(&json!({ "fields": {} })).await.expect(200);

    done(&Browser::new(&quiet).post("/forgot_password", &forgot("nobody")).await);
    let mut stranger = Browser::new(&telling);
    check(&stranger.post("/forgot_password", &forgot("nobody")).await, 404, "Unknown error");
    check(&stranger.post("/forgot_password", &forgot("someone")).await, 406, "Not Acceptable");
    let login = json!({ "login": "nobody", "password": PASSWORD });
    check(&stranger.post("/login", &login).await, 404, "Not Found");
    check(&Browser::new(&quiet).post("/login", &login).await, 401, "Unauthorized");
}
