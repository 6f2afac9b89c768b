//! What `deploy/` starts: every name and value in it has to be one that the server knows.
//!
//! The files are read by the Python of `./dev test`, which brings a reader of YAML.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use doorward::config::{Config, Environment, parse};
use doorward_testkit::TestApp;
use serde_json::Value;

const READ: &str =
    "import json, sys, yaml; print(json.dumps([part for part in yaml.safe_load_all(sys.stdin) if part]))";

/// The documents of a file; `None` where there is nobody to read them.
#[expect(clippy::disallowed_methods, reason = "where the reader is installed is told by the environment")]
fn documents(file: &str) -> Option<Vec<Value>> {
    let Ok(python) = std::env::var("MAIL_SINK_PYTHON") else {
        assert!(std::env::var("CI").is_err(), "MAIL_SINK_PYTHON has to name the program: run `./dev test`");
        eprintln!("left out: MAIL_SINK_PYTHON names no program; `./dev test` installs it");
        return None;
    };
    let text = std::fs::read(Path::new("../../deploy").join(file)).unwrap();
    let mut reader =
        Command::new(python).args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    reader.stdin.take().unwrap().write_all(&text).unwrap();
    let read = reader.wait_with_output().unwrap();
    Some(serde_json::from_slice(&read.stdout).expect("the file is YAML"))
}

/// The configuration that a node is started with. Files that are put there when it runs are left out.
fn settled<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>) -> Config {
    let variables: Vec<_> = variables.collect();
    assert!(variables.iter().all(|(name, _)| !name.ends_with("PASSWORD") && !name.ends_with("SECRET_KEY")));
    let written = variables.iter().copied().filter(|(name, _)| !name.ends_with("_FILE"));
    parse("", &Environment::of(written)).expect("the server starts with this")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// How long a node may take to end, in seconds: it leaves, then it drains.
fn end(config: &Config) -> i64 {
    config.listen.leave.as_seconds_ceil() + config.listen.drain.as_seconds_ceil()
}

#[test]
fn the_nodes_of_the_compose_file_start_and_share_what_they_have_to() {
    let Some(documents) = documents("compose/docker-compose.yml") else { return };
    let (services, secrets) = (&documents[0]["services"], &documents[0]["secrets"]);
    let nginx = std::fs::read_to_string("../../deploy/compose/nginx.conf").unwrap();

    for node in ["node1", "node2"] {
        let service = &services[node];
        let environment = service["environment"].as_object().unwrap();
        let config = settled(environment.iter().map(|(name, value)| (&**name, text(value))));

        assert!(nginx.contains(&format!("server {node}:{}", config.listen.bind.port())));
        let cache = config.cache.as_ref().unwrap();
        assert!(services[cache.url.expose().split(['/', ':']).nth(3).unwrap()].is_object());
        let subnet = text(&documents[0]["networks"]["inner"]["ipam"]["config"][0]["subnet"]);
        assert_eq!(config.http.trusted_proxies[0].to_string(), subnet);
        assert_eq!(service["read_only"], true);
        let patience: i64 = text(&service["stop_grace_period"]).trim_end_matches('s').parse().unwrap();
        assert!(patience > end(&config) && config.listen.leave.as_seconds_ceil() > 0);
        for file in ["DATABASE__URL_FILE", "CRYPTO__MASTER_KEY_FILE", "AUTH__DEFAULT_ADMIN_PASSWORD_FILE"] {
            let name =
                text(&environment[&format!("DOORWARD__{file}")]).strip_prefix("/run/secrets/").unwrap();
            assert!(service["secrets"].as_array().unwrap().iter().any(|secret| secret == name), "{name}");
            assert_eq!(text(&secrets[name]["file"]), format!("./secrets/{name}"));
        }
    }
    let database = &services["postgres"];
    assert!(database["healthcheck"].is_object() && database["volumes"].is_array());
    assert_eq!(services["node1"]["depends_on"]["postgres"]["condition"], "service_healthy");
    for (name, service) in services.as_object().unwrap() {
        assert!(service["ports"].is_null() || name == "nginx", "{name} can be reached from outside");
    }
}

#[test]
fn the_one_node_of_the_other_compose_file_starts_and_keeps_its_data() {
    let Some(documents) = documents("compose/one-node.yml") else { return };
    let service = &documents[0]["services"]["node"];
    let environment = service["environment"].as_object().unwrap();

    let config = settled(environment.iter().map(|(name, value)| (&**name, text(value))));

    assert!(config.database.starts_with("/data") && text(&service["volumes"][0]).ends_with(":/data"));
    assert!(text(&service["ports"][0]).starts_with("127.0.0.1:"), "without TLS it is not for others");
    assert_eq!(service["read_only"], true);
}

/// What a manifest says, and the settings of the node in it.
struct Manifest {
    documents: Vec<Value>,
    config: Config,
    pod: Value,
}

impl Manifest {
    fn read(file: &str, kind: &str) -> Option<Self> {
        let documents = documents(file)?;
        let named = |kind: &str, name: &str| {
            documents.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name)
        };
        for document in &documents {
            assert!(
                !text(&document["apiVersion"]).is_empty() && !text(&document["metadata"]["name"]).is_empty()
            );
            let template = &document["spec"]["template"];
            if template.is_null() {
                continue;
            }
            assert_eq!(document["spec"]["selector"]["matchLabels"], template["metadata"]["labels"]);
            assert!(named("Service", text(&document["metadata"]["name"])).is_some());
            assert_eq!(template["spec"]["securityContext"]["runAsNonRoot"], true);
            for container in template["spec"]["containers"].as_array().unwrap() {
                let image = text(&container["image"]);
                assert!(image.contains("valkey") || image.starts_with("doorward:"));
                assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
            }
        }
        let pod = named(kind, "doorward").unwrap()["spec"]["template"]["spec"].clone();
        let variables = pod["containers"][0]["env"].as_array().unwrap();
        let config = settled(variables.iter().map(|one| (text(&one["name"]), text(&one["value"]))));
        Some(Self { documents, config, pod })
    }

    /// Sees that the ports and paths that are named are there, and that a pod is given the time to end.
    async fn check(&self) {
        let (app, container) = (TestApp::start().await, &self.pod["containers"][0]);
        let ports = container["ports"].as_array().unwrap().iter().map(|port| &port["containerPort"]);
        let figures = self.config.metrics.unwrap();
        assert_eq!(ports.collect::<Vec<_>>(), [self.config.listen.bind.port(), figures.port()]);
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            app.get(text(&container[probe]["httpGet"]["path"])).await.expect(200);
        }
        assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
        assert!(self.pod["terminationGracePeriodSeconds"].as_i64().unwrap() > end(&self.config));
        for variable in container["env"].as_array().unwrap() {
            if text(&variable["name"]).ends_with("_FILE") {
                let is_there =
                    |mount: &Value| text(&variable["value"]).starts_with(text(&mount["mountPath"]));
                assert!(container["volumeMounts"].as_array().unwrap().iter().any(is_there), "{variable}");
            }
        }
    }
}

#[tokio::test]
async fn the_manifest_of_one_node_starts_and_probes_what_is_there() {
    let Some(manifest) = Manifest::read("kubernetes/one-node.yaml", "StatefulSet") else { return };

    manifest.check().await;

    assert!(manifest.config.database.starts_with("/data"));
}

#[tokio::test]
async fn the_manifest_of_many_nodes_replaces_them_without_a_gap() {
    let Some(manifest) = Manifest::read("kubernetes/many-nodes.yaml", "Deployment") else { return };

    manifest.check().await;

    let of_kind = |kind: &str| manifest.documents.iter().find(|one| one["kind"] == kind).unwrap();
    let (nodes, budget) = (&of_kind("Deployment")["spec"], &of_kind("PodDisruptionBudget")["spec"]);
    assert!(nodes["replicas"].as_i64().unwrap() >= 2);
    assert_eq!(nodes["strategy"]["rollingUpdate"]["maxUnavailable"], 0);
    assert_eq!(budget["selector"], nodes["selector"]);
    assert_eq!(budget["maxUnavailable"], 1);
    assert!(
        manifest.config.listen.leave.as_seconds_ceil() > 0,
        "others hear that a pod leaves before it does"
    );
}
