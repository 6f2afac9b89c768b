//! Passwords that have leaked, by a file and by a range API that the test is.

use doorward::config::{BreachedRangeConfig, OutsideConfig, WhenUnreachable};
use doorward::outside;
use doorward_core::Ttl;
use doorward_testkit::{Plan, StandIn, TestApp, assert_problem, free_folder};
use serde_json::json;

use crate::cli::{doorward, doorward_with};

/// A password and its SHA-1.
const LEAKED: &str = "leaked horse battery";
const LEAKED_SHA1: &str = "23D009F5E2CA7D066C4300D365FDFA2614803ACA";

fn knowing(config: &OutsideConfig) -> impl FnOnce(&mut Plan) {
    let outside = outside::open(config).unwrap();
    |plan: &mut Plan| plan.outside = outside
}

async fn register(app: &TestApp, password: &str) -> doorward_testkit::Answer {
    app.post("/api/v1/users").json(&json!({ "email": "ada@example.com", "password": password })).await
}

#[tokio::test]
async fn a_password_of_the_file_is_refused_wherever_one_is_set() {
    let folder = free_folder();
    doorward_with(folder.path(), &["password-filter", "-", "--plain"], &[], &format!("{LEAKED}\nother\n"))
        .done();
    let file = folder.path().join("leaked.pwf");
    let config = OutsideConfig { breached_file: Some(file), ..OutsideConfig::default() };
    let app = TestApp::with(knowing(&config)).await;

    let problem = assert_problem!(register(&app, LEAKED).await, 400, "password_breached");
    assert_eq!(problem["field"], "password");
    let ada = app.user("ada").signed_in().await;
    let change = json!({ "current_password": doorward_testkit::PASSWORD, "new_password": LEAKED });
    let answer = app.put("/api/v1/me/password").bearer(&ada.access).json(&change).await;
    let problem = assert_problem!(answer, 400, "password_breached");
    assert_eq!(problem["field"], "new_password");
}

#[test]
fn a_file_that_is_none_stops_the_start() {
    let folder = free_folder();
    std::fs::write(folder.path().join("leaked.pwf"), "password\n").unwrap();
    let variables = [("DOORWARD__PASSWORD__BREACHED_FILE", "leaked.pwf")];

    let ended = doorward_with(folder.path(), &["keys", "list"], &variables, "");

    assert!(ended.refused(78).contains("password.breached_file"), "{}", ended.err);
    assert_eq!(doorward(folder.path(), &["password-filter", "nowhere.txt"]).code, 1);
}

fn ranged(api: &StandIn, when_unreachable: WhenUnreachable) -> OutsideConfig {
    let range = BreachedRangeConfig { url: api.url("/"), when_unreachable, timeout: Ttl::from_millis(200) };
    OutsideConfig { breached_range: Some(range), ..OutsideConfig::default() }
}

#[tokio::test]
async fn a_range_api_learns_five_digits_and_its_padding_counts_for_nothing() {
    let suffix = &LEAKED_SHA1[5..];
    let listed = format!("{}:4\r\n{suffix}:17\r\n", "0".repeat(35));
    let padded = format!("{suffix}:0\r\n");
    for (answer, status) in [(listed, 400), (padded, 201)] {
        let api = StandIn::start(move |_| (200, answer.clone())).await;
        let app = TestApp::with(knowing(&ranged(&api, WhenUnreachable::Refuse))).await;

        assert_eq!(register(&app, LEAKED).await.status, status);

        let asked = api.asked();
        assert_eq!(asked[0].target, format!("/range/{}", &LEAKED_SHA1[..5]));
        assert_eq!(asked[0].headers["add-padding"], "true");
    }
}

#[tokio::test]
async fn without_an_answer_the_operator_has_the_last_word() {
    let api = StandIn::start(|_| (0, String::new())).await;
    let strict = TestApp::with(knowing(&ranged(&api, WhenUnreachable::Refuse))).await;
    let lenient = TestApp::with(knowing(&ranged(&api, WhenUnreachable::Allow))).await;

    assert_problem!(register(&strict, LEAKED).await, 503, "check_unavailable");
    register(&lenient, LEAKED).await.expect(201);
}
