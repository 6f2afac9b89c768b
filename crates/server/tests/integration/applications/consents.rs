//! What people have let applications have, and what follows when they take it back; and who they are told to be again.

use doorward_core::Ttl;
use doorward_testkit::assert_problem;
use serde_json::{Value, json};

use super::{World, added, claims, refusal};

const CONSENTS: &str = "/api/v1/consents";

async fn listed(world: &World, access: &str) -> Value {
    world.app.get(CONSENTS).bearer(access).await.expect(200).json()
}

fn path(world: &World) -> String {
    format!("{CONSENTS}/{}", world.shop.id)
}

#[tokio::test]
async fn their_owner_sees_them_and_nobody_else_does() {
    let world = World::new().await;
    assert_eq!(listed(&world, &world.ada.access).await, json!([]));

    let tokens = world.tokens(&[("scope", "openid email")]).await;

    let of_ada = listed(&world, &world.ada.access).await;
    assert_eq!((&of_ada[0]["client_id"], &of_ada[0]["name"]), (&json!(world.shop.id), &json!("Shop")));
    assert_eq!((&of_ada[0]["scope"], of_ada.as_array().unwrap().len()), (&json!("email openid"), 1));
    assert_eq!(listed(&world, &world.root.access).await, json!([]));
    let by_shop = world.app.get(CONSENTS).bearer(tokens["access_token"].as_str().unwrap()).await;
    assert_problem!(by_shop, 403, "forbidden");
}

#[tokio::test]
async fn what_is_taken_back_ends_what_was_given_and_is_asked_for_again() {
    let mut world = World::new().await;
    let tokens = world.tokens(&[]).await;
    let pending = world.code(&[]).await;
    let desk = added(&world.app, &world.root, json!({ "name": "Desk", "is_trusted": true })).await;
    let shop = std::mem::replace(&mut world.shop, desk);
    let of_desk = world.tokens(&[]).await;
    world.shop = shop;

    world.app.delete(&path(&world)).bearer(&world.ada.access).await.expect(204);

    assert_eq!(world.userinfo(&tokens).await.code(), "token_revoked");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(refusal(&world.renew(&world.shop, refresh).await), (400, "invalid_grant".into()));
    assert_eq!(refusal(&world.redeem(&pending).await), (400, "invalid_grant".into()));
    world.userinfo(&of_desk).await.expect(200);
    assert_eq!(world.app.verdict(&world.ada.access).await, 200);
    assert_eq!(world.opens(&[]).await.status, 200, "the page asks again");
    let again = world.app.delete(&path(&world)).bearer(&world.ada.access).await;
    assert_problem!(again, 404, "not_found");
    let log = world.app.get("/api/v1/admin/audit").bearer(&world.root.access).await.expect(200);
    assert!(log.text().contains("\"consent_withdrawn\""));
}

#[tokio::test]
async fn nobody_takes_back_what_others_have_given() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;
    let eve = world.app.user("eve").signed_in().await;

    let refused = world.app.delete(&path(&world)).bearer(&eve.access).await;

    assert_problem!(refused, 404, "not_found");
    world.userinfo(&tokens).await.expect(200);
}

#[tokio::test]
async fn an_application_that_renews_its_tokens_is_told_again_who_has_signed_in_and_when() {
    let world = World::new().await;
    world.app.clock.advance(Ttl::from_seconds(90));
    let first = world.tokens(&[]).await;
    world.app.clock.advance(Ttl::from_seconds(300));

    let renewed = world.renew(&world.shop, first["refresh_token"].as_str().unwrap()).await.expect(200).json();

    let (before, after) = (claims(&first["id_token"]), claims(&renewed["id_token"]));
    for name in ["iss", "sub", "aud", "sid", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    let seconds = |claims: &Value, name: &str| claims[name].as_i64().unwrap();
    assert_eq!(seconds(&after, "iat"), seconds(&before, "iat") + 300);
    assert_eq!(seconds(&after, "auth_time"), seconds(&before, "iat") - 90);
    assert!(after.get("nonce").is_none() && after["at_hash"] != before["at_hash"], "{after}");
    let without = world.tokens(&[("scope", "email")]).await;
    let renewed = world.renew(&world.shop, without["refresh_token"].as_str().unwrap()).await.expect(200);
    assert!(renewed.json().get("id_token").is_none());
}
