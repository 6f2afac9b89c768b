//! The time of an answer tells nothing of whether there is an account.
//!
//! Two kinds of requests in turn, many times; then a permutation test: were the labels exchanged at random, how often would
//! the lower quartiles lie as far apart as they do? What else a machine does only ever makes an answer later, so the quicker
//! answers say most. A round that finds a difference is held again with fresh samples: noise does not find the same one each
//! time, a leak does. That the method finds what there is to find has a test of its own.
//!
//! Run by `./dev test-timing`, apart from the other tests: they would be noise.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod apart;

use doorward_core::password::HashFunction;
use doorward_testkit::TestApp;
use serde_json::json;

use apart::{Verdict, compare};

#[tokio::test]
async fn asking_for_a_reset() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let ask = |email: &str| app.post("/api/v1/password-reset").json(&json!({ "email": email }));

    let verdict = compare("reset", || ask("ada@example.com"), || ask("eve@example.com")).await;

    assert_eq!(verdict, Verdict::Alike);
}

#[tokio::test]
async fn asking_for_a_verification() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let ask = |email: &str| app.post("/api/v1/email-verification").json(&json!({ "email": email }));

    let verdict = compare("verification", || ask("ada@example.com"), || ask("eve@example.com")).await;

    assert_eq!(verdict, Verdict::Alike);
}

#[tokio::test]
async fn trying_a_password() {
    let app = with_passwords().await;
    app.user("ada").registered().await;
    let login = |name: &str| app.login(name, "not the password");

    let verdict = compare("login", || login("ada"), || login("eve")).await;

    assert_eq!(verdict, Verdict::Alike);
}

/// An application whose passwords cost a millisecond or two: a tenth of what they do where nobody says otherwise.
async fn with_passwords() -> TestApp {
    let function = HashFunction::Argon2id { memory_kib: 4 * 1024, passes: 1, lanes: 1 };
    TestApp::with(|plan| plan.hash.function = function).await
}

/// The same with an account `old@example.com` that has `hash` of another program.
async fn with_import(hash: &str) -> TestApp {
    let app = with_passwords().await;
    let root = app.superuser().await;
    let file = format!("email,password_hash\nold@example.com,{hash}\n");
    let import = app.post("/api/v1/admin/users/import").bearer(&root.access).body("text/csv", file).await;
    assert_eq!(import.expect(200).json()["added"], 1);
    app
}

#[tokio::test]
async fn trying_a_password_at_an_account_from_elsewhere() {
    let hash = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";
    let app = with_import(hash).await;
    let login = |name: &str| app.login(name, "not the password");

    let verdict = compare("import", || login("old@example.com"), || login("new@example.com")).await;

    assert_eq!(verdict, Verdict::Alike);
}

#[tokio::test]
async fn a_difference_that_is_there_is_found() {
    let hash = "pbkdf2_sha256$30000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";
    let app = with_import(hash).await;
    let login = |name: &str| app.login(name, "not the password");

    // Dearer than a hash of today: that much is known, and said where it is.
    let verdict = compare("dearer", || login("old@example.com"), || login("new@example.com")).await;

    assert_eq!(verdict, Verdict::Apart);
}
