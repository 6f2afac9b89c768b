//! Services in Python and JavaScript that check tokens by themselves: the examples, run against the real binary.
//!
//! Need a Python with the packages of `examples/python-fastapi` and the modules of `examples/node-express`, which `./dev test`
//! installs and names in `EXAMPLES_PYTHON` and `EXAMPLES_NODE_MODULES`.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const SECRET: &str = "a secret of thirty-two bytes or more";
/// The longest a service may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service; dropping it kills it.
pub(crate) struct Service {
    child: Child,
    url: String,
    client: Client,
    _folder: TempDir,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts `command`, which says on standard error or output where it listens.
    pub(crate) fn start(mut command: Command, folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let path = installed("PATH").unwrap();
        let mut child = command
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", path)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let mut service = Self { child, url: String::new(), client: Client::new(), _folder: folder };
        let (sender, lines) = mpsc::channel();
        let error = sender.clone();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        std::thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).for_each(|line| drop(error.send(line)));
        });
        let mut said = String::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            if let Some((_, rest)) = line.split_once("http://") {
                service.url = format!("http://{}", rest.split_whitespace().next().unwrap());
                return service;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("the service did not start: {said}");
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).bearer_auth(token).send().await.unwrap()
    }

    async fn post(&self, path: &str, token: &str) -> Response {
        self.client.post(format!("{}{path}", self.url)).bearer_auth(token).send().await.unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "where the packages are installed is told by the environment")]
pub(crate) fn installed(name: &str) -> Option<String> {
    let found = std::env::var(name).ok();
    assert!(found.is_some() || std::env::var("CI").is_err(), "{name} has to be set: run `./dev test`");
    if found.is_none() {
        eprintln!("left out: {name} is not set; `./dev test` installs what it names");
    }
    found
}

/// A folder with a copy of an example.
pub(crate) fn copy_of(example: &str) -> TempDir {
    let folder = free_folder();
    for file in std::fs::read_dir(Path::new("../../examples").join(example)).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    folder
}

fn python(variables: &[(&str, &str)]) -> Option<Service> {
    let mut command = Command::new(installed("EXAMPLES_PYTHON")?);
    command.args(["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "0"]);
    Some(Service::start(command, copy_of("python-fastapi"), variables))
}

fn node(variables: &[(&str, &str)]) -> Option<Service> {
    let modules = installed("EXAMPLES_NODE_MODULES")?;
    let folder = copy_of("node-express");
    symlink(modules, folder.path().join("node_modules")).unwrap();
    let mut command = Command::new("node");
    command.arg("app.js");
    let variables: Vec<_> = variables.iter().copied().chain([("PORT", "0")]).collect();
    Some(Service::start(command, folder, &variables))
}

/// A server on which ada may read, and root may read and write.
struct Doorward {
    server: RealServer,
    client: Client,
    _folder: TempDir,
}

impl Doorward {
    async fn start(settings: &str, variables: &[(&str, &str)]) -> Self {
        let folder = free_folder();
        let settings = format!(
            "{UNHINDERED}[auth]\ndefault_admin_email = \"root@example.com\"\ndefault_admin_password = \"{PASSWORD}\"\n{settings}"
        );
        let server = RealServer::start_with(BINARY, folder.path(), &settings, variables);
        let doorward = Self { server, client: Client::new(), _folder: folder };
        let root = doorward.login("root@example.com").await;
        for (role, scope) in [("reader", "read"), ("editor", "read write")] {
            doorward
                .send("POST", "/api/v1/admin/roles", &root, &json!({ "name": role, "scope": scope }))
                .await;
        }
        for (name, role) in [("ada", "reader"), ("bob", "editor")] {
            let account =
                json!({ "email": format!("{name}@example.com"), "username": name, "password": PASSWORD });
            let made = doorward.send("POST", "/api/v1/users", "", &account).await;
            let path = format!("/api/v1/admin/users/{}/roles/{role}", made["id"].as_str().unwrap());
            doorward.send("PUT", &path, &root, &Value::Null).await;
        }
        doorward
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let mut request = self.client.request(method.parse().unwrap(), self.server.url(path));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap_or_default()
    }

    async fn login(&self, name: &str) -> String {
        let body = json!({ "identifier": name, "password": PASSWORD });
        self.send("POST", "/api/v1/login", "", &body).await["access_token"].as_str().unwrap().to_owned()
    }

    fn url(&self) -> String {
        self.server.url("")
    }
}

const SCOPES: &str = "[scopes]\nread = \"Read\"\nwrite = \"Write\"\n";

/// What every service of this kind does, whatever it is written in.
async fn check(service: &Service, reader: &str, writer: &str) {
    let challenge = |answer: &Response| answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
    let me = service.get("/me", reader).await;
    assert_eq!(me.status(), 200, "{}", me.text().await.unwrap());
    assert_eq!(me.json::<Value>().await.unwrap()["scopes"], json!(["read"]));
    assert_eq!(service.get("/documents", reader).await.status(), 200);
    assert_eq!(service.post("/documents", writer).await.status(), 201);

    let refused = service.post("/documents", reader).await;
    assert_eq!(refused.status(), 403);
    let asked = challenge(&refused);
    assert!(
        asked.starts_with("Bearer scope=\"") && asked.contains("read") && asked.contains("write"),
        "{asked}"
    );

    let anonymous = service.client.get(format!("{}/me", service.url)).send().await.unwrap();
    assert_eq!((anonymous.status().as_u16(), &*challenge(&anonymous)), (401, "Bearer"));
    let (head, tail) = reader.rsplit_once('.').unwrap();
    let swapped = format!("{head}.{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", reader.split('.').nth(1).unwrap());
    for false_token in [&*swapped, &unsigned, "rubbish", "a.b.c"] {
        let answer = service.get("/documents", false_token).await;
        assert_eq!(
            (answer.status().as_u16(), &*challenge(&answer)),
            (401, "Bearer scope=\"read\""),
            "{false_token}"
        );
    }
}

#[tokio::test]
async fn services_in_python_and_javascript_take_tokens_of_every_algorithm_that_has_public_keys() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let settings = format!("{SCOPES}[tokens]\nalgorithm = \"{algorithm}\"\n");
        let doorward = Doorward::start(&settings, &[]).await;
        let (reader, writer, url) =
            (doorward.login("ada").await, doorward.login("bob").await, doorward.url());
        let variables = [("DOORWARD_URL", &*url), ("AUDIENCE", "doorward")];

        for service in [python(&variables), node(&variables)].into_iter().flatten() {
            check(&service, &reader, &writer).await;
        }
    }
}

#[tokio::test]
async fn with_tp_auth_s_environment_they_share_a_secret() {
    let environment = [
        ("SECRET_KEY", SECRET),
        ("ISSUER", "acme"),
        ("AUTH_SCOPES", r#"{"read": "Read", "write": "Write"}"#),
    ];
    let doorward = Doorward::start("[dialect.tp]\nenabled = true\n", &environment).await;
    let (reader, writer, url) = (doorward.login("ada").await, doorward.login("bob").await, doorward.url());
    let variables = [("DOORWARD_URL", &*url), ("SECRET_KEY", SECRET), ("ISSUER", "acme")];

    for service in [python(&variables), node(&variables)].into_iter().flatten() {
        check(&service, &reader, &writer).await;
    }
}

#[tokio::test]
async fn a_token_for_somebody_else_or_by_another_issuer_is_refused() {
    let doorward = Doorward::start(SCOPES, &[]).await;
    let (reader, url) = (doorward.login("ada").await, doorward.url());

    for variables in [
        [("DOORWARD_URL", &*url), ("ISSUER", &*url), ("AUDIENCE", "another service")],
        [("DOORWARD_URL", &*url), ("ISSUER", "https://elsewhere.example"), ("AUDIENCE", "doorward")],
    ] {
        for service in [python(&variables), node(&variables)].into_iter().flatten() {
            assert_eq!(service.get("/me", &reader).await.status(), 401);
        }
    }
}

#[tokio::test]
async fn a_service_forwards_the_token_of_its_caller_to_listed_hosts_alone() {
    let doorward = Doorward::start(SCOPES, &[]).await;
    let (reader, url) = (doorward.login("ada").await, doorward.url());
    let host = url.trim_start_matches("http://").to_owned();
    let variables = [("DOORWARD_URL", &*url), ("AUDIENCE", "doorward"), ("FORWARD_TO", &*host)];
    let Some(service) = python(&variables) else { return };

    let forwarded = service.get(&format!("/forwarded?url={url}/api/v1/session"), &reader).await;
    let answer: Value = forwarded.json().await.unwrap();
    assert_eq!((&answer["status"], &answer["body"]["scope"]), (&json!(200), &json!("read")));

    for other in ["http://127.0.0.1:9/", &format!("http://{host}@127.0.0.1:9/"), "http://localhost/"] {
        assert_eq!(service.get(&format!("/forwarded?url={other}"), &reader).await.status(), 400, "{other}");
    }
}

/// What Authlib is told of the token, which it ends first where `more` says so.
async fn asked(doorward: &Doorward, key: &str, token: &str, more: &[&str]) -> Option<Value> {
    let mut command = Command::new(installed("EXAMPLES_PYTHON")?);
    command.arg("../../examples/python-fastapi/ask.py").args([&*doorward.url(), key, token]).args(more);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(serde_json::from_slice(&ran.stdout).unwrap())
}

#[tokio::test]
async fn a_client_that_knows_oauth_alone_asks_what_a_token_is_worth_and_ends_it() {
    let doorward = Doorward::start(SCOPES, &[]).await;
    let (reader, root) = (doorward.login("ada").await, doorward.login("root@example.com").await);
    let wish = json!({ "name": "reports", "scope": "admin:introspection" });
    let made = doorward.send("POST", "/api/v1/api-keys", &root, &wish).await;
    let key = made["api_key"].as_str().unwrap();

    let Some(found) = asked(&doorward, key, &reader, &[]).await else { return };
    assert_eq!(
        (&found["active"], &found["username"], &found["scope"]),
        (&json!(true), &json!("ada"), &json!("read"))
    );

    let ended = asked(&doorward, key, &reader, &["--end"]).await;
    assert_eq!(ended, Some(json!({ "active": false })));
}
