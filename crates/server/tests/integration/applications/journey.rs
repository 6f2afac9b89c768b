//! A login from beginning to end.

use aws_lc_rs::digest::{SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward_core::Ttl;
use doorward_testkit::{Answer, TestApp};
use serde_json::json;

use super::{CALLBACK, RIGHT, World, claims, form, hidden, returned, types};

#[tokio::test]
async fn somebody_signs_in_agrees_and_the_application_learns_who_it_is() {
    let world = World::new().await;
    let id = world.app.get("/api/v1/me").bearer(&world.ada.access).await.json()["id"].clone();

    let asked = world.app.get(&world.target(&[])).await.expect(200);
    assert!(asked.text().contains("Sign in to Shop"), "{}", asked.text());
    let wrong = types(&world.app, &asked, "not it").await;
    assert!(wrong.status == 401 && wrong.text().contains("role=\"alert\""), "{}", wrong.text());
    let signed_in = types(&world.app, &wrong, RIGHT).await.expect(303);
    let cookie = signed_in.set_cookie("__Host-doorward").to_owned();
    let cookie = cookie.split([';', '=']).nth(1).unwrap();
    let question = world.app.get(signed_in.header("location")).cookie(cookie).await.expect(200);
    for line in [
        "Shop wants to sign you in",
        "<strong>ada</strong>",
        "See your email address.",
        "https:&#x2f;&#x2f;shop.example.",
    ] {
        assert!(question.text().contains(line), "{line}: {}", question.text());
    }
    let (request, seal) = (hidden(&question, "request"), hidden(&question, "seal"));
    let body = form(&[("request", &request), ("seal", &seal), ("decision", "allow")]);
    let back = returned(&world.app.post("/oauth2/consent").cookie(cookie).body(super::FORM, body).await);

    assert!(back.0.as_str().starts_with(CALLBACK), "{back:?}");
    assert_eq!((back.get("state"), back.get("shop")), ("a state &=".to_owned(), "1".to_owned()));
    assert_eq!(back.get("iss"), world.app.core.settings().issuer);
    world.app.clock.advance(Ttl::from_seconds(30));
    let given = world.redeem(&back.get("code")).await.expect(200);
    assert_eq!(given.header("cache-control"), "no-store");
    let tokens = given.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(tokens["scope"], "email openid profile");
    let (told, now) = (claims(&tokens["id_token"]), world.app.now() / 1000);
    let access = tokens["access_token"].as_str().unwrap();
    let half = URL_SAFE_NO_PAD.encode(&digest(&SHA512, access.as_bytes()).as_ref()[..32]);
    assert_eq!(
        told,
        json!({
            "iss": world.app.core.settings().issuer, "sub": id, "aud": world.shop.id, "exp": now + 600, "iat": now,
            "auth_time": now - 30, "nonce": "n-1", "at_hash": half, "sid": claims(&tokens["access_token"])["sid"],
        })
    );
    let who = world.userinfo(&tokens).await.expect(200).json();
    let updated_at = who["updated_at"].clone();
    assert_eq!(
        who,
        json!({ "sub": id, "preferred_username": "ada", "updated_at": updated_at, "email": "ada@example.com", "email_verified": false })
    );
}

#[tokio::test]
async fn who_has_agreed_once_is_asked_again_for_more_alone() {
    let world = World::with(json!({ "scope": "openid profile email" })).await;
    world.code(&[("scope", "openid email")]).await;

    assert!(!returned(&world.opens(&[("scope", "openid")]).await).get("code").is_empty());
    world.opens(&[("scope", "openid profile")]).await.expect(200);
    world.opens(&[("scope", "openid"), ("prompt", "consent")]).await.expect(200);
    world.code(&[("scope", "openid profile")]).await;
    assert!(!returned(&world.opens(&[]).await).get("code").is_empty(), "what was agreed to adds up");
}

#[tokio::test]
async fn nobody_is_asked_about_an_application_of_the_operators_own() {
    let world = World::with(json!({ "is_trusted": true })).await;

    assert!(!returned(&world.opens(&[("prompt", "none")]).await).get("code").is_empty());
}

#[tokio::test]
async fn a_public_application_on_the_persons_machine_shows_no_secret_and_takes_the_port_it_gets() {
    let world = World::with(json!({ "is_public": true, "redirect_uris": ["http://127.0.0.1/cb"] })).await;
    let own = ("redirect_uri", "http://127.0.0.1:49152/cb");
    assert_eq!(world.shop.secret, None);

    let code = world.code(&[own]).await;

    let tokens = world.redeem_with(&code, &[own]).await.expect(200).json();
    world.userinfo(&tokens).await.expect(200);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    world.renew(&world.shop, refresh).await.expect(200);
}

#[tokio::test]
async fn the_secret_is_taken_from_the_header_as_well() {
    let world = World::new().await;
    let code = world.code(&[]).await;
    let shown = format!("{}:{}", world.shop.id, world.shop.secret.as_ref().unwrap());

    let given = world
        .redeem_with(&code, &[("client_id", ""), ("client_secret", "")])
        .header("authorization", &format!("Basic {}", STANDARD.encode(shown)));

    given.await.expect(200);
}

#[tokio::test]
async fn tokens_are_renewed_for_the_same_session_and_never_for_more() {
    let world = World::new().await;
    let first = world.tokens(&[("scope", "openid email")]).await;
    let refresh = first["refresh_token"].as_str().unwrap();
    let with_scope = |scope: &str| {
        let secret = world.shop.secret.clone().unwrap();
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &*world.shop.id),
            ("client_secret", &secret),
            ("refresh_token", refresh),
            ("scope", scope),
        ];
        world.token(&fields)
    };

    assert_eq!(super::refusal(&with_scope("openid profile").await), (400, "invalid_scope".into()));
    let second = with_scope("openid").await.expect(200).json();

    assert_eq!(claims(&first["access_token"])["sid"], claims(&second["access_token"])["sid"]);
    assert_eq!(second["scope"], "email openid");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    world.userinfo(&second).await.expect(200);
}

#[tokio::test]
async fn a_code_is_good_on_another_node_and_after_a_restart() {
    let mut world = World::new().await;
    let code = world.code(&[]).await;

    world.app = world.app.restart().await;

    world.redeem(&code).await.expect(200);
}

#[tokio::test]
async fn what_is_given_is_a_session_of_its_owner_which_ends_like_any_other() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;
    let sid = claims(&tokens["access_token"])["sid"].as_str().unwrap().to_owned();

    let listed = world.app.get("/api/v1/sessions").bearer(&world.ada.access).await.expect(200).json();
    let given = listed.as_array().unwrap().iter().find(|session| session["id"] == *sid).unwrap();
    assert_eq!(given["client_id"], world.shop.id);
    world.app.delete(&format!("/api/v1/sessions/{sid}")).bearer(&world.ada.access).await.expect(204);

    assert_eq!(world.userinfo(&tokens).await.code(), "token_revoked");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(super::refusal(&world.renew(&world.shop, refresh).await), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn what_is_found_by_the_metadata_is_there() {
    let app = TestApp::start().await;
    let openid = app.get("/.well-known/openid-configuration").await.expect(200).json();
    let oauth = app.get("/.well-known/oauth-authorization-server").await.expect(200).json();
    let issuer = app.core.settings().issuer.clone();

    assert_eq!((&openid, &openid["issuer"]), (&oauth, &json!(issuer)));
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(openid["code_challenge_methods_supported"], json!(["S256"]));
    for (name, is_page) in [
        ("authorization_endpoint", true),
        ("end_session_endpoint", true),
        ("userinfo_endpoint", false),
        ("jwks_uri", false),
    ] {
        let path = openid[name].as_str().unwrap().strip_prefix(&issuer).unwrap();
        let answer: Answer = app.get(path).await;
        assert_ne!(answer.code(), "not_found", "{name}");
        assert_eq!(answer.header("content-type").starts_with("text/html"), is_page, "{name}");
    }
    assert_eq!(
        super::refusal(&app.post("/oauth2/token").body(super::FORM, "").await),
        (401, "invalid_client".into())
    );
}
