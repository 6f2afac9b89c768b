//! What an application can want of whoever sits before the browser.

use doorward_core::Ttl;
use serde_json::json;

use super::{RIGHT, World, claims, returned, types};

#[tokio::test]
async fn with_prompt_none_nobody_is_asked_anything() {
    let world = World::new().await;
    let silent = [("prompt", "none")];

    let stranger = returned(&world.app.get(&world.target(&silent)).await);
    let not_agreed = returned(&world.opens(&silent).await);
    world.code(&[]).await;
    let agreed = returned(&world.opens(&silent).await);

    assert_eq!(
        (stranger.get("error"), stranger.get("state")),
        ("login_required".into(), "a state &=".into())
    );
    assert_eq!((not_agreed.get("error"), not_agreed.get("code")), ("consent_required".into(), String::new()));
    assert_eq!((agreed.get("error"), agreed.get("code").is_empty()), (String::new(), false));
}

#[tokio::test]
async fn with_prompt_login_the_login_is_a_new_one() {
    let world = World::with(json!({ "is_trusted": true })).await;
    world.app.clock.advance(Ttl::from_minutes(5));

    for wish in [("prompt", "login"), ("max_age", "0"), ("max_age", "60"), ("prompt", "select_account")] {
        let page = world.opens(&[wish]).await.expect(200);
        assert!(page.text().contains("name=\"password\""), "{wish:?}: {}", page.text());
    }
    let page = world.opens(&[("prompt", "login")]).await;
    let signed_in = types(&world.app, &page, RIGHT).await.expect(303);
    let cookie = signed_in.set_cookie("__Host-doorward").split([';', '=']).nth(1).unwrap().to_owned();
    let back = returned(&world.app.get(signed_in.header("location")).cookie(&cookie).await);

    let tokens = world.redeem(&back.get("code")).await.expect(200).json();
    assert_eq!(claims(&tokens["id_token"])["auth_time"], world.app.now() / 1000);
    let old_enough = returned(&world.app.get(&world.target(&[("max_age", "60")])).cookie(&cookie).await);
    assert!(!old_enough.get("code").is_empty());
}

#[tokio::test]
async fn who_does_not_agree_goes_back_without_a_code() {
    let world = World::new().await;
    let page = world.opens(&[]).await.expect(200);

    let back = returned(&world.says(&page, "deny").await);

    assert_eq!((back.get("error"), back.get("code")), ("access_denied".into(), String::new()));
    assert_eq!(back.get("iss"), world.app.core.settings().issuer);
    world.opens(&[]).await.expect(200);
}

#[tokio::test]
async fn an_application_may_ask_by_a_form() {
    let world = World::new().await;

    let sent = world.app.post("/oauth2/authorize").body(super::FORM, world.request(&[])).await;

    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, &*world.target(&[])));
}

#[tokio::test]
async fn what_an_application_does_wrong_it_is_told() {
    let world = World::new().await;

    for (wish, word) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "code id_token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "addresses"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("request", "e30.e30."), "request_not_supported"),
        (("request_uri", "https://shop.example/r"), "request_not_supported"),
    ] {
        let back = returned(&world.opens(&[wish]).await);
        assert_eq!((back.get("error"), back.get("code")), (word.into(), String::new()), "{wish:?}");
        assert_eq!(back.get("state"), "a state &=", "{wish:?}");
    }
    let twice = format!("{}&nonce=n-2", world.target(&[]));
    let back = returned(&world.app.get(&twice).cookie(&world.ada.cookie).await);
    assert_eq!(back.get("error"), "invalid_request");
}

#[tokio::test]
async fn what_an_application_may_not_have_is_left_out() {
    let world = World::with(json!({ "scope": "openid email" })).await;

    let tokens = world.tokens(&[("scope", "openid profile email offline_access")]).await;

    assert_eq!(tokens["scope"], "email openid");
    let who = world.userinfo(&tokens).await.json();
    assert!(who.get("email").is_some() && who.get("preferred_username").is_none(), "{who}");
}

#[tokio::test]
async fn without_openid_nothing_is_told_of_the_owner() {
    let world = World::new().await;

    let tokens = world.tokens(&[("scope", "email")]).await;

    assert!(tokens.get("id_token").is_none());
    assert_eq!(world.userinfo(&tokens).await.code(), "forbidden");
}
