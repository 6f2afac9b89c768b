//! `limits_overrides`: single accounts are bounded as whoever runs the server says, and nobody else is.

use doorward_core::Ttl;

use doorward_testkit::{Answer, SignedIn, TestApp};
use serde_json::{Value, json};

use super::documents::keeping;
use super::{Tokens, dialect, logged_in, register};

/// Bounds the account with this id.
async fn bound(app: &TestApp, root: &SignedIn, id: &str, limits: Value) -> Answer {
    let body = json!({ "limits_overrides": limits });
    app.post(&format!("/v3/users/{id}")).bearer(&root.access).json(&body).await
}

/// Somebody who is bounded so.
async fn bounded(app: &TestApp, name: &str, limits: Value) -> (String, Tokens, SignedIn) {
    let id = register(app, name).await["id"].as_str().unwrap().to_owned();
    let tokens = logged_in(app, name).await;
    let root = app.superuser().await;
    bound(app, &root, &id, limits).await.expect(200);
    (id, tokens, root)
}

#[tokio::test]
async fn whoever_asks_more_often_than_they_may_is_told_when_to_come_back() {
    let app = dialect().await;
    let (id, ada, root) = bounded(&app, "ada", json!({ "global_per_min": 3 })).await;
    register(&app, "bob").await;
    let bob = logged_in(&app, "bob").await;

    for path in ["/v1/user", "/v2/user", "/v3/users/me"] {
        app.get(path).bearer(&ada.access).await.expect(200);
    }
    let refused = app.get("/v3/users/me").bearer(&ada.access).await.expect(429);
    assert_eq!(
        (refused.header("retry-after"), refused.json()["code"].as_str()),
        ("20", Some("too_many_attempts"))
    );
    app.get("/v3/users/me").bearer(&bob.access).await.expect(200);
    app.clock.advance(Ttl::from_seconds(20));
    app.get("/v3/users/me").bearer(&ada.access).await.expect(200);
    app.get("/v3/users/me").bearer(&ada.access).await.expect(429);

    let shown = bound(&app, &root, &id, json!({})).await.expect(200).json();
    assert_eq!(shown["results"]["limits_overrides"], json!({}));
    app.get("/v3/users/me").bearer(&ada.access).await.expect(200);
}

#[tokio::test]
async fn a_route_may_have_bounds_of_its_own() {
    let app = dialect().await;
    let limits = json!({ "route_per_min": 2, "monthly_limit": 5, "route_overrides": { "/v1/user": { "route_per_min": 1 } } });
    let (_, ada, _) = bounded(&app, "ada", limits).await;
    let get = async |path: &str| app.get(path).bearer(&ada.access).await.status.as_u16();

    assert_eq!([get("/v1/user").await, get("/v1/user").await], [200, 429]);
    assert_eq!([get("/v2/user").await, get("/v2/user").await, get("/v2/user").await], [200, 200, 429]);
    assert_eq!([get("/v3/users/me").await, get("/v3/users/me").await], [200, 200]);
    app.clock.advance(Ttl::from_seconds(60));
    assert_eq!(get("/v2/user").await, 429, "the five of the month are used up");
}

#[tokio::test]
async fn nobody_sets_their_own_bounds_and_what_bounds_nothing_is_refused() {
    let app = dialect().await;
    let (id, ada, root) = bounded(&app, "ada", json!({ "max_documents": 3, "global_per_min": 60 })).await;

    let own = json!({ "limits_overrides": {} });
    app.post(&format!("/v3/users/{id}")).bearer(&ada.access).json(&own).await.expect(403);
    app.put("/v2/user").bearer(&ada.access).json(&own).await.expect(403);
    let refused = bound(&app, &root, &id, json!({ "per_hour": 3 })).await;
    assert!(refused.status.is_client_error(), "{refused:?}");

    let limits = app.get(&format!("/v3/users/{id}/limits")).bearer(&ada.access).await.expect(200).json();
    let limits = &limits["results"];
    assert_eq!(limits["user_overrides"], json!({ "max_documents": 3, "global_per_min": 60 }));
    assert_eq!(limits["effective_limits"]["global_per_min"], 60);
    let listed = app.get(&format!("/v3/users?ids={id}")).bearer(&root.access).await.expect(200).json();
    assert_eq!(listed["results"][0]["limits_overrides"]["max_documents"], 3);
    let log = app.get("/v2/logs?run_type_filter=limits_changed").bearer(&root.access).await.expect(200);
    assert_eq!(log.json()["total_entries"], 1);
}

#[tokio::test]
async fn an_account_keeps_as_much_as_it_is_allowed_by_whatever_route_it_comes() {
    let app = keeping().await;
    let (id, ada, root) = bounded(&app, "ada", json!({ "max_documents": 1, "max_collections": 0 })).await;
    let keep = |text: &str| {
        let form = format!("raw_text={text}");
        app.post("/v3/documents").bearer(&ada.access).body("application/x-www-form-urlencoded", form)
    };

    keep("one").await.expect(202);
    keep("two").await.expect(403);
    let native = json!({ "name": "two.txt", "text": "two" });
    app.post("/api/v1/documents").bearer(&ada.access).json(&native).await.expect(403);
    let named = json!({ "name": "mine" });
    app.post("/v3/collections").bearer(&ada.access).json(&named).await.expect(403);
    app.post("/api/v1/collections").bearer(&ada.access).json(&named).await.expect(403);
    let shown = app.get(&format!("/v3/users/{id}/limits")).bearer(&ada.access).await.expect(200).json();
    let storage = &shown["results"]["storage_limits"];
    assert_eq!(storage["documents"], json!({ "limit": 1, "used": 1, "remaining": 0 }));
    assert_eq!(storage["collections"]["limit"], 0);

    bound(&app, &root, &id, json!({ "max_chunks": 1 })).await.expect(200);
    keep("two").await.expect(403);
    bound(&app, &root, &id, json!({})).await.expect(200);
    keep("two").await.expect(202);
}

#[tokio::test]
async fn how_many_requests_were_made_is_told_where_they_are_bounded() {
    let app = dialect().await;
    let own = json!({ "/v1/user": { "route_per_min": 5 } });
    let bounds = json!({ "global_per_min": 10, "monthly_limit": 100, "route_overrides": own });
    let (id, ada, _) = bounded(&app, "ada", bounds).await;
    let usage = async || {
        let limits = app.get(&format!("/v3/users/{id}/limits")).bearer(&ada.access).await.expect(200);
        limits.json()["results"]["usage"].clone()
    };
    for _ in 0..2 {
        app.get("/v1/user").bearer(&ada.access).await.expect(200);
    }

    let told = usage().await;

    assert_eq!(told["global_per_min"], json!({ "limit": 10, "used": 3, "remaining": 7 }));
    assert_eq!(told["monthly_limit"], json!({ "limit": 100, "used": 3, "remaining": 97 }));
    let at_route = &told["routes"]["/v1/user"]["route_per_min"];
    assert_eq!(at_route, &json!({ "limit": 5, "used": 2, "remaining": 3 }));
    app.clock.advance(Ttl::from_minutes(1));
    let later = usage().await;
    assert_eq!((&later["global_per_min"]["used"], &later["monthly_limit"]["used"]), (&json!(1), &json!(4)));
}
