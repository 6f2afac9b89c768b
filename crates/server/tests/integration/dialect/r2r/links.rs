//! `/v3/users/oauth/{provider}`: logins with the providers of the configuration, whose answer R2R's clients hand over.

use doorward::config::ProviderKind;
use doorward_core::Ttl;
use doorward_guard::testkit::{Endpoint, Fault, Provider, ProviderUser};
use doorward_testkit::{Answer, TestApp};
use serde_json::{Value, json};
use url::Url;

use super::{dialect_with, signed_in};
use crate::others::{ada, configured, github, github_answer, open_id};

const FRONTEND: &str = "https://front.example/oauth/callback";

/// A server whose Google is a provider of the test's own.
async fn app_and_google() -> (TestApp, Provider) {
    let (provider, issuer) = open_id().await;
    let app = dialect_with(|plan| {
        let mut google = configured("google", ProviderKind::OpenId(issuer));
        google.redirect_uri = Some(FRONTEND.into());
        plan.http.providers.push(google);
    })
    .await;
    (app, provider)
}

/// Where R2R's client is told to send the browser.
async fn link(app: &TestApp, provider: &str) -> String {
    let answer = app.get(&format!("/v3/users/oauth/{provider}/authorize")).await.expect(200).json();
    answer["results"]["message"].as_str().expect("an address").to_owned()
}

/// What the page of the client's own finds in its address.
fn followed(provider: &Provider, link: &str) -> String {
    let back: Url = provider.visit(link).expect("the provider sends it back").parse().unwrap();
    assert!(back.as_str().starts_with(FRONTEND), "{back}");
    back.query().unwrap().to_owned()
}

async fn hand_over(app: &TestApp, provider: &str, query: &str) -> Answer {
    app.get(&format!("/v3/users/oauth/{provider}/callback?{query}")).await
}

async fn come_in(app: &TestApp, provider: &Provider) -> Answer {
    let query = followed(provider, &link(app, "google").await);
    hand_over(app, "google", &query).await
}

async fn account(app: &TestApp, answer: Answer) -> Value {
    let tokens = answer.expect(200).json();
    let access = tokens["results"]["access_token"]["token"].as_str().unwrap().to_owned();
    app.get("/v3/users/me").bearer(&access).await.expect(200).json()["results"].clone()
}

#[tokio::test]
async fn the_first_login_makes_an_account_without_a_password_and_the_second_finds_it() {
    let (app, google) = app_and_google().await;

    let first = account(&app, come_in(&app, &google).await).await;
    let again = account(&app, come_in(&app, &google).await).await;

    assert_eq!(first["id"], again["id"]);
    let told = ["email", "is_verified", "account_type", "name", "google_id"].map(|name| first[name].clone());
    assert_eq!(json!(told), json!(["ada@example.com", true, "oauth", "Ada Lovelace", "subject-of-ada"]));
    let form = "username=ada@example.com&password=correct+horse+battery";
    let by_password = app.post("/v3/users/login").body("application/x-www-form-urlencoded", form).await;
    assert_eq!(by_password.status, 401);
}

#[tokio::test]
async fn clients_of_r2r_hand_over_the_code_and_the_state_alone() {
    let (app, google) = app_and_google().await;
    let query = followed(&google, &link(&app, "google").await);
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("iss=")).collect();
    assert_eq!(kept.len(), 2, "the provider names itself: {query}");

    hand_over(&app, "google", &kept.join("&")).await.expect(200);

    let query = followed(&google, &link(&app, "google").await);
    let forged: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("iss=")).collect();
    let forged = format!("{}&iss=https%3A%2F%2Fevil.example", forged.join("&"));
    assert_eq!(hand_over(&app, "google", &forged).await.status, 401);
}

#[tokio::test]
async fn an_address_never_opens_the_account_of_somebody_else() {
    let (app, google) = app_and_google().await;
    signed_in(&app, "ada").await;

    let refused = come_in(&app, &google).await;

    assert_eq!(refused.status, 401, "{}", refused.text());
    assert_eq!(refused.json()["code"], "invalid_credentials");
}

#[tokio::test]
async fn weak_spot_28_the_state_goes_out_of_date_and_belongs_to_its_code_and_its_provider() {
    let (app, google) = app_and_google().await;
    let (one, other) = (link(&app, "google").await, link(&app, "google").await);
    let field = |query: &str, name: &str| {
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
        found.unwrap().1.into_owned()
    };
    let (mine, theirs) = (followed(&google, &one), followed(&google, &other));

    let mixed = format!("code={}&state={}", field(&theirs, "code"), field(&mine, "state"));
    let invented = format!("code={}&state=constant", field(&theirs, "code"));
    for bad in [&*mixed, &invented] {
        assert_eq!(hand_over(&app, "google", bad).await.status, 401, "{bad}");
    }
    let spent = followed(&google, &link(&app, "google").await);
    hand_over(&app, "google", &spent).await.expect(200);
    assert_eq!(hand_over(&app, "google", &spent).await.status, 401, "a code is good once");
    let late = followed(&google, &link(&app, "google").await);
    app.clock.advance(Ttl::from_minutes(10));
    assert_eq!(hand_over(&app, "google", &late).await.status, 401);
}

#[tokio::test]
async fn a_provider_that_is_away_or_lies_lets_nobody_in() {
    let (app, google) = app_and_google().await;

    google.log_in(ProviderUser::new("nobody"));
    let nameless = come_in(&app, &google).await;
    google.log_in(ada());
    google.misbehave(Fault::ForeignKey);
    let forged = come_in(&app, &google).await;
    google.behave();
    let query = followed(&google, &link(&app, "google").await);
    google.misbehave(Fault::Unreachable(Endpoint::Token));
    let away = hand_over(&app, "google", &query).await;

    assert_eq!(nameless.status, 401, "{}", nameless.text());
    assert_eq!(forged.status, 401, "{}", forged.text());
    assert_eq!(away.status, 503, "{}", away.text());
}

#[tokio::test]
async fn github_tells_the_main_address_that_it_has_verified() {
    let address = github(json!([
        { "email": "shown@example.com", "primary": false, "verified": false },
        { "email": "ada@example.com", "primary": true, "verified": true },
    ]))
    .await;
    let app = dialect_with(|plan| {
        let mut github = configured("github", ProviderKind::GitHub(Some(address)));
        github.redirect_uri = Some(FRONTEND.into());
        plan.http.providers.push(github);
    })
    .await;

    let query = github_answer(&link(&app, "github").await);
    let made = account(&app, hand_over(&app, "github", &query).await).await;

    let told = ["email", "is_verified", "name", "github_id"].map(|name| made[name].clone());
    assert_eq!(json!(told), json!(["ada@example.com", true, "Ada Lovelace", "815"]));
}
