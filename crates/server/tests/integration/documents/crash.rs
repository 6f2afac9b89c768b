//! `kill -9` while documents are read in, on the real binary.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};

/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the server is killed in the midst of the same document.
const KILLS: usize = 3;
/// Documents that are kept beside the one that never comes to an end.
const SMALL: usize = 6;

struct Talk {
    http: Client,
    token: String,
}

impl Talk {
    async fn new(server: &RealServer) -> Self {
        // None is kept open: the server at its end is another one each time.
        let http = Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let account = json!({ "email": "ada@example.com", "password": PASSWORD });
        http.post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
        let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
        let answer = http.post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
        let tokens: Value = answer.json().await.unwrap();
        Self { token: tokens["access_token"].as_str().unwrap().to_owned(), http }
    }

    async fn keep(&self, server: &RealServer, name: &str, text: String) -> String {
        let request = self.http.post(server.url(&format!("/api/v1/documents/files?name={name}")));
        let answer = request.bearer_auth(&self.token).body(text).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, server: &RealServer, path: &str) -> Value {
        let answer = self.http.get(server.url(path)).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn document(&self, server: &RealServer, id: &str) -> Value {
        self.get(server, &format!("/api/v1/documents/{id}")).await
    }

    async fn found(&self, server: &RealServer, query: &str) -> Vec<String> {
        let body = json!({ "query": query, "limit": 1000 });
        let request = self.http.post(server.url("/api/v1/search")).bearer_auth(&self.token).json(&body);
        let found: Value = request.send().await.unwrap().json().await.unwrap();
        let hits = found["hits"].as_array().unwrap();
        hits.iter().map(|hit| hit["document_id"].as_str().unwrap().to_owned()).collect()
    }

    /// The document once `is_so` of it.
    async fn until(&self, server: &RealServer, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let document = self.document(server, id).await;
            if is_so(&document) {
                return document;
            }
            assert!(started.elapsed() < PATIENCE, "{document}");
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_read_in_once_however_often_the_server_is_killed() {
    let folder = free_folder();
    let settings = format!("{UNHINDERED}[documents]\nenabled = true\n");
    let start = || RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), &settings);
    let mut server = start();
    let talk = Talk::new(&server).await;
    let endless = talk.keep(&server, "endless.txt", "An endless walrus swims. ".repeat(900_000)).await;
    let mut kept = HashMap::new();

    for round in 0..KILLS {
        for number in 0..SMALL / KILLS {
            let name = format!("small-{round}-{number}");
            let text = format!("A penguin called {name}. {}", "It waddles on. ".repeat(2_000));
            kept.insert(talk.keep(&server, &format!("{name}.txt"), text).await, ());
        }
        // In the midst of it: some of its chunks are written, and some are not.
        talk.until(&server, &endless, |it| it["state"] == "indexing" && it["progress"] != 0).await;
        assert!(talk.found(&server, "walrus").await.is_empty(), "no half document is found");
        server.crash();
        server = start();
    }

    let given_up = talk.until(&server, &endless, |it| it["state"] == "failed").await;
    assert!(given_up["reason"].as_str().unwrap().contains("several times"), "{given_up}");
    assert!(talk.found(&server, "walrus").await.is_empty());
    for id in kept.keys() {
        let document = talk.until(&server, id, |it| it["state"] == "ready").await;
        let chunks = talk.get(&server, &format!("/api/v1/documents/{id}/chunks?limit=1000")).await;
        let places: Vec<u64> = chunks["chunks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|chunk| chunk["place"].as_u64().unwrap())
            .collect();
        assert_eq!(places, (0..document["chunks"].as_u64().unwrap()).collect::<Vec<_>>(), "each chunk once");
    }
    let mut found = talk.found(&server, "penguin").await;
    found.sort();
    let mut all: Vec<String> = kept.into_keys().collect();
    all.sort();
    assert_eq!(found, all, "the only chunk with that word, of each");
}
