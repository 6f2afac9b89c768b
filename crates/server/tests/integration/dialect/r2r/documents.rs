//! Documents, search and collections in R2R's words: who gets at what, by every route.

use doorward_testkit::TestApp;
use http::Method;
use serde_json::{Value, json};

use super::{dialect_with, logged_in, register};

/// An application that keeps documents.
pub(super) async fn keeping() -> TestApp {
    dialect_with(|plan| plan.keep_documents("")).await
}

/// Keeps a text in the name of `access`; gives its id.
pub(super) async fn kept(app: &TestApp, access: &str, text: &str) -> String {
    let fields: Vec<(&str, &str)> = vec![("raw_text", text)];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = app.post("/v3/documents").bearer(access);
    let answer = call.body("application/x-www-form-urlencoded", body).await.expect(202);
    answer.json()["results"]["document_id"].as_str().unwrap().to_owned()
}

/// Routes about one document, for those who may not read it.
const ABOUT_ONE: &[(Method, &str)] = &[
    (Method::GET, "/v3/documents/{id}"),
    (Method::GET, "/v3/documents/{id}/chunks"),
    (Method::GET, "/v3/documents/{id}/download"),
    (Method::GET, "/v2/document_chunks/{id}"),
    (Method::GET, "/v2/download_file/{id}"),
    (Method::GET, "/v2/document_collections/{id}"),
    (Method::PATCH, "/v3/documents/{id}/metadata"),
    (Method::PUT, "/v3/documents/{id}/metadata"),
    (Method::POST, "/v2/update_document_metadata/{id}"),
    (Method::DELETE, "/v3/documents/{id}"),
];

#[tokio::test]
async fn weak_spot_14_no_route_shows_or_deletes_the_document_of_somebody_else() {
    let app = keeping().await;
    register(&app, "ada").await;
    register(&app, "eve").await;
    let (ada, eve) = (logged_in(&app, "ada").await, logged_in(&app, "eve").await);
    let id = kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;

    for (method, path) in ABOUT_ONE {
        let call = || app.call(method.clone(), &path.replace("{id}", &id)).json(&json!({}));

        call().await.expect(401);
        let refused = call().bearer(&eve.access).await;
        assert_eq!(refused.status, 404, "{method} {path}: {}", refused.text());
    }
    let filter = json!({ "document_id": { "$eq": id } });
    let query: String = url::form_urlencoded::byte_serialize(filter.to_string().as_bytes()).collect();
    let eve_deletes = [
        app.delete("/v1/delete").json(&json!({ "keys": ["document_id"], "values": [id] })),
        app.delete(&format!("/v2/delete?filters={query}")),
        app.delete("/v3/documents/by-filter").json(&filter),
    ];
    for call in eve_deletes {
        call.bearer(&eve.access).await.expect(404);
    }
    app.delete("/v3/documents/by-filter").bearer(&eve.access).json(&json!({})).await.expect(422);
    app.get(&format!("/v3/documents/{id}")).bearer(&ada.access).await.expect(200);
}

#[tokio::test]
async fn weak_spot_13_nobody_adds_themselves_to_a_collection() {
    let app = keeping().await;
    let (ada_id, eve_id) =
        (register(&app, "ada").await["id"].clone(), register(&app, "eve").await["id"].clone());
    let (ada, eve) = (logged_in(&app, "ada").await, logged_in(&app, "eve").await);
    let id = kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;
    let made = app.post("/v3/collections").bearer(&ada.access).json(&json!({ "name": "Schools" })).await;
    let shared = made.expect(200).json()["results"]["id"].as_str().unwrap().to_owned();
    app.post(&format!("/v3/collections/{shared}/documents/{id}")).bearer(&ada.access).await.expect(200);
    let (ada_id, eve_id) = (ada_id.as_str().unwrap(), eve_id.as_str().unwrap());
    let member = json!({ "user_id": eve_id, "collection_id": shared });

    for call in [
        app.post(&format!("/v3/users/{eve_id}/collections/{shared}")),
        app.post(&format!("/v3/collections/{shared}/users/{eve_id}")),
        app.post("/v2/add_user_to_collection").json(&member),
        app.post("/v2/add_user_to_group").json(&json!({ "user_id": eve_id, "group_id": shared })),
        // Nor by the id of an account, which a collection might have been named after.
        app.post(&format!("/v3/users/{eve_id}/collections/{ada_id}")),
    ] {
        call.bearer(&eve.access).await.expect(404);
    }

    assert_eq!(found(&app, &eve.access).await, Vec::<Value>::new());
    app.post(&format!("/v3/collections/{shared}/users/{eve_id}")).bearer(&ada.access).await.expect(200);
    assert_eq!(found(&app, &eve.access).await, [json!(id)]);
    // A reader lets in nobody else, and deletes nothing.
    let bob = register(&app, "bob").await["id"].as_str().unwrap().to_owned();
    app.post(&format!("/v3/collections/{shared}/users/{bob}")).bearer(&eve.access).await.expect(403);
    app.delete(&format!("/v3/documents/{id}")).bearer(&eve.access).await.expect(403);
    app.delete(&format!("/v3/collections/{shared}")).bearer(&eve.access).await.expect(403);
    app.delete(&format!("/v3/collections/{shared}/users/{eve_id}")).bearer(&ada.access).await.expect(200);
    assert_eq!(found(&app, &eve.access).await, Vec::<Value>::new());
}

/// The documents that a search for the Lyceum finds.
async fn found(app: &TestApp, access: &str) -> Vec<Value> {
    let body = json!({ "query": "Lyceum" });
    let answer = app.post("/v3/retrieval/search").bearer(access).json(&body).await.expect(200).json();
    let hits = answer["results"]["chunk_search_results"].as_array().unwrap().clone();
    hits.into_iter().map(|hit| hit["document_id"].clone()).collect()
}

#[tokio::test]
async fn weak_spot_12_documents_go_with_their_owner_and_come_back_to_nobody() {
    let app = keeping().await;
    register(&app, "ada").await;
    let ada = logged_in(&app, "ada").await;
    let id = kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;
    let password = json!({ "password": doorward_testkit::PASSWORD });
    app.delete("/v1/user").bearer(&ada.access).json(&password).await.expect(200);
    app.get(&format!("/v3/documents/{id}")).bearer(&ada.access).await.expect(401);

    register(&app, "ada").await;
    let again = logged_in(&app, "ada").await;

    app.get(&format!("/v3/documents/{id}")).bearer(&again.access).await.expect(404);
    assert_eq!(found(&app, &again.access).await, Vec::<Value>::new());
    let root = app.superuser().await;
    app.follow_accounts().await;
    app.get(&format!("/v3/documents/{id}")).bearer(&root.access).await.expect(404);
}

#[tokio::test]
async fn whoever_runs_the_server_sees_all_documents_and_it_is_written_down() {
    let app = keeping().await;
    register(&app, "ada").await;
    let ada = logged_in(&app, "ada").await;
    let root = app.superuser().await;
    let id = kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;

    app.get(&format!("/v3/documents/{id}")).bearer(&root.access).await.expect(200);

    let log = app.get("/v2/logs?run_type_filter=documents_overseen").bearer(&root.access).await.expect(200);
    assert_eq!(log.json()["total_entries"], 1);
}

#[tokio::test]
async fn exactly_one_source_makes_a_document() {
    let app = keeping().await;
    register(&app, "ada").await;
    let ada = logged_in(&app, "ada").await;

    for body in
        ["", "raw_text=a&chunks=%5B%22b%22%5D", "chunks=b", "raw_text=a&metadata=x", "raw_text=a&id=x"]
    {
        let call = app.post("/v3/documents").bearer(&ada.access);
        call.body("application/x-www-form-urlencoded", body).await.expect(422);
    }
}

#[tokio::test]
async fn without_a_model_search_works_and_an_answer_is_a_501() {
    let app = keeping().await;
    register(&app, "ada").await;
    let ada = logged_in(&app, "ada").await;
    kept(&app, &ada.access, "Aristotle founded the Lyceum.").await;

    for (search, rag) in
        [("/v1/search", "/v1/rag"), ("/v2/search", "/v2/rag"), ("/v3/retrieval/search", "/v3/retrieval/rag")]
    {
        let body = json!({ "query": "Lyceum" });
        app.post(search).bearer(&ada.access).json(&body).await.expect(200);
        let refused = app.post(rag).bearer(&ada.access).json(&body).await.expect(501).json();
        assert_eq!(refused["code"], "not_configured");
    }
}

#[tokio::test]
async fn where_no_documents_are_kept_their_routes_say_so() {
    let app = super::dialect().await;
    register(&app, "ada").await;
    let ada = logged_in(&app, "ada").await;

    for path in ["/v2/documents_overview", "/v3/documents", "/v3/collections"] {
        let refused = app.get(path).bearer(&ada.access).await.expect(404).json();
        assert_eq!(refused["message"], "This server keeps no documents.", "{path}");
    }
}

#[tokio::test]
async fn what_clients_send_of_documents_and_what_they_read() {
    let app = keeping().await;

    crate::dialect::transcript::replay(&app, "r2r/documents.http").await;
}
