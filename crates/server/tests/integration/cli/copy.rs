//! `doorward copy`: a server moves to another database, and nobody notices.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doorward_store::FreshDatabase;
use doorward_testkit::{IN_A_FILE, PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::people::set_up_second_factor;
use super::{Ended, doorward};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// Longer than a command takes to come as far as it is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where things move to: a database of the server that the environment names, or another file.
struct Target {
    database: Option<FreshDatabase>,
    folder: TempDir,
}

impl Target {
    #[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
    async fn new() -> Self {
        let database = match std::env::var("DOORWARD_TEST_POSTGRES") {
            Ok(server) => Some(FreshDatabase::create(&server).await.unwrap()),
            Err(_) => None,
        };
        Self { database, folder: free_folder() }
    }

    fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url().expose().clone(),
            None => format!("sqlite:{}/copy.db", self.folder.path().display()),
        }
    }
}

/// What a client keeps, and ways to use it.
struct Kept {
    access: String,
    refresh: String,
    key: String,
    ended: String,
}

async fn post(server: &RealServer, path: &str, bearer: &str, body: &Value) -> Value {
    let asked = Client::new().post(server.url(path)).bearer_auth(bearer).json(body);
    let answer = asked.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null)
}

async fn status(server: &RealServer, header: &str, value: &str) -> u16 {
    let asked = Client::new().get(server.url("/api/v1/me")).header(header, value);
    asked.send().await.unwrap().status().as_u16()
}

/// A server's data, as they are after some use, and what a client of it holds.
async fn used(folder: &Path) -> Kept {
    let server = RealServer::start(BINARY, folder, &format!("{UNHINDERED}{IN_A_FILE}"));
    let account = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada\n\\N\ttab" });
    post(&server, "/api/v1/users", "", &account).await;
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    let tokens = post(&server, "/api/v1/login", "", &login).await;
    let other = post(&server, "/api/v1/login", "", &login).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let key = post(&server, "/api/v1/api-keys", &access, &json!({ "name": "backup" })).await;
    let ended = text(&other, "access_token");
    post(&server, "/api/v1/logout", &ended, &Value::Null).await;
    assert!(server.stop().success());
    Kept { access, refresh, key: text(&key, "api_key"), ended }
}

fn copy(folder: &Path, to: &str, more: &[&str]) -> Ended {
    doorward(folder, &[&["copy", "--from", "sqlite:data/doorward.db", "--to", to], more].concat())
}

#[tokio::test]
async fn sessions_keys_and_the_audit_log_go_on_in_another_database() {
    let (folder, target) = (free_folder(), Target::new().await);
    let path = folder.path();
    let kept = used(path).await;

    let copied = copy(path, &target.url(), &[]);

    assert_eq!(copied.code, 0, "{}", copied.err);
    assert!(
        copied.out.contains("Copied and verified: ") && copied.out.contains("master.key"),
        "{}",
        copied.out
    );
    assert!(copied.err.contains("users: 2 rows") && copied.err.contains(", all"), "{}", copied.err);
    let verified = copy(path, &target.url(), &["--verify-only", "--json"]);
    let verified: Value = serde_json::from_str(verified.done()).unwrap();
    assert_eq!(verified["verified"], true);
    let settings = format!(
        "[database]\nurl = \"{}\"\n{}",
        target.url(),
        UNHINDERED.replace("[crypto]", "[crypto]\nmaster_key_file = \"data/master.key\"")
    );
    let server = RealServer::start(BINARY, path, &settings);
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(status(&server, "authorization", &bearer(&kept.access)).await, 200);
    assert_eq!(status(&server, "x-api-key", &kept.key).await, 200);
    assert_eq!(status(&server, "authorization", &bearer(&kept.ended)).await, 401);
    let next = post(&server, "/api/v1/refresh", "", &json!({ "refresh_token": kept.refresh })).await;
    assert_eq!(status(&server, "authorization", &bearer(next["access_token"].as_str().unwrap())).await, 200);
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    post(&server, "/api/v1/login", "", &login).await;
    assert!(server.stop().success());
    assert!(doorward(path, &["audit", "verify"]).done().contains("are as they were written"));

    let back = format!("sqlite:{}/back.db", target.folder.path().display());
    let back = doorward(path, &["copy", "--from", &target.url(), "--to", &back]);
    assert_eq!(back.code, 0, "{}", back.err);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_in_another_database_too() {
    let (folder, target) = (free_folder(), Target::new().await);
    let path = folder.path();
    used(path).await;
    let server = RealServer::start(BINARY, path, &format!("{UNHINDERED}{IN_A_FILE}"));
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let tokens = post(&server, "/api/v1/login", "", &login).await;
    let codes = set_up_second_factor(&server, tokens["access_token"].as_str().unwrap()).await;
    assert!(server.stop().success());

    let copied = copy(path, &target.url(), &[]);
    assert_eq!(copied.code, 0, "{}", copied.err);

    let settings = format!(
        "[database]\nurl = \"{}\"\n{}",
        target.url(),
        UNHINDERED.replace("[crypto]", "[crypto]\nmaster_key_file = \"data/master.key\"")
    );
    let server = RealServer::start(BINARY, path, &settings);
    let refused = Client::new().post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    let ticket = refused.json::<Value>().await.unwrap()["ticket"].clone();
    let half = json!({ "ticket": ticket, "code": codes[0] });
    let tokens = post(&server, "/api/v1/login/second-factor", "", &half).await;
    assert!(tokens["access_token"].is_string());
}

#[tokio::test]
async fn documents_come_along_and_are_found_by_those_they_were_shared_with() {
    let (folder, target) = (free_folder(), Target::new().await);
    let path = folder.path();
    let keeping = format!("[documents]\nenabled = true\n{UNHINDERED}");
    let server = RealServer::start(BINARY, path, &keeping);
    let account = |name: &str| json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
    let login = async |server: &RealServer, name: &str| {
        let login = json!({ "identifier": format!("{name}@example.com"), "password": PASSWORD });
        let tokens = post(server, "/api/v1/login", "", &login).await;
        tokens["access_token"].as_str().unwrap().to_owned()
    };
    post(&server, "/api/v1/users", "", &account("ada")).await;
    let bob = post(&server, "/api/v1/users", "", &account("bob")).await["id"].as_str().unwrap().to_owned();
    let ada = login(&server, "ada").await;
    let collection = post(&server, "/api/v1/collections", &ada, &json!({ "name": "oaks" })).await;
    let members = format!("/api/v1/collections/{}/members/{bob}", collection["id"].as_str().unwrap());
    let member = Client::new().put(server.url(&members)).bearer_auth(&ada).json(&json!({ "role": "reader" }));
    assert!(member.send().await.unwrap().status().is_success());
    let oak = json!({ "name": "oak.txt", "text": "The treasure is under the oak.", "collection_ids": [collection["id"]] });
    post(&server, "/api/v1/documents", &ada, &oak).await;
    let finds = async |server: &RealServer, token: &str| {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let found = post(server, "/api/v1/search", token, &json!({ "query": "treasure" })).await;
            if found["hits"][0]["title"] == "oak.txt" {
                return true;
            }
        }
        false
    };
    assert!(finds(&server, &ada).await);
    assert!(copy(path, &target.url(), &[]).refused(1).contains("in use"));
    assert!(server.stop().success());

    let copied = copy(path, &target.url(), &["--json"]);

    assert_eq!(copied.code, 0, "{}", copied.err);
    let copied: Value = serde_json::from_str(&copied.out).unwrap();
    let tables = copied["tables"].as_array().unwrap();
    let rows = |name: &str| tables.iter().find(|table| table["name"] == name).unwrap()["rows"].clone();
    assert_eq!(
        (rows("documents.chunks"), rows("documents.members"), rows("users")),
        (json!(1), json!(2), json!(3))
    );
    let again = copy(path, &target.url(), &["--documents"]);
    assert_eq!(again.code, 0, "{}", again.err);
    let settings = format!(
        "[database]\nurl = \"{}\"\n{}",
        target.url(),
        keeping.replace("[crypto]", "[crypto]\nmaster_key_file = \"data/master.key\"")
    );
    let server = RealServer::start(BINARY, path, &settings);
    let bob = login(&server, "bob").await;
    assert!(finds(&server, &bob).await);
}

#[tokio::test]
async fn a_database_in_use_is_not_copied_and_an_address_that_leads_nowhere_is_named() {
    let (folder, target) = (free_folder(), Target::new().await);
    let server = RealServer::start(BINARY, folder.path(), IN_A_FILE);

    assert!(copy(folder.path(), &target.url(), &[]).refused(74).contains("stop that one first"));
    drop(server);
    let nowhere = doorward(folder.path(), &["copy", "--from", "sqlite:nothing.db", "--to", &target.url()]);
    assert!(nowhere.refused(74).contains("nothing.db"));
    let odd = doorward(folder.path(), &["copy", "--from", "mysql://x", "--to", &target.url()]);
    assert!(odd.refused(1).contains("postgres://"));
    assert_eq!(doorward(folder.path(), &["copy"]).code, 2);
}

/// The database itself holds the copy up in the middle: rows of the table never finish to be inserted.
const HOLD_UP: &str = "
CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3600); RETURN NULL; END';
CREATE TRIGGER hold_up BEFORE INSERT ON sessions FOR EACH STATEMENT EXECUTE FUNCTION hold_up()";
const LET_GO: &str = "
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'doorward copy';
DROP FUNCTION hold_up CASCADE";

#[tokio::test]
async fn a_copy_that_was_killed_is_finished_by_the_same_command() {
    let (folder, target) = (free_folder(), Target::new().await);
    let Some(database) = &target.database else {
        eprintln!("left out: DOORWARD_TEST_POSTGRES names no server; `./dev test-postgres` starts one");
        return;
    };
    used(folder.path()).await;
    database.tamper(HOLD_UP).await.unwrap();
    let mut child = Command::new(BINARY)
        .args(["copy", "--from", "sqlite:data/doorward.db", "--to", &target.url()])
        .current_dir(folder.path())
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let held_up = "DO $$ BEGIN ASSERT EXISTS (SELECT 1 FROM unfinished_copy WHERE name = 'users') AND EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'); END $$";
    let began = Instant::now();
    while database.tamper(held_up).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "the copy comes as far as the sessions");
    }

    child.kill().unwrap();
    child.wait().unwrap();
    database.tamper(LET_GO).await.unwrap();

    let settings = format!("[database]\nurl = \"{}\"\n", target.url());
    std::fs::write(folder.path().join("doorward.toml"), settings).unwrap();
    assert!(doorward(folder.path(), &["migrate"]).refused(74).contains("has not ended"));
    let finished = copy(folder.path(), &target.url(), &["--json"]);
    assert_eq!(finished.code, 0, "{}", finished.err);
    let finished: Value = serde_json::from_str(&finished.out).unwrap();
    let rows = |name: &str| {
        finished["tables"].as_array().unwrap().iter().find(|table| table["name"] == name).unwrap()["rows"]
            .clone()
    };
    assert_eq!((rows("users"), rows("sessions")), (json!(2), json!(2)));
    assert!(doorward(folder.path(), &["migrate"]).done().contains("up to date"));
}
