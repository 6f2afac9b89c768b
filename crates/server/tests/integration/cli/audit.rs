//! `doorward audit`.

use doorward_testkit::free_folder;
use serde_json::Value;

use super::doorward;

#[test]
fn what_the_command_line_does_is_listed_youngest_first() {
    let folder = free_folder();
    doorward(folder.path(), &["admin", "create", "root@example.com"]).done();
    doorward(folder.path(), &["admin", "create", "ada@example.com"]).done();
    doorward(folder.path(), &["admin", "disable", "ada@example.com"]).done();

    let listed = doorward(folder.path(), &["audit", "list", "--json", "--subject", "ada@example.com"]);

    let lines: Vec<Value> = listed.done().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["deed"], &lines[0]["outcome"]), (&"account_disabled".into(), &"done".into()));
    assert_eq!((&lines[1]["deed"], &lines[1]["actor"]), (&"admin_created".into(), &Value::Null));
    let disabled = doorward(folder.path(), &["audit", "list", "--deed", "account_disabled"]);
    assert_eq!(disabled.done().lines().count(), 1);
    assert!(doorward(folder.path(), &["audit", "list", "--deed", "nothing"]).refused(1).contains("--deed"));
}

#[test]
fn a_log_is_verified_against_a_checkpoint_that_was_kept_elsewhere() {
    let folder = free_folder();
    doorward(folder.path(), &["admin", "create", "ada@example.com"]).done();
    let checkpoint = doorward(folder.path(), &["audit", "checkpoint"]).done().trim().to_owned();
    doorward(folder.path(), &["admin", "reset-password", "ada@example.com"]).done();

    let verified = doorward(folder.path(), &["audit", "verify", "--checkpoint", &checkpoint]);

    assert!(verified.done().starts_with("2 lines are as they were written"), "{}", verified.out);
    let other = free_folder();
    std::fs::create_dir(other.path().join("data")).unwrap();
    std::fs::copy(folder.path().join("data/master.key"), other.path().join("data/master.key")).unwrap();
    let missed = doorward(other.path(), &["audit", "verify", "--checkpoint", &checkpoint]);
    assert!(missed.refused(1).contains("line 1 and all after it are missing"), "{}", missed.err);
    let none = doorward(folder.path(), &["audit", "verify", "--checkpoint", "dwc_x"]);
    assert!(none.refused(1).contains("no checkpoint"), "{}", none.err);
}
