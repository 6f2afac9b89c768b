//! The API attacked by its own description: generated requests, right and wrong, against the real binary.
//!
//! Needs the program `schemathesis`, which `./dev test` installs and names in `SCHEMATHESIS_BIN`.

use std::process::Command;

use doorward_testkit::{RealServer, UNHINDERED, free_folder};

#[test]
fn generated_requests_of_a_stranger_meet_no_fault_and_no_undocumented_answer() {
    attack(UNHINDERED);
}

/// With authentication off, every guarded operation is reached as well.
#[test]
fn generated_requests_of_an_administrator_meet_no_fault_and_no_undocumented_answer() {
    attack(&format!("{UNHINDERED}[auth]\nrequire_authentication = false\n"));
}

#[expect(clippy::disallowed_methods, reason = "where the tester is installed is told by the environment")]
fn attack(settings: &str) {
    let Ok(program) = std::env::var("SCHEMATHESIS_BIN") else {
        assert!(std::env::var("CI").is_err(), "SCHEMATHESIS_BIN has to name the program: run `./dev test`");
        eprintln!("left out: SCHEMATHESIS_BIN names no program; `./dev test` installs it");
        return;
    };
    let folder = free_folder();
    let server = RealServer::start(env!("CARGO_BIN_EXE_doorward"), folder.path(), settings);

    let tested = Command::new(program)
        .args(["run", &server.url("/openapi.json"), "--max-examples", "40", "--seed", "7", "--no-color"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .current_dir(folder.path())
        .output()
        .expect("schemathesis starts");

    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{said}\n{}", String::from_utf8_lossy(&tested.stderr));
}
