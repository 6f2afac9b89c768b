use doorward_core::Ttl;
use doorward_testkit::TestApp;

#[tokio::test]
async fn the_server_says_how_it_is() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    app.clock.advance(Ttl::from_seconds(90));

    let status = app.get("/api/v1/admin/status").bearer(&root.access).await.expect(200).json();

    assert_eq!((&status["uptime_seconds"], &status["is_ready"]), (&90.into(), &true.into()));
    assert_eq!(status["sessions_in_use"], 1);
    assert_eq!((&status["mail_waiting"], &status["webhook_backlog"]), (&0.into(), &0.into()));
    app.user("ada").registered().await;
    let status = app.get("/api/v1/admin/status").bearer(&root.access).await.expect(200).json();
    assert_eq!(status["mail_waiting"], 1);
    assert_eq!(status["mail_waiting_since"], "2026-01-31T08:01:30.000Z");
}
