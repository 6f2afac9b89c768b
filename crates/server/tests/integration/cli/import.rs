//! `doorward import`: accounts of other systems, which go on as they were.

use std::path::Path;

use doorward_testkit::{RealServer, free_folder};
use serde_json::{Value, json};

use super::{Ended, doorward};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// The hash of "correct horse" under Django's scheme, and of "correct horse battery" under bcrypt.
const DJANGO: &str = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

fn import(folder: &Path, system: &str, file: &str, more: &[&str]) -> Ended {
    let file = folder.join(file);
    doorward(folder, &[&["import", system, "--from", file.to_str().unwrap()], more].concat())
}

/// What AuthX kept: as `mongoexport` writes it, with members that are of no use here.
fn authx_dump() -> String {
    let anna = json!({
        "_id": { "$oid": "60" }, "id": 7, "email": "anna@example.com", "username": "anna", "password": BCRYPT,
        "active": true, "confirmed": true, "permissions": ["admin", "editor"], "info": [],
        "created_at": { "$date": "2021-05-01T10:00:00Z" }, "last_login": { "$date": "2021-06-01T10:00:00Z" },
    });
    let bert = json!({
        "id": 12, "email": "bert@example.com", "username": "bert", "password": DJANGO, "active": true,
        "confirmed": false, "permissions": [], "created_at": "2021-05-02T10:00:00.123456",
    });
    let carl = json!({
        "id": 13, "email": "carl@example.com", "username": "carl", "active": false, "provider": "google",
        "sid": "1093", "permissions": [],
    });
    let other =
        json!({ "id": 14, "email": "ANNA@example.com", "username": "anna2", "password": "plain text" });
    let same = json!({ "id": 15, "email": "Bert@example.com", "username": "bert2", "password": DJANGO });
    format!("{anna}\n{bert}\n{carl}\n{other}\n{same}\n")
}

#[tokio::test]
async fn accounts_of_authx_log_in_with_their_passwords_and_keep_their_numbers() {
    let folder = free_folder();
    let path = folder.path();
    std::fs::write(path.join("users.json"), authx_dump()).unwrap();

    let rehearsed = import(path, "authx", "users.json", &["--dry-run"]);
    assert!(rehearsed.done().ends_with("3 would be made, 0 there already, 2 refused\n"), "{}", rehearsed.out);
    assert!(rehearsed.out.starts_with("the role editor would be made\n"), "{}", rehearsed.out);
    let done = import(path, "authx", "users.json", &[]);
    assert!(done.done().ends_with("3 made, 0 there already, 2 refused\n"), "{}", done.out);
    assert!(done.out.contains("account 4: password_hash: "), "{}", done.out);
    assert!(done.out.contains("account 5: email: "), "{}", done.out);
    let again = import(path, "authx", "users.json", &["--json"]);
    let again: Value = serde_json::from_str(again.done()).unwrap();
    assert_eq!((&again["added"], &again["existing"], &again["refused"]), (&json!(0), &json!(3), &json!(2)));

    let server = RealServer::start(BINARY, path, "[dialect.authx]\nenabled = true\n");
    let http = reqwest::Client::new();
    for (name, password, id, permissions) in [
        ("anna", "correct horse battery", 7, json!(["editor", "admin"])),
        ("bert@example.com", "correct horse", 12, json!([])),
    ] {
        let login = json!({ "login": name, "password": password });
        let answer = http.post(server.url("/api/users/login")).json(&login).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let token = http.post(server.url("/api/users/token")).header("cookie", cookie).send().await.unwrap();
        let token: Value = token.json().await.unwrap();
        assert_eq!((&token["id"], &token["permissions"]), (&json!(id), &permissions));
    }
    let carl = json!({ "login": "carl", "password": "password" });
    let refused = http.post(server.url("/api/users/login")).json(&carl).send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[test]
fn a_number_that_was_brought_along_is_given_to_nobody_else() {
    let folder = free_folder();
    let path = folder.path();
    std::fs::write(path.join("users.csv"), "id,email,username\n7,anna@example.com,anna\n").unwrap();
    std::fs::write(
        path.join("more.csv"),
        "id,email,username\n7,bert@example.com,bert\nx,carl@example.com,carl\n",
    )
    .unwrap();

    assert!(import(path, "authx", "users.csv", &[]).done().ends_with("1 made, 0 there already, 0 refused\n"));
    let more = import(path, "authx", "more.csv", &[]);

    assert!(more.done().ends_with("0 made, 0 there already, 2 refused\n"), "{}", more.out);
    assert!(more.out.contains("account 1: id: ") && more.out.contains("account 2: id: "), "{}", more.out);
}

#[test]
fn who_has_made_an_account_of_the_address_here_does_not_get_what_was_anothers() {
    let folder = free_folder();
    let path = folder.path();
    doorward(path, &["admin", "create", "anna@example.com"]).done();
    std::fs::write(path.join("users.csv"), "id,email,username\n7,anna@example.com,anna\n").unwrap();

    let done = import(path, "authx", "users.csv", &[]);

    assert!(done.done().ends_with("0 made, 0 there already, 1 refused\n"), "{}", done.out);
    assert!(done.out.contains("account 1: email: "), "{}", done.out);
}

#[test]
fn a_table_of_r2rs_users_is_read_as_psql_writes_it() {
    use base64::Engine;
    let folder = free_folder();
    let path = folder.path();
    let wrapped = base64::engine::general_purpose::STANDARD.encode(BCRYPT);
    let text = format!(
        "id,email,hashed_password,is_superuser,is_active,is_verified,name,bio,profile_picture,metadata,created_at,github_id\n\
         2ACB499E-8428-543b-bd85-0d9098718220,ada@example.com,{wrapped},t,t,t,Ada,Counts.,,\"{{\"\"team\"\": \"\"x\"\"}}\",2024-11-05 10:00:00.12+00,\n\
         3acb499e-8428-543b-bd85-0d9098718220,bob@example.com,,f,f,f,,,,,2024-11-06 10:00:00+00,77\n"
    );
    std::fs::write(path.join("users.csv"), text).unwrap();

    let done = import(path, "r2r", "users.csv", &[]);

    assert!(done.done().ends_with("2 made, 0 there already, 0 refused\n"), "{}", done.out);
    let show = |name: &str| -> Value {
        serde_json::from_str(doorward(path, &["users", "show", name]).done()).unwrap()
    };
    let (ada, bob) = (show("ada@example.com"), show("bob@example.com"));
    assert_eq!(
        (&ada["is_superuser"], &ada["name"], &ada["bio"]),
        (&json!(true), &json!("Ada"), &json!("Counts."))
    );
    assert_eq!(
        (&ada["metadata"]["team"], &ada["created_at"]),
        (&json!("x"), &json!("2024-11-05T10:00:00.120Z"))
    );
    assert_eq!((&bob["is_active"], &bob["is_verified"]), (&json!(false), &json!(false)));
}

/// The table as R2R makes it, with what it holds after somebody has registered.
const R2R_USERS: &str = "
CREATE SCHEMA r2r_default;
CREATE TABLE r2r_default.users (
    id UUID PRIMARY KEY, email TEXT UNIQUE NOT NULL, hashed_password TEXT NOT NULL, is_superuser BOOLEAN DEFAULT FALSE,
    is_active BOOLEAN DEFAULT TRUE, is_verified BOOLEAN DEFAULT FALSE, verification_code TEXT, name TEXT, bio TEXT,
    profile_picture TEXT, collection_ids UUID[], limits_overrides JSONB, metadata JSONB, created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW(), account_type TEXT NOT NULL DEFAULT 'password', google_id TEXT, github_id TEXT);
INSERT INTO r2r_default.users (id, email, hashed_password, is_superuser, is_verified, name, metadata, created_at)
VALUES ('2acb499e-8428-543b-bd85-0d9098718220', 'ada@example.com',
    '$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS', TRUE, TRUE, 'Ada', '{\"team\": \"x\"}',
    '2024-11-05T10:00:00.12Z');
INSERT INTO r2r_default.users (id, email, hashed_password, is_active, account_type, github_id)
VALUES ('3acb499e-8428-543b-bd85-0d9098718220', 'bob@example.com', '', FALSE, 'oauth', '77')";

/// The ids that clients of R2R have kept lead to the accounts.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "where the server for tests is")]
async fn accounts_come_from_the_database_of_r2r_and_their_old_ids_lead_to_them() {
    let Ok(server) = std::env::var("DOORWARD_TEST_POSTGRES") else {
        eprintln!("left out: DOORWARD_TEST_POSTGRES names no server; `./dev test-postgres` starts one");
        return;
    };
    let theirs = doorward_store::FreshDatabase::create(&server).await.unwrap();
    theirs.tamper(R2R_USERS).await.unwrap();
    let folder = free_folder();
    let url = theirs.url();
    let import =
        |more: &[&str]| doorward(folder.path(), &[&["import", "r2r", "--from", url.expose()], more].concat());

    assert!(import(&["--dry-run"]).done().ends_with("2 would be made, 0 there already, 0 refused\n"));
    assert!(import(&[]).done().ends_with("2 made, 0 there already, 0 refused\n"));
    assert!(import(&[]).done().ends_with("0 made, 2 there already, 0 refused\n"));
    assert!(import(&["--table", "r2r_default.nobody"]).refused(74).contains("nobody"));

    let server = RealServer::start(BINARY, folder.path(), "[dialect.r2r]\nenabled = true\n");
    let http = reqwest::Client::new();
    let form = [("username", "ada@example.com"), ("password", "correct horse battery")];
    let login: Value =
        http.post(server.url("/v3/users/login")).form(&form).send().await.unwrap().json().await.unwrap();
    let token = login["results"]["access_token"]["token"].as_str().unwrap();
    let old = server.url("/v3/users/2acb499e-8428-543b-bd85-0d9098718220");
    let ada: Value = http.get(old).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&ada["results"]["email"], &ada["results"]["is_superuser"]),
        (&json!("ada@example.com"), &json!(true))
    );
    assert_eq!(ada["results"]["name"], "Ada");
}
