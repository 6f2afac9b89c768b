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

#[test]
fn the_nodes_of_the_compose_file_start_and_share_what_they_have_to() {
    let Some(documents) = documents("compose/docker-compose.yml") else { return };
    let services = &documents[0]["services"];
    let nginx = std::fs::read_to_string("../../deploy/compose/nginx.conf").unwrap();

    for node in ["node1", "node2"] {
        let service = &services[node];
        let environment = service["environment"].as_object().unwrap();
        let config = settled(environment.iter().map(|(name, value)| (&**name, text(value))));

        assert!(nginx.contains(&format!("server {node}:{}", config.listen.bind.port())));
        let cache = config.cache.unwrap();
        assert!(services[cache.url.expose().split(['/', ':']).nth(3).unwrap()].is_object());
        let subnet = text(&documents[0]["networks"]["inner"]["ipam"]["config"][0]["subnet"]);
        assert_eq!(config.http.trusted_proxies[0].to_string(), subnet);
        assert!(
            service["read_only"] == true && text(&environment["DOORWARD__DATABASE__URL"]).contains("/data/")
        );
    }
    assert_eq!(services["node1"]["volumes"], services["node2"]["volumes"]);
}

#[tokio::test]
async fn the_manifests_start_and_probe_what_is_there() {
    let Some(documents) = documents("kubernetes/doorward.yaml") else { return };
    let app = TestApp::start().await;
    let named = |kind: &str, name: &str| {
        documents.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name)
    };

    for document in &documents {
        assert!(!text(&document["apiVersion"]).is_empty() && !text(&document["metadata"]["name"]).is_empty());
        let template = &document["spec"]["template"];
        if template.is_null() {
            continue;
        }
        assert_eq!(document["spec"]["selector"]["matchLabels"], template["metadata"]["labels"]);
        assert!(named("Service", text(&document["metadata"]["name"])).is_some());
        assert_eq!(template["spec"]["securityContext"]["runAsNonRoot"], true);
        for container in template["spec"]["containers"].as_array().unwrap() {
            assert!(
                text(&container["image"]).contains("valkey")
                    || text(&container["image"]).starts_with("doorward:")
            );
            assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        }
    }
    let container = &named("StatefulSet", "doorward").unwrap()["spec"]["template"]["spec"]["containers"][0];
    let variables = container["env"].as_array().unwrap();
    let config = settled(variables.iter().map(|one| (text(&one["name"]), text(&one["value"]))));
    let ports: Vec<_> =
        container["ports"].as_array().unwrap().iter().map(|port| &port["containerPort"]).collect();
    assert_eq!(ports, [config.listen.bind.port(), config.metrics.unwrap().port()]);
    for probe in ["readinessProbe", "livenessProbe"] {
        app.get(text(&container[probe]["httpGet"]["path"])).await.expect(200);
    }
}
