//! Providers that are known by name, and the one that is none.

use doorward_guard::guards::{Registration, github, google, mock};
use doorward_guard::testkit::ProviderUser;
use doorward_guard::{Guard, Guards, any};
use serde_json::json;

use crate::app::{Browser, World, registration};

#[tokio::test]
async fn github_is_asked_with_its_own_separator() {
    let world = World::new();
    let start = world.browser(github(registration()).scopes(["read:user", "user:email"])).open("/").await;

    assert!(start.location().starts_with("https://github.com/login/oauth/authorize?"));
    assert_eq!(start.param("scope").as_deref(), Some("read:user,user:email"));
}

#[test]
fn github_describes_itself() {
    let token = "https://github.com/login/oauth/access_token";
    assert_eq!(
        github(registration()).scheme(),
        Some(json!({ "type": "oauth2", "flows": { "authorizationCode": {
            "authorizationUrl": "https://github.com/login/oauth/authorize",
            "tokenUrl": token, "refreshUrl": token, "scopes": {},
        } } }))
    );
}

#[test]
fn google_is_an_openid_provider() {
    let url = "https://accounts.google.com/.well-known/openid-configuration";
    assert_eq!(
        google(registration()).scheme(),
        Some(json!({ "type": "openIdConnect", "openIdConnectUrl": url }))
    );
}

#[tokio::test]
async fn a_mock_logs_in_without_a_network() {
    let guard = mock(ProviderUser::new("m"), "http://localhost:3000/auth/mock");
    let guards = Guards::builder().guard("mock", guard).rule(any(), "/*", "mock").build().unwrap();
    let mut browser = Browser::before(&guards);
    let start = browser.open("/page").await;
    let back = start.location().strip_prefix("http://localhost:3000").unwrap().to_owned();
    let answer = browser.open(&back).await;

    assert!(answer.body.starts_with("m ") && answer.body.contains("GET /page"), "{}", answer.body);
}

#[test]
fn a_mock_cannot_be_built_for_the_world() {
    let guard = mock(ProviderUser::new("m"), "https://app.example/auth/mock");
    let built = World::new().builder().guard("mock", guard).build();

    assert!(built.unwrap_err().to_string().contains("works on this machine alone"));
}

#[test]
fn a_registration_that_cannot_work_is_found_when_guards_are_built() {
    for registration in [
        Registration::new("", "s", "https://app.example/cb"),
        Registration::new("c", "", "https://app.example/cb"),
        Registration::new("c", "s", "app.example/cb"),
        Registration::new("c", "s", "ftp://app.example/cb"),
        Registration::new("c", "s", "https://app.example/cb#x"),
        Registration::new("c", "s", "https://app.example/other").under("/api"),
    ] {
        assert!(github(registration.clone()).fault().is_some(), "{registration:?}");
    }
    let printed = format!("{:?}", Registration::new("c", "s3cret", "https://app.example/cb"));
    assert!(!printed.contains("s3cret"), "{printed}");
}
