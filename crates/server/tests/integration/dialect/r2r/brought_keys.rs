//! API keys that were brought along from R2R: programs that have one go on as they did.

use doorward_core::api_key::{ApiKey, BroughtKey, BroughtSecret, KeyProof};
use doorward_core::client::Client;
use doorward_core::{Secret, UserId};
use doorward_testkit::TestApp;
use serde_json::json;

use super::{dialect, logged_in, register};

const PUBLIC: &str = "key_AAECAwQFBgcICQoLDA0ODw==";
/// What R2R gave its owner, and the bcrypt hash of its second part that it kept.
const SECRET: &str = "c2VjcmV0IHBhcnQgb2YgYSBrZXkgb2YgUjJSIDMyYg==";
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuSaAVTtb5QoxW25v64u/oTmLetG02T/W";

fn key() -> String {
    format!("{PUBLIC}.{SECRET}")
}

/// Somebody who has brought the key along.
async fn owner(app: &TestApp) -> UserId {
    let user: UserId = register(app, "ada").await["id"].as_str().unwrap().parse().unwrap();
    assert!(bring(app, user, PUBLIC, HASH).await.unwrap());
    user
}

async fn bring(app: &TestApp, user: UserId, public: &str, hash: &str) -> Result<bool, doorward_core::Error> {
    let (public, hash) = (public.to_owned(), Secret::new(hash.to_owned()));
    let brought = BroughtKey {
        user: Some(user),
        public,
        hash,
        id: None,
        name: "nightly".to_owned(),
        description: String::new(),
        created_at: None,
    };
    app.core.bring_api_key(&app.core.command_line(), brought, false, &Client::default()).await
}

async fn kept(app: &TestApp, user: UserId) -> ApiKey {
    app.core.api_keys_of(user).await.unwrap().remove(0)
}

#[tokio::test]
async fn an_old_key_goes_on_working_wherever_a_key_is_taken() {
    let app = dialect().await;
    owner(&app).await;

    for path in ["/v3/users/me", "/v2/user", "/v1/user", "/api/v1/me"] {
        app.get(path).header("x-api-key", &key()).await.expect(200);
        app.get(path).bearer(&key()).await.expect(200);
    }
}

#[tokio::test]
async fn the_slow_hash_is_checked_once_and_a_digest_takes_its_place() {
    let app = dialect().await;
    let user = owner(&app).await;
    let is_proved = async || match kept(&app, user).await.proof {
        KeyProof::Brought(proof) => matches!(proof.secret, BroughtSecret::Proved(_)),
        KeyProof::Own(_) => false,
    };
    assert!(!is_proved().await);
    let wrong = format!("{PUBLIC}.{}", SECRET.replace('c', "d"));

    app.get("/v3/users/me").header("x-api-key", &wrong).await.expect(401);
    assert!(!is_proved().await);
    app.get("/v3/users/me").header("x-api-key", &key()).await.expect(200);

    assert!(is_proved().await);
    app.get("/v3/users/me").header("x-api-key", &wrong).await.expect(401);
    app.get("/v3/users/me").header("x-api-key", &key()).await.expect(200);
}

#[tokio::test]
async fn parts_that_do_not_belong_together_are_no_key() {
    let app = dialect().await;
    let user = owner(&app).await;
    let id = kept(&app, user).await.id;

    for text in [
        PUBLIC.to_owned(),
        format!("{PUBLIC}."),
        format!("{id}.{SECRET}"),
        format!("key_AAECAwQFBgcICQoLDA0ODg==.{SECRET}"),
        format!("{PUBLIC}.{HASH}"),
        format!("{}=", key()),
        format!("{PUBLIC}.{SECRET}.{SECRET}"),
    ] {
        app.get("/v3/users/me").header("x-api-key", &text).await.expect(401);
    }
}

#[tokio::test]
async fn it_is_listed_by_its_public_part_and_revoked_for_ever() {
    let app = dialect().await;
    let user = owner(&app).await;
    let ada = logged_in(&app, "ada").await;
    app.get("/v3/users/me").header("x-api-key", &key()).await.expect(200);
    let keys = format!("/v3/users/{user}/api-keys");

    let listed = app.get(&keys).bearer(&ada.access).await.expect(200).json();
    let (shown, id) = (&listed["results"][0], kept(&app, user).await.id);
    assert_eq!(
        (&shown["public_key"], &shown["name"], &shown["key_id"]),
        (&json!(PUBLIC), &json!("nightly"), &json!(id.to_string()))
    );
    app.delete(&format!("{keys}/{id}")).bearer(&ada.access).await.expect(200);

    app.get("/v3/users/me").header("x-api-key", &key()).await.expect(401);
    assert!(!bring(&app, user, PUBLIC, HASH).await.unwrap(), "it was there already");
    app.get("/v3/users/me").header("x-api-key", &key()).await.expect(401);
}

#[tokio::test]
async fn what_is_no_key_of_theirs_is_not_taken() {
    let app = dialect().await;
    let user = owner(&app).await;
    let eve: UserId = register(&app, "eve").await["id"].as_str().unwrap().parse().unwrap();

    for (owner, public, hash) in [
        (eve, PUBLIC, HASH),
        (user, "dwk_AAECAwQFBgcICQoLDA0ODw", HASH),
        (user, "key_AAECAwQF BgcI", HASH),
        (user, "key_BBECAwQFBgcICQoLDA0ODw==", "plain text"),
    ] {
        assert!(bring(&app, owner, public, hash).await.is_err(), "{public}");
    }
    app.core.set_active("eve@example.com", false).await.unwrap();
    assert!(bring(&app, eve, "key_BBECAwQFBgcICQoLDA0ODw==", HASH).await.is_err());
    let nobody = app.core.account(user).await.unwrap().id;
    assert_eq!(app.core.api_keys_of(nobody).await.unwrap().len(), 1);
}
