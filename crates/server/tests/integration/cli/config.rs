//! `doorward config` and the files that are made from it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use doorward::config;
use doorward_testkit::free_folder;
use serde_json::Value;

use super::{doorward, doorward_with};

#[test]
#[expect(clippy::disallowed_methods, reason = "the one switch of the test: whether to rewrite the files")]
fn the_committed_files_are_what_the_commands_print() {
    let root = Path::new("../..");
    for (file, text) in [
        ("docs/config.md", config::markdown()),
        ("docs/config.schema.json", format!("{:#}\n", config::schema())),
        ("deploy/doorward.example.toml", config::example()),
    ] {
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(root.join(file), &text).unwrap();
        }

        let committed = fs::read_to_string(root.join(file)).unwrap_or_default();

        assert!(committed == text, "{file} is not up to date: run the tests once with UPDATE_DOCS=1");
    }
}

#[test]
fn the_generated_file_is_a_configuration_to_start_with() {
    let folder = free_folder();
    let generated = doorward(folder.path(), &["config", "generate"]);
    fs::write(folder.path().join("doorward.toml"), generated.done()).unwrap();

    let checked = doorward(folder.path(), &["config", "check"]);

    assert_eq!(checked.done(), "The configuration is good.\n");
}

#[test]
fn what_is_printed_can_be_read_again_and_holds_no_secret() {
    let folder = free_folder();
    let secret = "0123456789abcdef0123456789abcdef";
    let variables = [
        ("DOORWARD__CRYPTO__SECRET_KEY", secret),
        ("DOORWARD__AUTH__DEFAULT_ADMIN_PASSWORD", secret),
        ("DOORWARD__TOKENS__ACCESS_TTL", "7m"),
    ];

    let printed = doorward_with(folder.path(), &["config", "print"], &variables, "");

    assert!(
        printed.done().contains("access_ttl = \"7m\"") && !printed.out.contains(secret),
        "{}",
        printed.out
    );
    fs::write(folder.path().join("doorward.toml"), &printed.out).unwrap();
    assert_eq!(doorward(folder.path(), &["config", "print"]).done(), printed.out);
}

#[test]
fn the_check_tells_the_warnings_and_reads_the_certificate() {
    let folder = free_folder();
    let open = [("DOORWARD__AUTH__REQUIRE_AUTHENTICATION", "false")];
    let checked = doorward_with(folder.path(), &["config", "check"], &open, "");
    assert!(checked.done().starts_with("warning: AUTHENTICATION IS OFF"));

    fs::write(folder.path().join("no.pem"), "").unwrap();
    let tls = [("DOORWARD__SERVER__TLS_CERT_FILE", "no.pem"), ("DOORWARD__SERVER__TLS_KEY_FILE", "no.pem")];
    let checked = doorward_with(folder.path(), &["config", "check"], &tls, "");
    assert!(checked.refused(78).contains("server.tls_"));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_fault() {
    for command in [&["config", "schema"][..], &["config", "generate"], &["openapi"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut doorward = Command::new(env!("CARGO_BIN_EXE_doorward"));
        let ended =
            doorward.args(command).env_clear().stdout(writer).stderr(Stdio::piped()).output().unwrap();

        assert!(ended.status.success() && ended.stderr.is_empty(), "{command:?}: {ended:?}");
    }
}

#[test]
fn the_schema_knows_every_section_and_lets_no_other_in() {
    let schema = doorward(free_folder().path(), &["config", "schema"]);
    let schema: Value = serde_json::from_str(schema.done()).unwrap();

    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"].as_object().unwrap().contains_key("limits"));
}
