use doorward_testkit::{TestApp, assert_problem};

fn names(page: &serde_json::Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_superuser_sees_all_accounts_page_by_page_youngest_first() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    for name in ["ada", "bob", "cyd"] {
        app.clock.advance(doorward_core::Ttl::from_seconds(1));
        app.user(name).registered().await;
    }

    let first = app.get("/api/v1/admin/users?limit=3").bearer(&root.access).await.expect(200).json();
    let cursor = first["next"].as_str().unwrap();
    let path = format!("/api/v1/admin/users?limit=3&cursor={cursor}");
    let second = app.get(&path).bearer(&root.access).await.expect(200).json();

    assert_eq!(names(&first), ["cyd", "bob", "ada"]);
    assert_eq!(names(&second), ["root"]);
    assert!(second["next"].is_null());
}

#[tokio::test]
async fn what_the_query_may_not_say_is_refused() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    for query in ["limit=x", "limit=-1", "cursor=x", "limit=1&limit=2", "other=1"] {
        let answer = app.get(&format!("/api/v1/admin/users?{query}")).bearer(&root.access).await;

        assert_problem!(answer, 400, "malformed_parameter");
    }
}
