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

/// What a member of the dump is to be, in the words of whoever runs the server.
async fn asked(server: &RealServer, cookie: &str, path: &str) -> Value {
    let path = server.url(&format!("/api/users{path}"));
    reqwest::Client::new().get(path).header("cookie", cookie).send().await.unwrap().json().await.unwrap()
}

/// Logs in with AuthX's dialect: the status, the text, and the cookie with the access token.
async fn authx_login(server: &RealServer, name: &str, password: &str) -> (u16, String, String) {
    let login = json!({ "login": name, "password": password });
    let call = reqwest::Client::new().post(server.url("/api/users/login")).json(&login);
    let answer = call.send().await.unwrap();
    let cookie = answer.headers().get("set-cookie").map(|line| line.to_str().unwrap().to_owned());
    let cookie = cookie.unwrap_or_default().split(';').next().unwrap().to_owned();
    (answer.status().as_u16(), answer.text().await.unwrap(), cookie)
}

#[tokio::test]
async fn bans_links_permissions_and_confirmations_of_authx_come_along() {
    let folder = free_folder();
    let path = folder.path();
    let csv = format!(
        "id,email,username,password,active,confirmed,permissions,provider,sid,created_at\n\
         3,anna@example.com,anna,{BCRYPT},true,true,\"[\"\"admin\"\"]\",,,2021-05-01 10:00:00\n\
         5,bert@example.com,bert,{DJANGO},1,0,\"editor,author\",,,\n\
         6,carl@example.com,carl,,t,t,,google,10931,\n\
         9,dora@example.com,dora,{BCRYPT},False,True,,,,\n\
         10,emil@example.com,emil,{BCRYPT},true,true,Editor,,,\n"
    );
    std::fs::write(path.join("users.csv"), csv).unwrap();

    let done = import(path, "authx", "users.csv", &[]);
    assert!(done.done().ends_with("4 made, 0 there already, 1 refused\n"), "{}", done.out);
    assert!(
        done.out.contains("account 5: permissions: The permission \"Editor\" cannot be the name"),
        "{}",
        done.out
    );
    for role in ["author", "editor"] {
        assert!(done.out.contains(&format!("made the role {role}, which allows nothing")), "{}", done.out);
    }

    let server = RealServer::start(BINARY, path, "[dialect.authx]\nenabled = true\n");
    let (_, _, anna) = authx_login(&server, "anna", "correct horse battery").await;
    let (_, _, bert) = authx_login(&server, "bert", "correct horse").await;
    for (cookie, email, confirmed) in [(&anna, "anna@example.com", true), (&bert, "bert@example.com", false)]
    {
        let standing = json!({ "email": email, "confirmed": confirmed });
        assert_eq!(asked(&server, cookie, "/confirm").await, standing);
    }
    let token = reqwest::Client::new().post(server.url("/api/users/token")).header("cookie", &bert);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    assert_eq!((&token["id"], &token["permissions"]), (&json!(5), &json!(["author", "editor"])));
    let carl = asked(&server, &anna, "/6").await;
    assert_eq!(
        (&carl["provider"], &carl["sid"], &carl["confirmed"]),
        (&json!("google"), &json!("10931"), &json!(true))
    );
    assert_eq!(asked(&server, &anna, "/3").await["createdAt"], "01 May 2021, 10:00");
    let banned = json!({ "global": [{ "id": 9, "username": "dora" }], "current": ["9"] });
    assert_eq!(asked(&server, &anna, "/blacklist").await, banned);
    let (status, text, _) = authx_login(&server, "dora", "correct horse battery").await;
    assert_eq!((status, &*text), (400, r#"{"detail":"User is banned"}"#));
    let forgive = reqwest::Client::new().post(server.url("/api/users/9/blacklist")).header("cookie", &anna);
    assert_eq!(forgive.send().await.unwrap().status(), 200);
    assert_eq!(authx_login(&server, "dora", "correct horse battery").await.0, 200);
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
pub(super) const R2R_USERS: &str = "
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

/// What ada and bob keep there: a file as a large object, one of a kind that is not read here, and one that is gone; a collection
/// of ada's that bob is in, and the one that each was given, of which bob has entered ada's too.
const R2R_BELONGINGS: &str = "
CREATE TABLE r2r_default.collections (
    id UUID PRIMARY KEY, owner_id UUID, name TEXT NOT NULL, description TEXT, created_at TIMESTAMPTZ DEFAULT NOW());
CREATE TABLE r2r_default.documents (
    id UUID PRIMARY KEY, collection_ids UUID[], owner_id UUID, type TEXT, metadata JSONB, title TEXT, version TEXT,
    size_in_bytes INT, ingestion_status TEXT, created_at TIMESTAMPTZ DEFAULT NOW());
CREATE TABLE r2r_default.files (
    document_id UUID PRIMARY KEY, name TEXT NOT NULL, oid OID NOT NULL, size BIGINT NOT NULL, type TEXT);
CREATE TABLE r2r_default.chunks (id UUID PRIMARY KEY, document_id UUID, owner_id UUID, text TEXT, metadata JSONB);
INSERT INTO r2r_default.collections (id, owner_id, name, description) VALUES
    ('c0000000-0000-5000-8000-000000000001', '2acb499e-8428-543b-bd85-0d9098718220', 'Default', NULL),
    ('c0000000-0000-5000-8000-000000000002', '2acb499e-8428-543b-bd85-0d9098718220', 'Greeks', 'Old ones'),
    ('c0000000-0000-5000-8000-000000000003', '99999999-8428-543b-bd85-0d9098718220', 'Nobody''s', NULL);
UPDATE r2r_default.users SET limits_overrides = '{\"max_documents\": 7, \"odd\": 1}' WHERE name = 'Ada';
UPDATE r2r_default.users SET collection_ids = '{c0000000-0000-5000-8000-000000000001,c0000000-0000-5000-8000-000000000002}';
INSERT INTO r2r_default.documents (id, collection_ids, owner_id, type, metadata, title, created_at) VALUES
    ('d0000000-0000-5000-8000-000000000001', '{c0000000-0000-5000-8000-000000000002}', '2acb499e-8428-543b-bd85-0d9098718220',
        'txt', '{\"team\": \"x\"}', 'Lyceum', '2024-01-02 03:04:05+00'),
    ('d0000000-0000-5000-8000-000000000002', '{}', '3acb499e-8428-543b-bd85-0d9098718220', 'mp3', '{}', 'Speech', NULL),
    ('d0000000-0000-5000-8000-000000000003', NULL, '2acb499e-8428-543b-bd85-0d9098718220', 'txt', '{}', 'Gone', NOW());
INSERT INTO r2r_default.files (document_id, name, oid, size) VALUES
    ('d0000000-0000-5000-8000-000000000001', 'lyceum.txt', lo_from_bytea(0, 'Aristotle founded the Lyceum.'), 29),
    ('d0000000-0000-5000-8000-000000000002', 'speech.mp3', lo_from_bytea(0, 'ID3'), 3);
INSERT INTO r2r_default.chunks (id, document_id, text, metadata) VALUES
    ('e0000000-0000-5000-8000-000000000002', 'd0000000-0000-5000-8000-000000000002', 'second piece', '{\"chunk_order\": 1}'),
    ('e0000000-0000-5000-8000-000000000001', 'd0000000-0000-5000-8000-000000000002', 'first piece', '{\"chunk_order\": 0}')";

/// Documents are theirs again, under the ids that clients have kept, and nobody reads more than their owners meant.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "where the server for tests is")]
async fn documents_and_collections_come_from_the_database_of_r2r() {
    let Ok(server) = std::env::var("DOORWARD_TEST_POSTGRES") else {
        eprintln!("left out: DOORWARD_TEST_POSTGRES names no server; `./dev test-postgres` starts one");
        return;
    };
    let theirs = doorward_store::FreshDatabase::create(&server).await.unwrap();
    theirs.tamper(&format!("{R2R_USERS};{R2R_BELONGINGS}")).await.unwrap();
    let folder = free_folder();
    let url = theirs.url();
    let import = |kept: &str, more: &[&str]| {
        let arguments = [&["import", "r2r", "--from", url.expose()], more].concat();
        super::doorward_with(folder.path(), &arguments, &[("DOORWARD__DOCUMENTS__ENABLED", kept)], "")
    };

    let left = import("false", &["--dry-run"]);
    assert!(
        left.done().ends_with("documents: 0 would be made, 0 there already, 3 refused\n"),
        "{}",
        left.out
    );
    let rehearsed = import("true", &["--dry-run"]);
    assert!(rehearsed.done().contains("collections: 2 would be made, 0 there already, 1 refused\n"));
    assert!(rehearsed.out.ends_with("documents: 3 would be made, 0 there already, 0 refused\n"));
    let done = import("true", &[]);
    assert!(done.done().contains("collections: 2 made, 0 there already, 1 refused\n"), "{}", done.out);
    assert!(done.out.contains("members: 1 made, 0 there already, 1 refused\n"), "{}", done.out);
    assert!(done.out.ends_with("documents: 2 made, 0 there already, 1 refused\n"), "{}", done.out);
    let again: Value = serde_json::from_str(import("true", &["--json"]).done()).unwrap();
    for (kind, existing) in [("collections", 2), ("members", 1), ("documents", 2)] {
        assert_eq!(
            (&again[kind]["added"], &again[kind]["existing"]),
            (&json!(0), &json!(existing)),
            "{kind}"
        );
    }

    let settings = "[dialect.r2r]\nenabled = true\n[documents]\nenabled = true\n";
    check_belongings(&RealServer::start(BINARY, folder.path(), settings)).await;
}

/// What ada is shown of what came along.
async fn check_belongings(server: &RealServer) {
    let http = reqwest::Client::new();
    let form = [("username", "ada@example.com"), ("password", "correct horse battery")];
    let login: Value =
        http.post(server.url("/v3/users/login")).form(&form).send().await.unwrap().json().await.unwrap();
    let token = login["results"]["access_token"]["token"].as_str().unwrap();
    let get = async |path: &str| http.get(server.url(path)).bearer_auth(token).send().await.unwrap();
    let me: Value = get("/v3/users/me").await.json().await.unwrap();
    assert_eq!(me["results"]["limits_overrides"], json!({ "max_documents": 7 }));
    let document: Value =
        get("/v3/documents/d0000000-0000-5000-8000-000000000001").await.json().await.unwrap();
    let document = &document["results"];
    assert_eq!((&document["title"], &document["metadata"]["team"]), (&json!("Lyceum"), &json!("x")));
    assert_eq!(document["owner_id"], "2acb499e-8428-543b-bd85-0d9098718220");
    assert_eq!(document["created_at"], "2024-01-02T03:04:05.000Z");
    assert_eq!(document["collection_ids"], json!(["c0000000-0000-5000-8000-000000000002"]));
    let file = get("/v3/documents/d0000000-0000-5000-8000-000000000001/download").await.text().await.unwrap();
    assert_eq!(file, "Aristotle founded the Lyceum.");
    let pieces: Value =
        get("/v3/documents/d0000000-0000-5000-8000-000000000002/chunks").await.json().await.unwrap();
    let pieces: Vec<&Value> =
        pieces["results"].as_array().unwrap().iter().map(|piece| &piece["text"]).collect();
    assert_eq!(pieces, ["first piece", "second piece"]);
    for (collection, count) in [("1", 1), ("2", 2)] {
        let path = format!("/v3/collections/c0000000-0000-5000-8000-00000000000{collection}/users");
        let members: Value = get(&path).await.json().await.unwrap();
        assert_eq!(members["total_entries"], count, "{members}");
    }
}
