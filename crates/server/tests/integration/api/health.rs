use std::sync::atomic::Ordering;

use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn a_server_that_can_work_says_so() {
    let app = TestApp::start().await;

    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.get(path).await.expect(200).text(), r#"{"status":"ok"}"#, "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_is_alive_and_not_ready() {
    let app = TestApp::start().await;

    app.state.is_draining.store(true, Ordering::SeqCst);

    assert_problem!(app.get("/readyz").await, 503, "overloaded");
    assert_eq!(app.get("/healthz").await.status, 200);
}
