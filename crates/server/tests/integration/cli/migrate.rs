//! `doorward migrate`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use doorward_testkit::free_folder;

use super::doorward;

#[test]
fn the_data_are_made_once_and_for_their_owner_alone() {
    let folder = free_folder();

    assert!(doorward(folder.path(), &["migrate"]).done().contains("migration"));
    assert_eq!(doorward(folder.path(), &["migrate"]).done(), "The database is up to date.\n");

    let mode = |path| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/doorward.db")), (0o700, 0o600));
}
