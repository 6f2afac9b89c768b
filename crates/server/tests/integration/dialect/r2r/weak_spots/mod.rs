//! What goes wrong in servers of this kind, by number, and does not here.
//!
//! Those about documents (12, 13, 14) are beside the other tests of documents, too.

mod accounts;
mod authority;
mod passwords;
mod tokens;

/// The files in which they are.
const FILES: &[&str] = &[
    include_str!("accounts.rs"),
    include_str!("authority.rs"),
    include_str!("passwords.rs"),
    include_str!("tokens.rs"),
    include_str!("../documents.rs"),
];

#[test]
fn each_of_the_thirty_five_has_a_test_that_is_called_after_it() {
    let has_test =
        |number: &u32| FILES.iter().any(|file| file.contains(&format!("fn weak_spot_{number:02}_")));

    let missing: Vec<u32> = (1..=35).filter(|number| !has_test(number)).collect();

    assert!(missing.is_empty(), "{missing:?}");
}
