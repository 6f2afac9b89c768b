//! Discovery, userinfo and the record of the user.

use doorward_guard::UserPatch;
use doorward_guard::guards::{ClientAuth, Oidc, Registration};
use doorward_guard::testkit::{Endpoint, Fault};
use serde_json::{Map, json};

use crate::app::{Browser, CALLBACK, ISSUER, World, registration};

fn document(change: impl FnOnce(&mut serde_json::Value)) -> Fault {
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/userinfo"),
        "jwks_uri": format!("{ISSUER}/keys"),
    });
    change(&mut document);
    Fault::Answer(Endpoint::Discovery, 200, "application/json".into(), document.to_string())
}

#[test]
fn the_document_is_below_the_issuer() {
    let url = |issuer: &str| Oidc::new(issuer, registration()).discovery_url();

    assert_eq!(url("https://example.com/"), "https://example.com/.well-known/openid-configuration");
    assert_eq!(url("https://example.com/path"), "https://example.com/path/.well-known/openid-configuration");
}

#[test]
fn openid_is_asked_for_first_and_once() {
    let scopes = |asked: &[&str]| {
        let guard = Oidc::new(ISSUER, registration()).scopes(asked.iter().copied());
        guard.requested_scopes().map(str::to_owned).collect::<Vec<_>>()
    };

    assert_eq!(scopes(&["profile", "email"]), ["openid", "profile", "email"]);
    assert_eq!(scopes(&["profile", "email", "openid"]), ["openid", "profile", "email"]);
}

#[tokio::test]
async fn endpoints_are_those_of_the_document_and_a_nonce_is_sent() {
    let world = World::new();
    world
        .provider
        .misbehave(document(|document| document["authorization_endpoint"] = json!("https://idp.example/a")));
    let start = world.browser(world.oidc()).open("/").await;

    assert!(start.location().starts_with("https://idp.example/a?"));
    assert_eq!(start.param("scope").as_deref(), Some("openid profile"));
    assert_eq!(start.param("nonce").unwrap().len(), 43);
    assert_eq!(start.param("code_challenge_method").as_deref(), Some("S256"));
}

#[tokio::test]
async fn the_document_of_another_issuer_is_refused() {
    let world = World::new();
    world.provider.misbehave(Fault::OtherIssuer("https://evil.example".into()));
    let answer = world.browser(world.oidc()).open("/").await;

    assert_eq!(answer.status, 503);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn a_document_that_cannot_be_had_is_asked_for_again_later() {
    let world = World::new();
    world.provider.misbehave(Fault::Answer(Endpoint::Discovery, 500, "text/plain".into(), "boom".into()));
    let mut browser = world.browser(world.oidc());
    assert_eq!(browser.open("/").await.status, 503);
    assert_eq!(browser.open("/").await.status, 503);
    assert_eq!(world.provider.count(Endpoint::Discovery), 1, "not asked at every request");

    world.provider.behave();
    world.clock.pass(std::time::Duration::from_secs(10));
    assert_eq!(browser.log_in(&world, "/").await.status, 200);
}

#[tokio::test]
async fn the_document_and_the_keys_are_fetched_once_for_many() {
    let world = World::new();
    let browser = world.browser(world.oidc());
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let mut tab = browser.clone();
            tokio::spawn(async move { tab.open("/").await.status })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 303);
    }
    browser.clone().log_in(&world, "/").await;

    assert_eq!(world.provider.count(Endpoint::Discovery), 1);
    assert_eq!(world.provider.count(Endpoint::Keys), 1);
}

#[tokio::test]
async fn a_document_that_leads_to_an_open_line_is_refused() {
    let world = World::new();
    world
        .provider
        .misbehave(document(|document| document["authorization_endpoint"] = json!("http://idp.example/a")));

    assert_eq!(world.browser(world.oidc()).open("/").await.status, 503);
}

#[tokio::test]
async fn the_answer_of_another_provider_is_refused() {
    let world = World::new();
    world.provider.misbehave(Fault::AnswerIssuer(Some("https://evil.example".into())));

    assert_eq!(world.browser(world.oidc()).log_in(&world, "/").await.status, 400);
    assert_eq!(world.provider.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_answer_that_names_nobody_is_refused_where_the_provider_says_that_it_names_itself() {
    let world = World::new();
    world.provider.misbehave(document(|document| {
        document["authorization_response_iss_parameter_supported"] = json!(true);
    }));
    let mut browser = world.browser(world.oidc());
    let state = browser.open("/").await.param("state").unwrap();

    assert_eq!(browser.open(&format!("/auth/callback?code=c&state={state}")).await.status, 400);
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_wants_it() {
    for (methods, in_form) in [
        (json!(["client_secret_basic"]), false),
        (json!(["client_secret_post", "client_secret_basic"]), true),
    ] {
        let world = World::new();
        world.provider.misbehave(document(|document| {
            document["token_endpoint_auth_methods_supported"] = methods;
        }));
        assert_eq!(world.browser(world.oidc()).log_in(&world, "/").await.status, 200);
        let asked = &world.provider.asked(Endpoint::Token)[0];
        assert_eq!(asked.field("client_secret").is_some(), in_form);
    }

    let world = World::new();
    let told = Registration::new("cid", "csecret", CALLBACK).auth(ClientAuth::Basic);
    let guard = Oidc::new(ISSUER, told).fetch(world.provider.clone());
    assert_eq!(world.browser(guard).log_in(&world, "/").await.status, 200);
    assert!(world.provider.asked(Endpoint::Token)[0].headers.contains_key("authorization"));
}

fn userinfo(world: &World, claims: serde_json::Value) -> Browser {
    let claims: Map<String, serde_json::Value> = serde_json::from_value(claims).unwrap();
    let _told = world.provider.clone().user_info(claims);
    let guard = world.oidc().request_user_info().user_info(|user| async move {
        let emails: Vec<&str> = user.emails.iter().map(doorward_guard::Email::address).collect();
        let id = format!("{}|{}|{}", user.id, user.name.display.as_deref().unwrap_or("-"), emails.join(","));
        Ok(UserPatch { id: Some(id), ..UserPatch::default() })
    });
    world.browser(guard)
}

#[tokio::test]
async fn userinfo_adds_what_the_id_token_lacks_and_overrides_nothing() {
    let world = World::new();
    world.provider.misbehave(Fault::NoClaim("email"));
    let told = json!({ "sub": "ada", "email": "ada@y.example", "name": "Eve" });
    let answer = userinfo(&world, told).log_in(&world, "/").await;

    assert!(answer.body.starts_with("ada|Ada Lovelace|ada@y.example "), "{}", answer.body);
    let asked = &world.provider.asked(Endpoint::UserInfo)[0];
    assert!(asked.headers["authorization"].to_str().unwrap().starts_with("Bearer at-"));
}

#[tokio::test]
async fn userinfo_of_another_subject_is_not_used() {
    let world = World::new();
    world.provider.misbehave(Fault::NoClaim("email"));
    let answer =
        userinfo(&world, json!({ "sub": "eve", "email": "eve@x.example" })).log_in(&world, "/").await;

    assert!(answer.body.starts_with("ada|Ada Lovelace| "), "{}", answer.body);
}

#[tokio::test]
async fn userinfo_that_is_refused_ends_the_login() {
    let world = World::new();
    world.provider.misbehave(Fault::Answer(Endpoint::UserInfo, 401, "application/json".into(), "{}".into()));

    assert_eq!(userinfo(&world, json!({})).log_in(&world, "/").await.status, 502);
}

#[tokio::test]
async fn a_provider_may_answer_by_a_form() {
    let world = World::new();
    let mut browser = world.browser(world.oidc().answered_by_form());
    let start = browser.open("/").await;
    assert_eq!(start.param("response_mode").as_deref(), Some("form_post"));
    assert!(start.set_cookies()[0].contains("SameSite=None"), "the provider's page posts across sites");
    let back = browser.approve(&world.provider, &start);
    let form = back.split_once('?').unwrap().1;
    let kind = [("content-type", "application/x-www-form-urlencoded")];

    let answer = browser.post("/auth/callback", &kind, form).await;

    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("GET /"), "the first request is answered: {}", answer.body);
}

#[tokio::test]
async fn claims_become_the_record_of_the_user() {
    let world = World::new();
    let claims = doorward_guard::testkit::ProviderUser::new("s-1")
        .claim("name", "Ada L")
        .claim("given_name", "Ada")
        .claim("middle_name", "K")
        .claim("family_name", "L")
        .claim("email", "ada@x.example")
        .claim("picture", "https://x.example/a.png");
    world.provider.log_in(claims);
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let keep = seen.clone();
    let guard = world.oidc().service_name("here").validate(move |user| {
        *keep.lock().unwrap() = Some(user.clone());
        true
    });
    world.browser(guard).log_in(&world, "/").await;

    let user = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        serde_json::to_value(&user).unwrap(),
        json!({
            "provider": "here", "id": "s-1",
            "name": { "display": "Ada L", "given": "Ada", "middle": "K", "family": "L" },
            "emails": ["ada@x.example"], "photos": ["https://x.example/a.png"],
            "scopes": ["openid", "profile"],
        })
    );
    assert!(user.raw.contains_key("sub") && user.raw.contains_key("email"));
    assert!(!format!("{user:?}").contains("at-"), "nothing prints a token");
}
