use doorward_core::Ttl;
use doorward_testkit::{SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

async fn page(app: &TestApp, root: &SignedIn, query: &str) -> Value {
    app.get(&format!("/api/v1/admin/users?{query}")).bearer(&root.access).await.expect(200).json()
}

/// The names on all pages of `limit`.
async fn all(app: &TestApp, root: &SignedIn, query: &str, limit: usize) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(app, root, &format!("{query}&limit={limit}{cursor}")).await;
        assert!(names(&page).len() <= limit);
        found.extend(names(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn with_people(names: &[&str]) -> (TestApp, SignedIn) {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    for name in names {
        app.clock.advance(Ttl::from_minutes(1));
        app.user(name).registered().await;
    }
    (app, root)
}

#[tokio::test]
async fn all_accounts_are_seen_once_page_by_page_youngest_first() {
    let (app, root) = with_people(&["ada", "bob", "cyd"]).await;

    for limit in [1, 2, 3, 4, 5] {
        assert_eq!(all(&app, &root, "", limit).await, ["cyd", "bob", "ada", "root"], "{limit}");
    }
}

#[tokio::test]
async fn whoever_begins_so_is_found_once_by_address_user_name_or_shown_name() {
    let (app, root) = with_people(&["ada", "bob", "adam", "cyd"]).await;
    let body = json!({
        "email": "zoe@example.com", "username": "adelaide", "name": "Adam Smith", "password": doorward_testkit::PASSWORD,
    });
    app.post("/api/v1/users").json(&body).await.expect(201);
    let body = json!({
        "email": "yan@example.com", "username": "yan", "name": "aDa Yan", "password": doorward_testkit::PASSWORD,
    });
    app.post("/api/v1/users").json(&body).await.expect(201);

    for limit in [1, 2, 50] {
        assert_eq!(all(&app, &root, "q=AD", limit).await, ["ada", "adam", "adelaide", "yan"], "{limit}");
        assert_eq!(all(&app, &root, "q=adam%20s", limit).await, ["adelaide"], "{limit}");
    }
    assert!(all(&app, &root, "q=nobody", 50).await.is_empty());
    assert!(all(&app, &root, "q=%25", 50).await.is_empty());
}

#[tokio::test]
async fn filters_leave_out_who_does_not_fit() {
    let (app, root) = with_people(&["ada", "bob", "cyd"]).await;
    app.core.set_active("bob", false).await.unwrap();
    let role = json!({ "name": "editor", "scope": "" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let cyd = page(&app, &root, "q=cyd").await["items"][0]["id"].as_str().unwrap().to_owned();
    app.put(&format!("/api/v1/admin/users/{cyd}/roles/editor")).bearer(&root.access).await.expect(200);

    for (query, found) in [
        ("active=false", &["bob"][..]),
        ("active=true", &["cyd", "ada", "root"]),
        ("active=false&q=b", &["bob"]),
        ("active=true&q=b", &[]),
        ("verified=true", &["root"]),
        ("role=editor", &["cyd"]),
        ("role=superuser", &["root"]),
        ("role=superuser&active=false", &[]),
        ("role=nobody", &[]),
        ("created_from=2026-01-31T08:02:00Z", &["cyd", "bob"]),
        ("created_before=2026-01-31T08:01:00Z", &["root"]),
        ("created_from=2026-01-31T08:01:00Z&created_before=2026-01-31T08:02:00Z", &["ada"]),
        ("created_from=2026-01-31T08:02:00Z&q=a", &[]),
    ] {
        for limit in [1, 50] {
            assert_eq!(all(&app, &root, query, limit).await, found, "{query}");
        }
    }
}

#[tokio::test]
async fn what_the_query_may_not_say_is_refused() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let long = format!("q={}", "a".repeat(300));

    for query in [
        "limit=x",
        "limit=-1",
        "cursor=x",
        "limit=1&limit=2",
        "other=1",
        "active=1",
        "created_from=today",
        &long,
    ] {
        let answer = app.get(&format!("/api/v1/admin/users?{query}")).bearer(&root.access).await;

        assert_problem!(answer, 400, "malformed_parameter");
    }
}
