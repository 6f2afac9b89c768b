use doorward_core::Ttl;
use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn what_waits_and_what_failed_is_told_with_the_reason_and_without_the_secret() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    app.post.fail("550 no such mailbox", true);
    app.user("eve").registered().await;
    app.mails().await;
    app.clock.advance(Ttl::from_seconds(1));
    app.post.fail("connection refused", false);
    app.user("ada").registered().await;
    app.mails().await;
    let list = |query: &str| app.get(&format!("/api/v1/admin/mail{query}")).bearer(&root.access);

    let all = list("").await.expect(200);
    let failed = list("?state=failed").await.expect(200).json();

    let items = all.json()["items"].clone();
    assert_eq!((&items[0]["to"], &items[0]["state"]), (&"ada@example.com".into(), &"waiting".into()));
    assert_eq!(items[0]["last_error"], "connection refused");
    assert_eq!(items[0]["attempts"], 1);
    assert_eq!(failed["items"].as_array().unwrap().len(), 1);
    assert_eq!(failed["items"][0]["last_error"], "550 no such mailbox");
    assert!(!all.text().contains("dwv_"));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    for name in ["ada", "eve", "bob"] {
        app.user(name).registered().await;
        app.clock.advance(Ttl::from_seconds(1));
    }

    let first = app.get("/api/v1/admin/mail?limit=2").bearer(&root.access).await.expect(200).json();
    let next = first["next"].as_str().unwrap();
    let target = format!("/api/v1/admin/mail?limit=2&cursor={next}");
    let second = app.get(&target).bearer(&root.access).await.expect(200).json();

    assert_eq!(first["items"][0]["to"], "bob@example.com");
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert!(second.get("next").is_none());
}

#[tokio::test]
async fn a_state_that_does_not_exist_is_refused() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    let answer = app.get("/api/v1/admin/mail?state=lost").bearer(&root.access).await;

    assert_problem!(answer, 400, "malformed_parameter");
}
