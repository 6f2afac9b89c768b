//! `doorward mail`.

use doorward_testkit::free_folder;

use super::doorward;

#[test]
fn every_kind_of_mail_can_be_looked_at() {
    let folder = free_folder();

    let kinds = doorward(folder.path(), &["mail", "preview"]);
    for kind in kinds.done().lines() {
        let text = doorward(folder.path(), &["mail", "preview", kind]);
        let html = doorward(folder.path(), &["mail", "preview", kind, "--html"]);

        assert!(text.done().starts_with("Subject: "), "{}", text.out);
        assert!(html.done().starts_with("<!doctype html>"), "{}", html.out);
    }
    assert_eq!(kinds.done().lines().count(), 12);
    doorward(folder.path(), &["mail", "preview", "verify_mail"]).refused(78);
}

#[test]
fn a_template_of_the_operators_own_is_shown_and_one_that_cannot_be_used_is_named() {
    let folder = free_folder();
    let own = folder.path().join("templates");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(folder.path().join("doorward.toml"), "[mail]\ntemplates = \"templates\"\n").unwrap();
    std::fs::write(own.join("reset_password.txt"), "Hello from {{ app_name }}\n\n{{ link }}\n").unwrap();

    let shown = doorward(folder.path(), &["mail", "preview", "reset_password"]);
    std::fs::write(own.join("reset_password.txt"), "Hello\n\n{{ lnik }}\n").unwrap();
    let broken = doorward(folder.path(), &["mail", "preview", "reset_password"]);

    assert!(shown.done().starts_with("Subject: Hello from Doorward\n\nhttp://"), "{}", shown.out);
    let line = broken.refused(78);
    assert!(line.contains("reset_password.txt") && line.contains("line 3"), "{line}");
}

#[test]
fn a_queue_with_nothing_in_it_is_an_empty_list() {
    let folder = free_folder();

    assert_eq!(doorward(folder.path(), &["mail", "list", "--json"]).done(), "");
    assert!(doorward(folder.path(), &["mail", "list"]).done().starts_with("id  state"));
    assert_eq!(doorward(folder.path(), &["mail", "retry"]).done(), "0 mails are due.\n");
    let unknown = "01a20d51-5cef-7c6f-a843-08b4210088d3";
    assert!(doorward(folder.path(), &["mail", "retry", unknown]).refused(1).contains("no such mail"));
    doorward(folder.path(), &["mail", "list", "--state", "lost"]).refused(78);
}
