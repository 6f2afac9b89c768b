//! `doorward import r2r`: API keys, from R2R's own database.

use doorward_testkit::{RealServer, free_folder};
use serde_json::Value;

use super::doorward;
use super::import::R2R_USERS;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const OLD: &str = "2acb499e-8428-543b-bd85-0d9098718220";
/// What ada has; R2R has kept the bcrypt hash of its second part in base64.
const KEY: &str = "key_AAECAwQFBgcICQoLDA0ODw==.c2VjcmV0IHBhcnQgb2YgYSBrZXkgb2YgUjJSIDMyYg==";
/// The id of that key in R2R.
const OLD_KEY: &str = "a0000000-0000-4000-8000-000000000001";
const KEYS: &str = "
CREATE TABLE r2r_default.users_api_keys (
    id UUID PRIMARY KEY, user_id UUID NOT NULL, public_key TEXT UNIQUE NOT NULL, hashed_key TEXT NOT NULL, name TEXT,
    description TEXT, created_at TIMESTAMPTZ DEFAULT NOW(), updated_at TIMESTAMPTZ DEFAULT NOW());
INSERT INTO r2r_default.users_api_keys (id, user_id, public_key, hashed_key, name, description, created_at) VALUES
    ('a0000000-0000-4000-8000-000000000001', '2acb499e-8428-543b-bd85-0d9098718220', 'key_AAECAwQFBgcICQoLDA0ODw==',
        encode('$2b$04$abcdefghijklmnopqrstuuSaAVTtb5QoxW25v64u/oTmLetG02T/W', 'base64'), NULL, 'The backup',
        '2025-03-04 05:06:07+00'),
    ('a0000000-0000-4000-8000-000000000002', '2acb499e-8428-543b-bd85-0d9098718220', 'key_BBECAwQFBgcICQoLDA0ODw==',
        'something else', 'odd', NULL, NOW()),
    ('a0000000-0000-4000-8000-000000000003', '99999999-8428-543b-bd85-0d9098718220', 'key_CCECAwQFBgcICQoLDA0ODw==',
        '$2b$04$abcdefghijklmnopqrstuuSaAVTtb5QoxW25v64u/oTmLetG02T/W', 'lost', NULL, NOW())";

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "where the server for tests is")]
async fn programs_go_on_with_the_keys_they_have() {
    let Ok(server) = std::env::var("DOORWARD_TEST_POSTGRES") else {
        eprintln!("left out: DOORWARD_TEST_POSTGRES names no server; `./dev test-postgres` starts one");
        return;
    };
    let theirs = doorward_store::FreshDatabase::create(&server).await.unwrap();
    theirs.tamper(&format!("{R2R_USERS};{KEYS}")).await.unwrap();
    let folder = free_folder();
    let url = theirs.url();
    let import =
        |more: &[&str]| doorward(folder.path(), &[&["import", "r2r", "--from", url.expose()], more].concat());

    let rehearsed = import(&["--dry-run"]);
    assert!(
        rehearsed.done().ends_with("API keys: 1 would be made, 0 there already, 2 refused\n"),
        "{}",
        rehearsed.out
    );
    let done = import(&[]);
    assert!(done.done().ends_with("API keys: 1 made, 0 there already, 2 refused\n"), "{}", done.out);
    for told in [
        "API keys: key_BBECAwQFBgcICQoLDA0ODw== (odd) of ada@example.com: This is no hash",
        "API keys: key_CCECAwQFBgcICQoLDA0ODw== (lost) of 99999999-8428-543b-bd85-0d9098718220: Its owner has not come along",
    ] {
        assert!(done.out.contains(told), "{}", done.out);
    }

    let server = RealServer::start(BINARY, folder.path(), "[dialect.r2r]\nenabled = true\n");
    let http = reqwest::Client::new();
    let get = |path: &str| http.get(server.url(path));
    let me: Value = get("/v3/users/me").header("x-api-key", KEY).send().await.unwrap().json().await.unwrap();
    assert_eq!(me["results"]["id"], OLD);
    let listed = get(&format!("/v3/users/{OLD}/api-keys")).bearer_auth(KEY).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    let key = &listed["results"][0];
    assert_eq!(
        (&key["public_key"], &key["name"], &key["description"]),
        (&KEY.split('.').next().unwrap().into(), &"The backup".into(), &"The backup".into())
    );
    let again: Value = serde_json::from_str(import(&["--json"]).done()).unwrap();
    assert_eq!((&again["api_keys"]["added"], &again["api_keys"]["existing"]), (&0.into(), &1.into()));

    assert_eq!(key["key_id"], OLD_KEY);
    let path = server.url(&format!("/v3/users/{OLD}/api-keys/{OLD_KEY}"));
    let deleted = http.delete(path).bearer_auth(KEY).send().await.unwrap();
    assert_eq!(deleted.status(), 200, "by the id that programs have kept");
    assert_eq!(get("/v3/users/me").header("x-api-key", KEY).send().await.unwrap().status(), 401);
}
