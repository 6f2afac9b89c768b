//! Every way to fail has a code of its own and one line that says what to do.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::process::Command;

use doorward_testkit::{RealServer, free_folder};

use super::{doorward, doorward_with};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// Where a SQLite file holds its `user_version` (file format §1.3).
const USER_VERSION: u64 = 60;

#[test]
fn wrong_usage_is_told_apart_from_a_wrong_configuration() {
    let folder = free_folder();

    assert_eq!(doorward(folder.path(), &["no-such-command"]).code, 2);
    assert!(
        doorward(folder.path(), &["serve", "-c", "nowhere.toml"])
            .refused(78)
            .contains("cannot read nowhere.toml")
    );
    fs::write(folder.path().join("doorward.toml"), "[server]\nbnid = 1\n").unwrap();
    let line = "doorward: doorward.toml line 2: unknown key `bnid`; did you mean `bind`?";
    assert_eq!(doorward(folder.path(), &["serve"]).refused(78), line);
}

#[test]
fn the_help_lists_every_code() {
    let help = doorward(free_folder().path(), &["--help"]);

    for code in ["0 done", "1 refused", "2 wrong usage", "3 rules", "65 ", "69 ", "74 ", "78 "] {
        assert!(help.done().contains(code), "{code} is not in {}", help.out);
    }
    let version = doorward(free_folder().path(), &["--version"]);
    assert_eq!(version.done(), concat!("doorward ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn an_address_that_is_taken_is_named_before_anything_is_made() {
    let folder = free_folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    let address = taken.to_string();

    for key in ["SERVER", "METRICS"] {
        let bind = format!("DOORWARD__{key}__BIND");
        let variables = [("DOORWARD__SERVER__BIND", "127.0.0.1:0"), (&*bind, &*address)];
        let ended = doorward_with(folder.path(), &["serve"], &variables, "");

        let line = ended.refused(69);
        assert!(line.contains(&address) && line.contains(&format!("{}.bind", key.to_lowercase())), "{line}");
        assert!(!folder.path().join("data").exists(), "no password was made that nobody has seen");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_told_apart_from_one_of_a_newer_version() {
    let folder = free_folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let below_a_file = [("DOORWARD__DATABASE__URL", "sqlite:file/doorward.db")];
    doorward_with(folder.path(), &["migrate"], &below_a_file, "").refused(74);

    fs::write(folder.path().join("noise.db"), "no database ".repeat(1000)).unwrap();
    let noise = [("DOORWARD__DATABASE__URL", "sqlite:noise.db")];
    doorward_with(folder.path(), &["migrate"], &noise, "").refused(74);

    doorward(folder.path(), &["migrate"]).done();
    let database = OpenOptions::new().write(true).open(folder.path().join("data/doorward.db")).unwrap();
    database.write_all_at(&999_u32.to_be_bytes(), USER_VERSION).unwrap();
    assert!(doorward(folder.path(), &["migrate"]).refused(65).contains("install a newer one"));
}

#[test]
fn a_missing_master_key_is_asked_for_and_not_replaced() {
    let folder = free_folder();
    RealServer::start(BINARY, folder.path(), "").stop();
    let key = folder.path().join("data/master.key");
    let kept = fs::read_to_string(&key).unwrap();
    fs::remove_file(&key).unwrap();

    let ended = doorward(folder.path(), &["keys", "list"]);
    assert!(ended.refused(78).contains("restore it from your backup"), "{}", ended.err);
    assert!(!key.exists());

    doorward(free_folder().path(), &["keys", "list"]).done();
    fs::write(&key, format!("{}\n", "A".repeat(43))).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(doorward(folder.path(), &["keys", "list"]).refused(78).contains("belongs to this database"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(doorward(folder.path(), &["keys", "list"]).refused(78).contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, kept).unwrap();
    doorward(folder.path(), &["keys", "list"]).done();
}

#[test]
fn what_was_chosen_for_the_first_administrator_is_judged_by_its_key() {
    let folder = free_folder();
    let variables =
        [("DOORWARD__SERVER__BIND", "127.0.0.1:0"), ("DOORWARD__AUTH__DEFAULT_ADMIN_PASSWORD", "short")];

    let ended = doorward_with(folder.path(), &["serve"], &variables, "");

    assert!(ended.refused(78).contains("auth.default_admin_password"), "{}", ended.err);
    assert!(!ended.err.contains("short\n"));
}

#[test]
fn a_variable_that_is_no_text_matters_only_when_it_is_meant_for_doorward() {
    let folder = free_folder();
    let noise = OsStr::from_bytes(b"\xff");
    let check = |name: &str| {
        let mut command = Command::new(BINARY);
        command.args(["config", "check"]).current_dir(folder.path()).env_clear().env(name, noise);
        command.output().unwrap()
    };

    assert!(check("LESSCLOSE").status.success());
    let refused = check("DOORWARD__SERVER__BIND");
    assert_eq!(refused.status.code(), Some(78));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("DOORWARD__SERVER__BIND"));
}

#[test]
fn a_health_check_tells_a_server_that_is_well_from_none() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let address = server.address.to_string();
    let check =
        || doorward_with(folder.path(), &["healthcheck"], &[("DOORWARD__SERVER__BIND", &address)], "");

    assert_eq!(check().done(), "");
    server.stop();
    assert!(check().refused(69).contains("does not answer"));
}
