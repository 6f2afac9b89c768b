//! `doorward bench-hash`.

use doorward_testkit::free_folder;

use super::doorward;

#[test]
fn every_setting_is_measured_and_one_is_recommended() {
    let folder = free_folder();

    let measured = doorward(folder.path(), &["bench-hash", "--seconds", "0.01"]);

    for line in ["argon2id 19 MiB, 2 passes, 1 lane", "bcrypt cost 12", "hashes/s"] {
        assert!(measured.done().contains(line), "{}", measured.out);
    }
    assert!(doorward(folder.path(), &["bench-hash", "--seconds", "-1"]).code != 0);
}
