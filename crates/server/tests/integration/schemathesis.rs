//! The API attacked by its own description: generated requests, right and wrong, against the real binary.
//!
//! Needs the program `schemathesis`, which `./dev test` installs and names in `SCHEMATHESIS_BIN`.

use std::process::Command;

use doorward_testkit::{PASSWORD, RealServer, StandIn, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};

use crate::documents::models::model;

/// Long enough for the whole attack.
const LONG_LIVED: &str = "[tokens]\naccess_ttl = \"6h\"\n";

/// Documents are kept, and searched and asked with models.
fn documents(model: &StandIn) -> String {
    let url = model.url("/v1");
    format!(
        "[documents]\nenabled = true\n[documents.chat]\nurl = \"{url}\"\nmodel = \"m\"\n\
         [documents.embeddings]\nurl = \"{url}\"\nmodel = \"e\"\n"
    )
}

#[tokio::test]
async fn generated_requests_of_a_stranger_meet_no_fault_and_no_undocumented_answer() {
    let model = StandIn::start(model).await;
    attack(&format!("{UNHINDERED}{}", documents(&model)), None).await;
}

#[tokio::test]
async fn generated_requests_of_an_account_meet_no_fault_and_no_undocumented_answer() {
    let model = StandIn::start(model).await;
    attack(&format!("{UNHINDERED}{LONG_LIVED}{}", documents(&model)), Some("ada@example.com")).await;
}

#[tokio::test]
async fn generated_requests_of_an_administrator_meet_no_fault_and_no_undocumented_answer() {
    let model = StandIn::start(model).await;
    let documents = documents(&model);
    let admin = format!(
        "{UNHINDERED}{LONG_LIVED}{documents}[auth]\ndefault_admin_email = \"root@example.com\"\ndefault_admin_password = \"{PASSWORD}\"\n"
    );
    attack(&admin, Some("root@example.com")).await;
}

/// With authentication off, every guarded operation is reached without a credential. No documents are kept here.
#[tokio::test]
async fn generated_requests_to_an_open_server_meet_no_fault_and_no_undocumented_answer() {
    attack(&format!("{UNHINDERED}[auth]\nrequire_authentication = false\n"), None).await;
}

#[expect(clippy::disallowed_methods, reason = "where the tester is installed is told by the environment")]
async fn attack(settings: &str, who: Option<&str>) {
    let Ok(program) = std::env::var("SCHEMATHESIS_BIN") else {
        assert!(std::env::var("CI").is_err(), "SCHEMATHESIS_BIN has to name the program: run `./dev test`");
        eprintln!("left out: SCHEMATHESIS_BIN names no program; `./dev test` installs it");
        return;
    };
    let folder = free_folder();
    // Browsers know passkeys for a name alone.
    let settings = format!("{settings}[server]\npublic_url = \"http://localhost:7272\"\n");
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), &settings);
    let mut tester = Command::new(program);
    tester
        .args(["run", &server.url("/openapi.json"), "--max-examples", "40", "--seed", "7", "--no-color"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        // Does not end by itself.
        .args(["--exclude-operation-id", "revocations"])
        .current_dir(folder.path());
    if let Some(email) = who {
        let token = token(&server, email).await;
        // What ends the caller's own session would leave the rest to a stranger.
        tester.args(["--header", &format!("authorization: Bearer {token}")]);
        tester.args(["--exclude-operation-id", "logout", "--exclude-operation-id", "logout_everywhere"]);
    }

    let tested =
        tokio::task::spawn_blocking(move || tester.output()).await.unwrap().expect("schemathesis starts");

    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{said}\n{}", String::from_utf8_lossy(&tested.stderr));
}

/// An access token of `email`, whose account is made unless it is the administrator's.
async fn token(server: &RealServer, email: &str) -> String {
    let client = Client::new();
    let account = json!({ "email": email, "password": PASSWORD });
    client.post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
    let login = json!({ "identifier": email, "password": PASSWORD });
    let answer = client.post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    tokens["access_token"].as_str().expect("the login works").to_owned()
}
