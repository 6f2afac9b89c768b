//! `GET /api/v1/admin/analytics`.

use doorward_core::Ttl;
use doorward_testkit::{TestApp, assert_problem};
use serde_json::{Value, json};

async fn ask(app: &TestApp, query: &str) -> Value {
    let root = app.user("root").logged_in().await;
    app.get(&format!("/api/v1/admin/analytics?{query}")).bearer(&root.access).await.expect(200).json()
}

#[tokio::test]
async fn each_day_has_its_registrations_logins_failures_and_what_was_in_use() {
    let app = TestApp::start().await;
    app.superuser().await;
    app.user("ada").signed_in().await;
    app.user("ada").logged_in().await;
    app.login("ada", "wrong password").await;
    app.login("nobody", "wrong password").await;
    app.clock.advance(Ttl::from_days(2));
    app.core.tidy().await.unwrap();
    app.user("ada").logged_in().await;

    let figures = ask(&app, "from=2026-01-31&until=2026-02-02").await;

    assert_eq!(
        figures["days"],
        json!([
            { "day": "2026-01-31", "registrations": 2, "logins": 3, "failed_logins": 2, "limited": 0, "active_users": 2, "active_sessions": 3 },
            { "day": "2026-02-01", "registrations": 0, "logins": 0, "failed_logins": 0, "limited": 0, "active_users": 0, "active_sessions": 0 },
            { "day": "2026-02-02", "registrations": 0, "logins": 2, "failed_logins": 0, "limited": 0, "active_users": 2, "active_sessions": 2 },
        ])
    );
    assert_eq!(figures["failures"], json!([{ "reason": "invalid_credentials", "count": 2 }]));
}

#[tokio::test]
async fn a_session_that_is_only_refreshed_is_in_use() {
    let app = TestApp::start().await;
    app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    app.clock.advance(Ttl::from_days(1));

    app.refreshed(&ada.refresh).await;

    let figures = ask(&app, "from=2026-02-01").await;
    assert_eq!(figures["days"][0]["active_users"], 2, "ada and whoever asks");
}

#[tokio::test]
async fn too_many_days_and_none_are_refused() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    assert_eq!(ask(&app, "").await["days"].as_array().unwrap().len(), 30);
    for query in ["from=2024-01-01", "from=2026-02-02&until=2026-01-01", "from=soon", "x=1"] {
        let target = format!("/api/v1/admin/analytics?{query}");
        assert_problem!(app.get(&target).bearer(&root.access).await, 400, "malformed_parameter");
    }
}
