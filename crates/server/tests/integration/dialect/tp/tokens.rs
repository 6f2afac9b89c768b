//! What tokens say, how they are signed, and for how long they count.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward::config::{self, Environment};
use doorward_core::Ttl;
use doorward_jose::{Algorithm, Expect, KeySet, SigningKey};
use doorward_testkit::from_base64url;
use serde_json::{Value, json};

use super::{SECRET, access, claims, logged_in, refresh, with};

/// The base64 of a private key's PEM and of its public key's.
fn rsa_pair() -> (String, String) {
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let private = key.to_pem().unwrap();
    let public = KeyPair::from_pkcs8(&key.to_bytes()).unwrap();
    let der: PublicKeyX509Der<'_> = public.public_key().as_der().unwrap();
    let public =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
    (STANDARD.encode(private.as_bytes()), STANDARD.encode(public))
}

#[tokio::test]
async fn a_token_says_whose_it_is_in_the_names_that_services_read() {
    let app = with(&[("ISSUER", "acme"), ("EXPIRY", "60")]).await;

    let claims = claims(&logged_in(&app).await);

    assert_eq!(claims["user_id"], claims["sub"]);
    assert_eq!(claims["username"], "ada");
    assert_eq!((&claims["scopes"], &claims["token_type"]), (&json!([]), &json!("access")));
    assert_eq!(claims["iss"], "acme");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims["jti"].as_str().unwrap().len() >= 16);
    assert!(claims.get("aud").is_none(), "services refuse a token that is for somebody: {claims}");
}

#[tokio::test]
async fn tokens_are_signed_with_the_secret_that_services_have() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;

    let key = SigningKey::from_secret(SECRET.as_bytes()).unwrap().verifying_key().unwrap();
    let expect = Expect::new("at+jwt", "prismaticain", "").for_anybody();
    let read = KeySet::new([key]).unwrap().verify::<Value>(&token, &expect, app.now() / 1000);

    assert_eq!(read.unwrap().claims["username"], "ada");
    assert_eq!(app.get("/.well-known/jwks.json").await.expect(200).json()["keys"], json!([]));
}

#[tokio::test]
async fn with_a_pair_of_keys_tokens_are_signed_by_the_private_and_the_public_is_published() {
    let (private, public) = rsa_pair();
    let app = with(&[("ALGORITHM", "RS256"), ("PRIVATE_KEY", &private), ("PUBLIC_KEY", &public)]).await;

    let token = logged_in(&app).await;

    let header: Value = serde_json::from_slice(&from_base64url(token.split('.').next().unwrap())).unwrap();
    let published = &app.get("/.well-known/jwks.json").await.json()["keys"][0];
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &published["kid"]));
    refresh(&app, &token).await.expect(200);
}

#[test]
fn keys_that_do_not_belong_together_stop_the_start() {
    let ((private, _), (_, public)) = (rsa_pair(), rsa_pair());
    let environment =
        Environment::of([("ALGORITHM", "RS256"), ("PRIVATE_KEY", &*private), ("PUBLIC_KEY", &*public)]);

    let fault = config::parse("[dialect.tp]\nenabled = true", &environment).unwrap_err();

    assert!(fault.to_string().starts_with("PUBLIC_KEY: it does not belong"), "{fault}");
}

#[tokio::test]
async fn a_token_counts_for_the_gap_between_clocks_that_was_said_and_no_longer() {
    let app = with(&[("EXPIRY", "60"), ("LEEWAY", "5")]).await;
    let token = logged_in(&app).await;

    app.clock.advance(Ttl::from_minutes(64));
    assert_eq!(app.verdict(&token).await, 200);
    app.clock.advance(Ttl::from_minutes(1));

    assert_eq!(app.verdict(&token).await, 401);
}

#[tokio::test]
async fn a_fresh_token_lives_longer_and_says_the_same_of_its_owner() {
    let app = with(&[("REFRESH_RESTRICT_MINUTES", "1")]).await;
    let first = logged_in(&app).await;
    app.clock.advance(Ttl::from_minutes(5));

    let fresh = access(&refresh(&app, &first).await.expect(200));

    let (before, after) = (claims(&first), claims(&fresh));
    for name in ["sub", "sid", "user_id", "username", "scopes", "iss"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(after["exp"].as_i64().unwrap() - before["exp"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn of_ten_that_ask_at_once_one_gets_a_fresh_token() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;

    let answers = app.race(10, |app, _| app.post("/refresh").bearer(&token)).await;

    let with_status = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with_status(200), with_status(429)), (1, 9));
}

#[tokio::test]
async fn paths_are_where_the_environment_says_and_tokens_are_given_at_both() {
    let app =
        with(&[("TOKEN_URL", "https://auth.example/auth/token"), ("REFRESH_URL", "/auth/refresh")]).await;
    let form = "username=ada&password=correct+horse+battery";

    let token = access(&app.post("/auth/token").body(super::FORM, form).await.expect(200));
    app.post("/token").body(super::FORM, form).await.expect(200);

    app.post("/auth/refresh").bearer(&token).await.expect(200);
    app.post("/refresh").bearer(&token).await.expect(404);
}

#[tokio::test]
async fn without_the_dialect_there_is_nothing_at_its_paths() {
    let app = doorward_testkit::TestApp::start().await;

    for path in ["/token", "/refresh", "/logout"] {
        app.post(path).await.expect(404);
    }
    app.get("/api/healthcheck").await.expect(404);
}
