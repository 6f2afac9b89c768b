//! `kill -9` at any moment: everything that was acknowledged is there afterwards, and nothing that was ended comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_core::port::{Entropy, SystemEntropy};
use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

const ROUNDS: u64 = 50;
const WRITERS: u64 = 8;
/// The server is killed after at most so many acknowledged writes.
const WRITES_MAX: u64 = 60;
/// Longer than this no restart may take.
const READY: Duration = Duration::from_secs(2);

/// What the server has said is done.
#[derive(Debug, Clone)]
enum Fact {
    Registered { email: String },
    Refreshed { access: String, refresh: String },
    LoggedOut { access: String, refresh: String },
    PasswordChanged { email: String, new: String },
}

/// One server, and how to talk to it.
struct Talk {
    http: Client,
    base: String,
}

impl Talk {
    fn to(server: &RealServer) -> Self {
        Self { http: Client::new(), base: format!("http://{}", server.address) }
    }

    /// The status and body of an answer; `None` when the server died before it had answered.
    async fn ask(&self, method: &str, path: &str, bearer: &str, body: &Value) -> Option<(u16, Value)> {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    async fn login(&self, email: &str, password: &str) -> Option<(u16, Value)> {
        self.ask("POST", "/api/v1/login", "", &json!({ "identifier": email, "password": password })).await
    }

    async fn refresh(&self, token: &str) -> Option<(u16, Value)> {
        self.ask("POST", "/api/v1/refresh", "", &json!({ "refresh_token": token })).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_fifty_crashes_under_eight_writers() {
    let folder = free_folder();
    let everything = Arc::new(Mutex::new(Vec::new()));

    for round in 0..ROUNDS {
        let server = start(folder.path());
        let facts = write_until_killed(server, round).await;
        let server = start(folder.path());
        let talk = Talk::to(&server);
        for fact in &facts {
            check(&talk, fact).await;
        }
        everything.lock().await.extend(facts);
        server.crash();
    }

    let talk_to = start(folder.path());
    let talk = Talk::to(&talk_to);
    let everything = everything.lock().await;
    assert!(everything.len() as u64 > ROUNDS * 10, "only {} writes were acknowledged", everything.len());
    for fact in everything.iter().filter(|fact| matches!(fact, Fact::LoggedOut { .. })) {
        check(&talk, fact).await;
    }
}

fn start(folder: &std::path::Path) -> RealServer {
    let started = std::time::Instant::now();
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder, UNHINDERED);
    assert!(started.elapsed() < READY, "not ready after {:?}", started.elapsed());
    server
}

/// Lets eight clients write until a random number of writes has been acknowledged, then kills the server where it stands.
async fn write_until_killed(server: RealServer, round: u64) -> Vec<Fact> {
    let talk = Arc::new(Talk::to(&server));
    let next = Arc::new(AtomicU64::new(0));
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (talk, next, acknowledge) = (talk.clone(), next.clone(), acknowledge.clone());
            tokio::spawn(async move {
                while let Some(()) = write(
                    &talk,
                    &format!("r{round}w{writer}n{}", next.fetch_add(1, Ordering::Relaxed)),
                    &acknowledge,
                )
                .await
                {}
            })
        })
        .collect();
    drop(acknowledge);
    let entropy: &dyn Entropy = &SystemEntropy;
    let enough = 1 + u64::from(entropy.bytes::<1>()[0]) % WRITES_MAX;
    let mut facts = Vec::new();
    while let Some(fact) = acknowledged.recv().await {
        facts.push(fact);
        if facts.len() as u64 == enough {
            break;
        }
    }
    server.crash();
    for writer in writers {
        writer.await.unwrap();
    }
    // What was acknowledged while the signal was on its way counts too.
    while let Ok(fact) = acknowledged.try_recv() {
        facts.push(fact);
    }
    facts
}

/// One account's short life, each step noted once it was acknowledged; `None` when the server has died.
async fn write(talk: &Talk, name: &str, facts: &mpsc::UnboundedSender<Fact>) -> Option<()> {
    let email = format!("{name}@example.com");
    let note = |fact| facts.send(fact).ok();
    let (status, body) =
        talk.ask("POST", "/api/v1/users", "", &json!({ "email": email, "password": PASSWORD })).await?;
    assert_eq!(status, 201, "{body}");
    note(Fact::Registered { email: email.clone() })?;
    let (_, first) = talk.login(&email, PASSWORD).await?;
    let (_, second) = talk.login(&email, PASSWORD).await?;
    let (_, refreshed) = talk.refresh(&text(&first, "refresh_token")).await?;
    note(Fact::Refreshed {
        access: text(&refreshed, "access_token"),
        refresh: text(&refreshed, "refresh_token"),
    })?;
    let (access, refresh) = (text(&second, "access_token"), text(&second, "refresh_token"));
    let (status, body) = talk.ask("POST", "/api/v1/logout", &access, &Value::Null).await?;
    assert_eq!(status, 204, "{body}");
    note(Fact::LoggedOut { access, refresh })?;
    let new = format!("{PASSWORD} {name}");
    let other = format!("changer-{email}");
    let (status, body) =
        talk.ask("POST", "/api/v1/users", "", &json!({ "email": other, "password": PASSWORD })).await?;
    assert_eq!(status, 201, "{body}");
    let (_, changer) = talk.login(&other, PASSWORD).await?;
    let change = json!({ "current_password": PASSWORD, "new_password": new });
    let (status, body) =
        talk.ask("PUT", "/api/v1/me/password", &text(&changer, "access_token"), &change).await?;
    assert_eq!(status, 204, "{body}");
    note(Fact::PasswordChanged { email: other, new })
}

/// Whether the server still stands by what it said.
async fn check(talk: &Talk, fact: &Fact) {
    match fact {
        Fact::Registered { email } => assert_eq!(status(talk.login(email, PASSWORD).await), 200, "{email}"),
        Fact::Refreshed { access, refresh } => {
            assert_eq!(status(talk.ask("GET", "/api/v1/me", access, &Value::Null).await), 200);
            assert_eq!(status(talk.refresh(refresh).await), 200);
        }
        Fact::LoggedOut { access, refresh } => {
            assert_eq!(status(talk.ask("GET", "/api/v1/me", access, &Value::Null).await), 401);
            assert_eq!(status(talk.refresh(refresh).await), 401);
        }
        Fact::PasswordChanged { email, new } => {
            assert_eq!(status(talk.login(email, PASSWORD).await), 401, "{email}: the old password");
            assert_eq!(status(talk.login(email, new).await), 200, "{email}: the new password");
        }
    }
}

fn status(answer: Option<(u16, Value)>) -> u16 {
    answer.expect("the server answers").0
}

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_default().to_owned()
}
