//! Services that look sessions up in the memory database: what they see of logins, ends, and losses.
//!
//! The service is the example in Python, which knows `DB_URL` and the secret and never asks the server.

use std::process::Command;
use std::time::{Duration, Instant};

use doorward_testkit::{PASSWORD, RealServer, RedisServer, UNHINDERED, free_folder};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::doorward_with;
use crate::example_services::{Service, copy_of, installed};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const SECRET: &str = "a secret of thirty-two bytes or more";
const PATIENCE: Duration = Duration::from_secs(30);
const SETTINGS: &str = "[dialect.tp]\nenabled = true\n[cache]\nmirror_sessions = true\ntimeout = \"1s\"\n";

/// A server with ada's account, the memory database, and a service that looks sessions up there.
struct World {
    redis: RedisServer,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    server: RealServer,
    service: Service,
    client: Client,
}

impl World {
    /// `None` where the packages of the example are not installed.
    async fn start() -> Option<Self> {
        let (redis, folder) = (RedisServer::start(), free_folder());
        let known = [("SECRET_KEY", SECRET.to_owned()), ("ISSUER", "acme".to_owned())];
        let mut command = Command::new(installed("EXAMPLES_PYTHON")?);
        command.arg("app.py");
        let login_database = format!("{}/9", redis.tcp_url());
        let told = [("DB_URL", &*login_database), ("SECRET_KEY", SECRET), ("ISSUER", "acme"), ("PORT", "0")];
        let service = Service::start(command, copy_of("python-db-url"), &told);
        let own = [("DB_URL", redis.tcp_url()), ("ENABLE_CORS", "False".to_owned())];
        let variables: Vec<_> = known.into_iter().chain(own).collect();
        let server = start(&folder, &variables);
        let world = Self { redis, folder, variables, server, service, client: Client::new() };
        let account = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
        let made = world.client.post(world.server.url("/api/v1/users")).json(&account).send().await.unwrap();
        assert_eq!(made.status(), StatusCode::CREATED);
        Some(world)
    }

    async fn token(&self, password: &str) -> String {
        let form = [("username", "ada"), ("password", password)];
        let answer = self.client.post(self.server.url("/token")).form(&form).send().await.unwrap();
        given(&answer.json().await.unwrap())
    }

    async fn post(&self, path: &str, token: &str) -> Value {
        let answer = self.client.post(self.server.url(path)).bearer_auth(token).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    async fn verdict(&self, token: &str) -> u16 {
        self.service.get("/", token).await.status().as_u16()
    }

    /// Waits for the service's verdict, which may not be that the token counts before.
    async fn until(&self, expected: u16, token: &str) {
        let began = Instant::now();
        loop {
            let verdict = self.verdict(token).await;
            if verdict == expected {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{verdict}, not {expected}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn start(folder: &TempDir, variables: &[(&str, String)]) -> RealServer {
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, &**value)).collect();
    RealServer::start_with(BINARY, folder.path(), &format!("{UNHINDERED}{SETTINGS}"), &variables)
}

fn given(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_service_that_knows_the_memory_database_alone_refuses_whoever_has_logged_out() {
    let Some(world) = World::start().await else { return };
    world.until(401, "rubbish").await;
    let (kept, ended) = (world.token(PASSWORD).await, world.token(PASSWORD).await);
    world.until(200, &kept).await;
    world.until(200, &ended).await;

    world.post("/logout", &ended).await;

    world.until(401, &ended).await;
    world.until(200, &kept).await;
    let keys = world.redis.command("SELECT 9\r\nKEYS *");
    assert!(keys.contains("doorward:session:{") && !keys.contains(&kept), "{keys}");
    let changed = json!({ "current_password": PASSWORD, "new_password": "another correct horse" });
    let request = world.client.put(world.server.url("/api/v1/me/password")).bearer_auth(&kept).json(&changed);
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let other = world.token("another correct horse").await;
    world.post("/api/v1/logout/everywhere", &other).await;
    world.until(401, &other).await;
    world.until(401, &kept).await;
}

#[tokio::test]
async fn everybodys_end_is_seen_by_services_that_look_up_sessions() {
    let Some(world) = World::start().await else { return };
    let token = world.token(PASSWORD).await;
    world.until(200, &token).await;

    let variables: Vec<_> = world.variables.iter().map(|(name, value)| (*name, &**value)).collect();
    doorward_with(world.folder.path(), &["sessions", "end-everybodys"], &variables, "");

    world.until(401, &token).await;
    world.until(200, &world.token(PASSWORD).await).await;
}

#[tokio::test]
async fn a_picture_that_was_lost_lets_nobody_in_until_they_have_a_new_token() {
    let Some(world) = World::start().await else { return };
    let (kept, ended) = (world.token(PASSWORD).await, world.token(PASSWORD).await);
    world.until(200, &kept).await;
    world.post("/logout", &ended).await;
    world.until(401, &ended).await;

    world.redis.command("FLUSHALL");

    assert_ne!(world.verdict(&kept).await, 200);
    world.until(401, &kept).await;
    let fresh = given(&world.post("/refresh", &kept).await);
    world.until(200, &fresh).await;
    world.until(401, &kept).await;
    world.until(401, &ended).await;
}

#[tokio::test]
async fn a_picture_that_nobody_sees_to_or_that_cannot_be_seen_lets_nobody_in() {
    let Some(mut world) = World::start().await else { return };
    let token = world.token(PASSWORD).await;
    world.until(200, &token).await;

    world.server.ask_to_stop();
    world.until(503, &token).await;
    world.server = start(&world.folder, &world.variables);
    world.until(200, &token).await;
    world.redis.crash();
    world.until(503, &token).await;

    let answer =
        world.client.get(world.server.url("/api/v1/session")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
