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
}
