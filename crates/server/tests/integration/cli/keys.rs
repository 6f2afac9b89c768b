//! `doorward keys` and `doorward generate-private-key`.

use doorward_testkit::free_folder;

use super::{doorward, doorward_with};

#[test]
fn a_rotated_key_is_listed_beside_the_one_that_still_signs() {
    let folder = free_folder();
    doorward(folder.path(), &["migrate"]).done();

    let rotated = doorward(folder.path(), &["keys", "rotate"]);
    let new = rotated.done().trim();

    let listed = doorward(folder.path(), &["keys", "list"]);
    let lines: Vec<&str> = listed.done().lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(doorward(folder.path(), &["keys", "list", "--json"]).done().lines().count(), 2);
    assert!(lines[0].starts_with("signs") && lines[0].contains("until"), "{}", listed.out);
    assert!(
        lines[1].contains(new) && lines[1].contains("EdDSA") && lines[1].ends_with("no end"),
        "{}",
        listed.out
    );
}

#[test]
fn a_key_that_leaked_is_replaced_at_once() {
    let folder = free_folder();
    doorward(folder.path(), &["migrate"]).done();

    let new = doorward(folder.path(), &["keys", "rotate", "--now"]).done().trim().to_owned();

    let listed = doorward(folder.path(), &["keys", "list"]);
    let signing = listed.done().lines().find(|line| line.starts_with("signs")).unwrap();
    assert!(signing.contains(&new), "{}", listed.out);
}

#[test]
fn a_secret_key_is_what_r2r_takes_and_the_others_are_pem() {
    let folder = free_folder();
    let make = |algorithm| doorward(folder.path(), &["generate-private-key", "--algorithm", algorithm]);

    let secret = make("HS256").done().trim().to_owned();

    assert_eq!(secret.len(), 43, "32 bytes as base64url");
    doorward_with(folder.path(), &["config", "check"], &[("R2R_SECRET_KEY", &secret)], "").done();
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let key = make(algorithm);
        assert!(key.done().starts_with("-----BEGIN PRIVATE KEY-----\n"), "{algorithm}: {}", key.out);
    }
    assert_eq!(make("none").code, 2);
}
