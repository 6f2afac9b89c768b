//! A standby of PostgreSQL answers what may be slightly old; what decides anything is asked of the database itself.

use std::path::Path;
use std::time::{Duration, Instant};

use doorward_testkit::{PASSWORD, PostgresServer, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// The longest that a test waits for something to happen at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node, and an administrator of it.
struct Node {
    server: RealServer,
    token: String,
}

impl Node {
    async fn start(folder: &Path, settings: &str, password: Option<&str>) -> (Self, String) {
        let server = RealServer::start(BINARY, folder, settings);
        let shown = server.greeting.rsplit_once("password").map(|(_, rest)| rest);
        let shown = shown.and_then(|rest| rest.trim_start_matches([':', ' ']).split_whitespace().next());
        let password = password.or(shown).expect("the first start shows a password").to_owned();
        let mut node = Self { server, token: String::new() };
        node.token = node.login("admin@example.com", &password).await;
        (node, password)
    }

    async fn login(&self, name: &str, password: &str) -> String {
        let body = json!({ "identifier": name, "password": password });
        let answer = Client::new().post(self.server.url("/api/v1/login")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = Client::new().get(self.server.url(path)).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn status(&self, token: &str) -> u16 {
        let asked = Client::new().get(self.server.url("/api/v1/session")).bearer_auth(token);
        asked.send().await.unwrap().status().as_u16()
    }

    async fn register(&self, name: &str) {
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        let answer = Client::new().post(self.server.url("/api/v1/users")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }

    async fn lists(&self, name: &str) -> bool {
        let found = self.get("/api/v1/admin/users").await;
        found.to_string().contains(&format!("{name}@example.com"))
    }

    async fn until_the_replica_is(&self, used: bool) {
        let began = Instant::now();
        while self.get("/api/v1/admin/status").await["read_replica_in_use"] != used {
            assert!(began.elapsed() < PATIENCE, "the replica's use becomes {used}");
        }
    }
}

#[tokio::test]
async fn listings_come_from_a_replica_that_keeps_up_and_decisions_never_do() {
    let primary = PostgresServer::start(&[]);
    let (mut replica, folders) = (primary.standby(), [free_folder(), free_folder()]);
    let key = folders[0].path().join("master.key");
    let settings = |lag: &str| {
        let (url, replica) = (primary.url(), replica.url());
        let crypto = format!("[crypto]\nmaster_key_file = \"{}\"", key.display());
        format!(
            "[database]\nurl = \"{url}\"\nread_replica_url = \"{replica}\"\nread_replica_lag = \"{lag}\"\n{}",
            UNHINDERED.replace("[crypto]", &crypto)
        )
    };
    let (patient, password) = Node::start(folders[0].path(), &settings("1h"), None).await;
    let (strict, _) = Node::start(folders[1].path(), &settings("2s"), Some(&password)).await;
    patient.until_the_replica_is(true).await;
    strict.until_the_replica_is(true).await;

    // From now on nothing new arrives there.
    replica.ask("SELECT pg_wal_replay_pause()");
    patient.register("ada").await;

    assert!(!patient.lists("ada").await, "the listing is the replica's");
    let token = patient.login("ada@example.com", PASSWORD).await;
    assert_eq!(patient.status(&token).await, 200);
    let logout = Client::new().post(patient.server.url("/api/v1/logout")).bearer_auth(&token);
    assert_eq!(logout.send().await.unwrap().status(), 204);
    assert_eq!(patient.status(&token).await, 401);
    // Where it may be two seconds old it is not asked any more.
    strict.until_the_replica_is(false).await;
    assert!(strict.lists("ada").await);

    replica.ask("SELECT pg_wal_replay_resume()");
    strict.until_the_replica_is(true).await;
    assert!(strict.lists("ada").await);
    replica.stop_at_once();
    patient.register("bob").await;
    assert!(patient.lists("bob").await, "answers go on without it");
    assert!(patient.get("/api/v1/admin/audit").await.to_string().contains("account_registered"));
    patient.until_the_replica_is(false).await;
}
