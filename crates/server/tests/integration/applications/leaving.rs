//! Signing out by an application's word.

use doorward_testkit::Answer;
use serde_json::Value;

use super::{FORM, GOODBYE, World, form, hidden};

async fn leaves(world: &World, fields: &[(&str, &str)]) -> Answer {
    world.app.get(&format!("/oauth2/logout?{}", form(fields))).cookie(&world.ada.cookie).await
}

async fn is_signed_in(world: &World) -> bool {
    world.app.get("/api/v1/session").cookie(&world.ada.cookie).await.status == 200
}

fn hint(tokens: &Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

#[tokio::test]
async fn an_application_ends_its_login_and_the_browsers_and_gets_the_browser_back() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;
    world.app.clock.advance(doorward_core::Ttl::from_days(1));

    let left = leaves(
        &world,
        &[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", GOODBYE), ("state", "s 1")],
    )
    .await;

    assert_eq!((left.status.as_u16(), left.header("location")), (303, &*format!("{GOODBYE}?state=s+1")));
    assert!(left.set_cookie("__Host-doorward").contains("Max-Age=0"));
    assert!(!is_signed_in(&world).await);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(super::refusal(&world.renew(&world.shop, refresh).await), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn a_link_alone_signs_nobody_out() {
    let world = World::new().await;

    let page = leaves(&world, &[]).await.expect(200);

    assert!(is_signed_in(&world).await);
    let body = form(&[("request", &hidden(&page, "request"))]);
    let cookie = format!("__Host-doorward={}", world.ada.cookie);
    let elsewhere =
        world.app.post("/oauth2/logout").header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    elsewhere.body(FORM, body.clone()).await.expect(200);
    assert!(is_signed_in(&world).await, "nor does a form of another site");
    let pressed =
        world.app.post("/oauth2/logout").cookie(&world.ada.cookie).body(FORM, body).await.expect(200);
    assert!(pressed.text().contains("You are signed out"), "{}", pressed.text());
    assert!(!is_signed_in(&world).await);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_or_signed_out_by_a_hint_that_is_none() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;
    let (good, access) = (hint(&tokens).to_owned(), tokens["access_token"].as_str().unwrap());
    let changed = format!("{}x", &good[..good.len() - 1]);

    for fields in [
        &[("id_token_hint", &*good), ("post_logout_redirect_uri", "https://evil.example/")][..],
        &[("id_token_hint", &*good), ("post_logout_redirect_uri", "https://shop.example/goodbye?x=1")],
        &[("id_token_hint", &*changed)],
        &[("id_token_hint", access)],
        &[("id_token_hint", &*good), ("post_logout_redirect_uri", GOODBYE), ("client_id", "other")],
        &[("post_logout_redirect_uri", GOODBYE)],
    ] {
        let refused = leaves(&world, fields).await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (400, ""), "{fields:?}");
    }
    assert!(is_signed_in(&world).await);
    world.userinfo(&tokens).await.expect(200);
}

#[tokio::test]
async fn whoever_signed_in_to_the_browser_since_stays() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;
    let eve = world.app.user("eve").signed_in_by_cookie().await;

    let target = format!("/oauth2/logout?{}", form(&[("id_token_hint", hint(&tokens))]));
    world.app.get(&target).cookie(&eve.cookie).await.expect(200);

    assert_eq!(world.userinfo(&tokens).await.code(), "token_revoked");
    assert_eq!(world.app.verdict(&eve.access).await, 200);
}
