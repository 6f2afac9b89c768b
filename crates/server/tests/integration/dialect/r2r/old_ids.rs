//! Accounts that were moved in go by the ids they had before, wherever one is asked for or told.

use doorward_core::account::{AliasKind, Fate, ImportRow};
use doorward_core::client::Client;
use doorward_testkit::TestApp;
use http::Method;
use serde_json::{Value, json};

use super::documents::{keeping, kept};
use super::{Tokens, dialect, logged_in, register};

const OLD: &str = "2acb499e-8428-543b-bd85-0d9098718220";

/// Moves the account of somebody called `name` in, who was called `old`, and gives them a password.
async fn moved_in(app: &TestApp, name: &str, old: &str) -> Tokens {
    let hash = app.user_hash("ghost").await;
    let row = ImportRow {
        email: format!("{name}@example.com"),
        password_hash: Some(doorward_core::Secret::new(hash)),
        alias: Some((AliasKind::R2r, old.to_owned())),
        is_verified: true,
        ..ImportRow::default()
    };
    let who = app.core.command_line();
    let fates = app.core.import_accounts(&who, vec![row], false, &Client::default()).await.unwrap();
    assert!(matches!(fates[..], [Fate::Added]), "{fates:?}");
    logged_in(app, name).await
}

/// Somebody whose password the others share.
async fn ghost(app: &TestApp) {
    app.user("ghost").registered().await;
}

#[tokio::test]
async fn an_account_is_shown_and_found_by_the_id_that_it_had() {
    let app = dialect().await;
    ghost(&app).await;
    let ada = moved_in(&app, "ada", OLD).await;
    let root = app.superuser().await;

    for path in ["/v1/user", "/v2/user", "/v3/users/me", &format!("/v3/users/{OLD}")] {
        let me = app.get(path).bearer(&ada.access).await.expect(200).json();
        assert_eq!((&me["results"]["id"], &me["results"]["email"]), (&json!(OLD), &json!("ada@example.com")));
    }
    for (path, body) in [
        (format!("/v3/users?ids={OLD}"), Value::Null),
        (format!("/v2/users_overview?user_ids={OLD}"), Value::Null),
        ("/v1/users_overview".to_owned(), json!({ "user_ids": [OLD] })),
    ] {
        let call = app.get(&path).bearer(&root.access);
        let call = if body.is_null() { call } else { call.json(&body) };
        let found = call.await.expect(200).json();
        assert_eq!((&found["results"][0]["id"], &found["total_entries"]), (&json!(OLD), &json!(1)), "{path}");
    }
    for (method, path, body) in [
        (Method::PUT, "/v2/user".to_owned(), json!({ "user_id": OLD, "name": "Ada" })),
        (Method::POST, format!("/v3/users/{OLD}"), json!({ "bio": "Counts." })),
    ] {
        let changed = app.call(method, &path).bearer(&ada.access).json(&body).await.expect(200).json();
        assert_eq!(changed["results"]["id"], OLD, "{path}");
    }
    app.get(&format!("/v3/users/{OLD}/limits")).bearer(&ada.access).await.expect(200);
    let key = app.post(&format!("/v3/users/{OLD}/api-keys")).bearer(&ada.access).json(&json!({})).await;
    let key = key.expect(200).json()["results"]["key_id"].as_str().unwrap().to_owned();
    let listed = app.get(&format!("/v3/users/{OLD}/api-keys")).bearer(&ada.access).await.expect(200).json();
    assert_eq!(listed["results"][0]["key_id"], key.as_str());
    app.delete(&format!("/v3/users/{OLD}/api-keys/{key}")).bearer(&ada.access).await.expect(200);
    let export = app.post("/v3/users/export").bearer(&root.access).json(&json!({})).await.expect(200);
    assert!(export.text().contains(OLD), "{}", export.text());
    app.get(&format!("/v2/user/{OLD}/verification_data")).bearer(&root.access).await.expect(200);
    app.delete(&format!("/v3/users/{OLD}")).bearer(&root.access).await.expect(200);
    app.get(&format!("/v3/users/{OLD}")).bearer(&root.access).await.expect(404);
}

#[tokio::test]
async fn documents_and_collections_tell_their_owner_by_the_id_that_it_had() {
    let app = keeping().await;
    ghost(&app).await;
    let ada = moved_in(&app, "ada", OLD).await;
    let root = app.superuser().await;
    let id = kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;

    for path in [
        format!("/v3/documents/{id}"),
        "/v2/documents_overview".to_owned(),
        format!("/v2/document_chunks/{id}"),
    ] {
        let shown = app.get(&path).bearer(&ada.access).await.expect(200).json();
        let one = if shown["results"].is_array() { &shown["results"][0] } else { &shown["results"] };
        assert_eq!((&one["owner_id"], &one["user_id"]), (&json!(OLD), &json!(OLD)), "{path}");
    }
    let theirs = json!({ "user_ids": [OLD] });
    let theirs =
        app.get("/v1/documents_overview").bearer(&root.access).json(&theirs).await.expect(200).json();
    assert_eq!(theirs["results"][0]["id"], id.as_str());
    let filters = json!({ "$or": [{ "owner_id": { "$in": [OLD] } }, { "user_id": OLD }] });
    let search = json!({ "query": "Lyceum", "search_settings": { "filters": filters } });
    let hits = app.post("/v3/retrieval/search").bearer(&root.access).json(&search).await.expect(200).json();
    assert_eq!(hits["results"]["chunk_search_results"][0]["owner_id"], OLD);
    let hits =
        app.post("/v1/search").bearer(&ada.access).json(&json!({ "query": "Lyceum" })).await.expect(200);
    assert_eq!(hits.json()["results"]["vector_search_results"][0]["metadata"]["user_id"], OLD);
    let noted = format!("raw_text=Mine&metadata=%7B%22user_id%22%3A%22{OLD}%22%7D");
    app.post("/v3/documents")
        .bearer(&ada.access)
        .body("application/x-www-form-urlencoded", noted)
        .await
        .expect(202);
    let made = app.post("/v3/collections").bearer(&ada.access).json(&json!({ "name": "Greeks" })).await;
    assert_eq!(made.expect(200).json()["results"]["owner_id"], OLD);
    let mine = app.get(&format!("/v3/users/{OLD}/collections")).bearer(&ada.access).await.expect(200).json();
    assert_eq!((&mine["total_entries"], &mine["results"][0]["owner_id"]), (&json!(1), &json!(OLD)));
    let gone = json!({ "keys": ["user_id"], "values": [OLD] });
    app.delete("/v1/delete").bearer(&ada.access).json(&gone).await.expect(200);
    app.get(&format!("/v3/documents/{id}")).bearer(&ada.access).await.expect(404);
}

#[tokio::test]
async fn an_owner_lets_somebody_in_and_out_by_the_id_that_they_had() {
    let app = keeping().await;
    register(&app, "owner").await;
    ghost(&app).await;
    let ada = moved_in(&app, "ada", OLD).await;
    let owner = logged_in(&app, "owner").await;
    let made = app.post("/v3/collections").bearer(&owner.access).json(&json!({ "name": "Greeks" })).await;
    let id = made.expect(200).json()["results"]["id"].as_str().unwrap().to_owned();
    let body = json!({ "user_id": OLD, "collection_id": id });
    let (by_collection, by_user) =
        (format!("/v3/collections/{id}/users/{OLD}"), format!("/v3/users/{OLD}/collections/{id}"));

    for (add, remove) in [
        (app.post(&by_collection), app.delete(&by_collection)),
        (app.post(&by_user), app.delete(&by_user)),
        (
            app.post("/v2/add_user_to_collection").json(&body),
            app.post("/v2/remove_user_from_collection").json(&body),
        ),
    ] {
        add.bearer(&owner.access).await.expect(200);
        let members = app.get(&format!("/v3/collections/{id}/users")).bearer(&ada.access).await.expect(200);
        let members = members.json();
        let ids: Vec<&str> =
            members["results"].as_array().unwrap().iter().filter_map(|user| user["id"].as_str()).collect();
        assert!(ids.contains(&OLD), "{ids:?}");
        remove.bearer(&owner.access).await.expect(200);
        app.get(&format!("/v3/collections/{id}")).bearer(&ada.access).await.expect(404);
    }
}
