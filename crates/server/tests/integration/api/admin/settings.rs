//! Settings that change while the server runs.

use doorward_testkit::{Answer, SignedIn, TestApp, assert_problem};
use http::Method;
use serde_json::{Value, json};

async fn change(app: &TestApp, root: &SignedIn, wanted: Value) -> Answer {
    app.call(Method::PATCH, "/api/v1/admin/settings").bearer(&root.access).json(&wanted).await
}

fn setting<'a>(all: &'a Value, name: &str) -> &'a Value {
    all.as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap()
}

async fn registers(app: &TestApp, name: &str) -> u16 {
    app.user(name).register().await.status.as_u16()
}

#[tokio::test]
async fn a_change_holds_at_once_and_after_a_restart_until_it_is_taken_back() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    let all = change(&app, &root, json!({ "auth.registration": "closed" })).await.expect(200).json();

    let registration = setting(&all, "auth.registration");
    assert_eq!((&registration["value"], &registration["configured"]), (&json!("closed"), &json!("open")));
    assert_eq!(registration["is_changed"], true);
    assert_eq!(registers(&app, "ada").await, 403);
    let app = app.restart().await;
    assert_eq!(registers(&app, "ada").await, 403);

    change(&app, &root, json!({ "auth.registration": null })).await.expect(200);

    assert_eq!(registers(&app, "ada").await, 201);
}

#[tokio::test]
async fn lifetimes_and_the_password_policy_follow() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    app.user("ada").registered().await;

    let wanted = json!({ "tokens.access_ttl": "2m", "password.min_length": 30 });
    change(&app, &root, wanted).await.expect(200);

    let tokens = app.user("ada").login(doorward_testkit::PASSWORD).await.expect(200).json();
    assert_eq!(tokens["expires_in"], 120);
    assert_problem!(app.user("eve").register().await, 400, "password_too_short");
}

#[tokio::test]
async fn another_node_hears_of_it() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let other = app.another_node().await;
    let since = other.now();

    change(&app, &root, json!({ "auth.registration": "closed" })).await.expect(200);
    other.follow(since).await.unwrap();

    assert!(!other.settings().is_registration_open);
}

#[tokio::test]
async fn what_makes_no_sense_changes_nothing() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    for wanted in [
        json!({ "auth.registration": "ajar" }),
        json!({ "nothing.at_all": 1 }),
        json!({ "tokens.access_ttl": "0" }),
        json!({ "tokens.access_ttl": 600 }),
        json!({ "password.min_length": 7 }),
        json!({ "password.max_length": 10 }),
        json!({ "password.min_strength": 5 }),
        json!({ "limits.login_per_account": { "burst": 0, "refill": "1m" } }),
        json!({ "limits.login_per_account": { "burst": 1 } }),
        json!({ "auth.registration": "closed", "password.min_length": 7 }),
    ] {
        assert_problem!(change(&app, &root, wanted).await, 400, "invalid_field");
    }
    let all = app.get("/api/v1/admin/settings").bearer(&root.access).await.expect(200).json();
    assert!(all.as_array().unwrap().iter().all(|setting| setting["is_changed"] == false));
    assert_eq!(registers(&app, "ada").await, 201);
}
