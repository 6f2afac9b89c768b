//! The relying party's duties of OpenID Connect: each way in which an `id_token` must be refused.

use doorward_guard::testkit::{Endpoint, Fault};
use doorward_jose::Algorithm;
use serde_json::{Value, json};

use crate::app::{World, rsa};

fn world() -> World {
    let world = World::new();
    let provider = world.provider.clone().keys([rsa("k1"), rsa("k2")]);
    World { provider, ..world }
}

async fn is_accepted(world: &World) -> bool {
    let mut browser = world.browser(world.oidc());
    let answer = browser.log_in(world, "/").await;
    assert!([200, 502, 503].contains(&answer.status.as_u16()), "{}: {}", answer.status, answer.body);
    assert_eq!(browser.is_logged_in().await, answer.status == 200);
    answer.status == 200
}

async fn accepts(fault: Fault) -> bool {
    let world = world();
    world.provider.misbehave(fault);
    is_accepted(&world).await
}

fn now_and(seconds: i64) -> Value {
    json!(1_800_000_000_i64 + seconds)
}

#[tokio::test]
async fn a_signature_of_each_known_algorithm_is_accepted() {
    assert!(is_accepted(&world()).await, "RS256");
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let world = World::new();
        let key = doorward_guard::testkit::ProviderKey::generate("e1", algorithm).unwrap();
        let world = World { provider: world.provider.clone().keys([key]), ..world };
        assert!(is_accepted(&world).await, "{algorithm}");
    }
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    assert!(!accepts(Fault::Unsigned).await);
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_refused() {
    assert!(!accepts(Fault::CutSignature).await);
    assert!(!accepts(Fault::ChangedClaims).await);
    assert!(!accepts(Fault::ForeignKey).await);
    assert!(!accepts(Fault::IdToken("no.token".into())).await);
    assert!(!accepts(Fault::NoIdToken).await);
}

#[tokio::test]
async fn an_hmac_with_what_everybody_knows_is_refused() {
    let public = serde_json::to_vec(&rsa("k1").public().unwrap()).unwrap();
    assert!(!accepts(Fault::Hmac(public)).await);
    assert!(!accepts(Fault::Hmac(b"csecret".to_vec())).await);
}

#[tokio::test]
async fn another_issuer_is_refused() {
    assert!(!accepts(Fault::Claim("iss", json!("https://evil.example"))).await);
    assert!(!accepts(Fault::NoClaim("iss")).await);
}

#[tokio::test]
async fn another_audience_is_refused_and_a_list_needs_the_authorized_party() {
    assert!(!accepts(Fault::Claim("aud", json!("other"))).await);
    assert!(!accepts(Fault::Claim("aud", json!(["other"]))).await);
    assert!(!accepts(Fault::NoClaim("aud")).await);
    assert!(accepts(Fault::Claim("aud", json!(["cid"]))).await);
    assert!(!accepts(Fault::Claim("aud", json!(["cid", "api"]))).await);
    assert!(!accepts(Fault::Claim("azp", json!("other"))).await);

    let world = world();
    world.provider.misbehave(Fault::Claim("aud", json!(["cid", "api"])));
    world.provider.misbehave(Fault::Claim("azp", json!("cid")));
    assert!(is_accepted(&world).await);
}

#[tokio::test]
async fn the_nonce_of_another_login_is_refused() {
    assert!(!accepts(Fault::Claim("nonce", json!("other"))).await);
    assert!(!accepts(Fault::NoClaim("nonce")).await);
}

#[tokio::test]
async fn a_subject_is_demanded() {
    assert!(!accepts(Fault::NoClaim("sub")).await);
    assert!(!accepts(Fault::Claim("sub", json!(""))).await);
    assert!(!accepts(Fault::Claim("sub", json!(7))).await);
}

#[tokio::test]
async fn times_are_demanded_and_must_be_right() {
    assert!(!accepts(Fault::NoClaim("iat")).await);
    assert!(!accepts(Fault::NoClaim("exp")).await);
    assert!(!accepts(Fault::Claim("exp", now_and(-120))).await);
    assert!(!accepts(Fault::Claim("exp", json!("tomorrow"))).await);
    assert!(accepts(Fault::Claim("iat", now_and(50))).await, "clocks may differ by a minute");
    assert!(!accepts(Fault::Claim("iat", now_and(70))).await);
    assert!(!accepts(Fault::Claim("nbf", now_and(600))).await);
}

#[tokio::test]
async fn without_a_key_s_name_one_key_is_taken_and_several_are_refused() {
    assert!(!accepts(Fault::KeyId(None)).await, "two keys");

    let world = World::new();
    let world = World { provider: world.provider.clone().keys([rsa("k1")]), ..world };
    world.provider.misbehave(Fault::KeyId(None));
    assert!(is_accepted(&world).await, "one key");
}

#[tokio::test]
async fn an_unknown_key_makes_the_keys_be_fetched_once_more() {
    let world = world();
    world.provider.misbehave(Fault::KeyId(Some("zzz")));
    let mut browser = world.browser(world.oidc());
    assert_eq!(browser.log_in(&world, "/").await.status, 502);
    assert_eq!(world.provider.count(Endpoint::Keys), 2);

    for _ in 0..10 {
        browser.log_in(&world, "/").await;
    }
    assert_eq!(world.provider.count(Endpoint::Keys), 2, "not within the same minute");
}

#[tokio::test]
async fn a_rotated_key_is_found_even_if_it_signs_at_once() {
    let world = World::new();
    let world = World { provider: world.provider.clone().keys([rsa("k1")]), ..world };
    let browser = world.browser(world.oidc());
    assert_eq!(browser.clone().log_in(&world, "/").await.status, 200);
    let mut late = browser.clone();
    let start = late.open("/").await;
    world.provider.replace_keys(rsa("k2"));
    let back = late.approve(&world.provider, &start);

    assert_eq!(late.open(&back).await.status, 200);
    assert_eq!(world.provider.count(Endpoint::Keys), 2);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_does_not_spoil_the_others() {
    let world = world();
    let good = serde_json::to_value(rsa("k1").public().unwrap()).unwrap();
    let keys = json!({ "keys": [{ "kty": "RSA", "kid": "k0", "n": "!" }, { "kty": "??" }, 7, good] });
    let kind = "application/json".to_owned();
    world.provider.misbehave(Fault::Answer(Endpoint::Keys, 200, kind, keys.to_string()));

    assert!(is_accepted(&world).await);
}
