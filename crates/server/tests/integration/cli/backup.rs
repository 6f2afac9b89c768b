//! `doorward backup`: copies made of a living server are servers themselves.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};

use super::doorward;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// Longer than a document takes to be read in.
const PATIENCE: Duration = Duration::from_secs(60);

async fn post(server: &RealServer, path: &str, bearer: &str, body: &Value) -> Value {
    let asked = Client::new().post(server.url(path)).bearer_auth(bearer).json(body);
    let answer = asked.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null)
}

async fn get(server: &RealServer, path: &str, bearer: &str) -> Value {
    let answer = Client::new().get(server.url(path)).bearer_auth(bearer).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

async fn login(server: &RealServer) -> String {
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let tokens = post(server, "/api/v1/login", "", &login).await;
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// Whether the caller finds `count` documents with the word, some time or other.
async fn finds(server: &RealServer, bearer: &str, word: &str, count: usize) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let found = post(server, "/api/v1/search", bearer, &json!({ "query": word })).await;
        if found["hits"].as_array().unwrap().len() == count {
            return true;
        }
    }
    false
}

fn settings(folder: &Path) -> String {
    let key = folder.join("master.key");
    let crypto = format!("[crypto]\nmaster_key_file = \"{}\"", key.display());
    format!("[documents]\nenabled = true\n{}", UNHINDERED.replace("[crypto]", &crypto))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_living_server_is_a_server_with_its_accounts_and_documents() {
    let (folder, restored) = (free_folder(), free_folder());
    let path = folder.path();
    let server = Arc::new(RealServer::start(BINARY, path, &settings(path)));
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    post(&server, "/api/v1/users", "", &account).await;
    let access = login(&server).await;
    let kept = json!({ "name": "oak.txt", "text": "The treasure is under the oak." });
    post(&server, "/api/v1/documents", &access, &kept).await;
    assert!(finds(&server, &access, "treasure", 1).await);
    let is_over = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (server, is_over, access) = (server.clone(), is_over.clone(), access.clone());
        async move {
            for count in 0.. {
                let more = json!({ "name": "more.txt", "text": format!("Number {count} of many.") });
                post(&server, "/api/v1/documents", &access, &more).await;
                login(&server).await;
                if is_over.load(Ordering::Acquire) {
                    return;
                }
            }
        }
    });

    let made = tokio::task::block_in_place(|| doorward(path, &["backup", "copies/today", "--json"]));

    is_over.store(true, Ordering::Release);
    writing.await.unwrap();
    let made: Value = serde_json::from_str(made.done()).unwrap();
    assert_eq!(made["verified"], true);
    let files: Vec<&str> =
        made["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(files, ["copies/today/documents.db", "copies/today/doorward.db"]);
    let copies = path.join("copies/today");
    assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 2, "nothing beside them");
    for file in files {
        assert_eq!(std::fs::metadata(path.join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let data = restored.path().join("data");
    std::fs::create_dir(&data).unwrap();
    for name in ["doorward.db", "documents.db"] {
        std::fs::copy(copies.join(name), data.join(name)).unwrap();
    }
    std::fs::copy(path.join("master.key"), restored.path().join("master.key")).unwrap();
    let copy = RealServer::start(BINARY, restored.path(), &settings(restored.path()));
    let access = login(&copy).await;
    let documents = get(&copy, "/api/v1/documents?limit=1000", &access).await;
    assert!(documents["documents"].as_array().unwrap().iter().any(|one| one["name"] == "oak.txt"));
    assert!(finds(&copy, &access, "treasure", 1).await);
    assert!(copy.stop().success());
    assert!(doorward(restored.path(), &["audit", "verify"]).done().contains("are as they were written"));
}

#[test]
fn a_backup_is_not_written_over_and_says_where_there_is_nothing_to_copy() {
    let folder = free_folder();
    let path = folder.path();
    assert_eq!(doorward(path, &["backup"]).code, 2);
    assert!(doorward(path, &["backup", "copies"]).refused(74).contains("doorward.db"));
    assert_eq!(doorward(path, &["migrate"]).code, 0);

    let first = doorward(path, &["backup", "copies"]);

    assert!(first.done().contains("copies/doorward.db") && first.out.contains("master.key"), "{}", first.out);
    let before = std::fs::read(path.join("copies/doorward.db")).unwrap();
    assert!(doorward(path, &["backup", "copies"]).refused(1).contains("take another folder"));
    assert_eq!(std::fs::read(path.join("copies/doorward.db")).unwrap(), before);
}

#[test]
fn data_on_a_database_server_are_left_to_its_own_tools() {
    let folder = free_folder();
    let settings = "[database]\nurl = \"postgres://doorward@127.0.0.1:1/doorward\"\n";
    std::fs::write(folder.path().join("doorward.toml"), settings).unwrap();

    let refused = doorward(folder.path(), &["backup", "copies"]);

    assert!(refused.refused(1).contains("pg_dump"));
    assert!(!folder.path().join("copies").exists());
}
