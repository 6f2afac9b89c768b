//! Every route of R2R's about documents, collections and search, by everybody there is.

use std::collections::BTreeSet;

use doorward_testkit::{Call, StandIn};
use http::Method;
use serde_json::json;

use crate::documents::world::{NAMES, Shared, World, echo, shows};

/// What each gets: owner, editor, reader, stranger, superuser. Without an account, and with a token of one that is gone, it is 401.
type Expected = [u16; 5];

/// What is everybody's own.
const OWN: Expected = [200; 5];
/// What whoever may read it gets.
const READ: Expected = [200, 200, 200, 404, 200];
/// What those who may write do.
const WRITE: Expected = [200, 200, 403, 404, 200];
/// What the owner alone does.
const RULE: Expected = [200, 403, 403, 404, 200];
/// What the owner alone finds to be deleted.
const MATCHED: Expected = [200, 404, 404, 404, 200];
/// What is about the owner's account.
const THEIRS: Expected = [200, 403, 403, 403, 200];

const MATRIX: &[(&str, Expected)] = &[
    ("POST /v1/ingest_files", OWN),
    ("POST /v2/ingest_files", OWN),
    ("POST /v3/documents", [202; 5]),
    ("POST /v1/update_files", WRITE),
    ("POST /v2/update_files", WRITE),
    ("GET /v1/documents_overview", OWN),
    ("POST /v1/documents_overview", OWN),
    ("GET /v2/documents_overview", OWN),
    ("GET /v3/documents", OWN),
    ("GET /v3/documents/{id}", READ),
    ("GET /v1/document_chunks", READ),
    ("POST /v1/document_chunks", READ),
    ("GET /v2/document_chunks/{id}", READ),
    ("GET /v3/documents/{id}/chunks", READ),
    ("GET /v2/download_file/{id}", READ),
    ("GET /v3/documents/{id}/download", READ),
    ("POST /v2/update_document_metadata/{id}", WRITE),
    ("PATCH /v3/documents/{id}/metadata", WRITE),
    ("PUT /v3/documents/{id}/metadata", WRITE),
    ("DELETE /v1/delete", MATCHED),
    ("DELETE /v2/delete", MATCHED),
    ("DELETE /v3/documents/by-filter", MATCHED),
    ("DELETE /v3/documents/{id}", RULE),
    ("POST /v1/search", OWN),
    ("POST /v2/search", OWN),
    ("POST /v3/retrieval/search", OWN),
    ("POST /v1/rag", OWN),
    ("POST /v2/rag", OWN),
    ("POST /v3/retrieval/rag", OWN),
    ("POST /v3/collections", OWN),
    ("POST /v2/create_collection", OWN),
    ("POST /v2/create_group", OWN),
    ("GET /v3/collections", OWN),
    ("GET /v2/list_collections", OWN),
    ("GET /v2/list_groups", OWN),
    ("GET /v2/collections_overview", OWN),
    ("GET /v2/groups_overview", OWN),
    ("GET /v3/collections/{collection}", READ),
    ("GET /v2/get_collection/{collection}", READ),
    ("GET /v2/get_group/{collection}", READ),
    ("POST /v3/collections/{collection}", RULE),
    ("PUT /v2/update_collection", RULE),
    ("PUT /v2/update_group", RULE),
    ("DELETE /v3/collections/{collection}", RULE),
    ("DELETE /v2/delete_collection/{collection}", RULE),
    ("DELETE /v2/delete_group/{collection}", RULE),
    ("GET /v3/collections/{collection}/documents", READ),
    ("GET /v2/collection/{collection}/documents", READ),
    ("GET /v2/group/{collection}/documents", READ),
    ("POST /v3/collections/{collection}/documents/{id}", RULE),
    ("DELETE /v3/collections/{collection}/documents/{id}", WRITE),
    ("POST /v2/assign_document_to_collection", RULE),
    ("POST /v2/assign_document_to_group", RULE),
    ("POST /v2/remove_document_from_collection", WRITE),
    ("POST /v2/remove_document_from_group", WRITE),
    ("GET /v2/document_collections/{id}", READ),
    ("GET /v2/document_groups/{id}", READ),
    ("GET /v3/collections/{collection}/users", READ),
    ("GET /v2/get_users_in_collection/{collection}", READ),
    ("GET /v2/get_users_in_group/{collection}", READ),
    ("POST /v3/collections/{collection}/users/{user}", RULE),
    ("DELETE /v3/collections/{collection}/users/{member}", RULE),
    ("POST /v2/add_user_to_collection", RULE),
    ("POST /v2/add_user_to_group", RULE),
    ("POST /v2/remove_user_from_collection", RULE),
    ("POST /v2/remove_user_from_group", RULE),
    ("GET /v3/users/{owner}/collections", THEIRS),
    ("GET /v2/user_collections/{owner}", THEIRS),
    ("GET /v2/user_groups/{owner}", THEIRS),
    ("POST /v3/users/{user}/collections/{collection}", RULE),
    ("DELETE /v3/users/{member}/collections/{collection}", RULE),
];

/// A form of one file, as these clients send it, which nothing that is kept is like.
fn form(unlike: &str, fields: &[(&str, String)]) -> String {
    let field = |(name, value): &(&str, String)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let fields: String = fields.iter().map(field).collect();
    format!(
        "{fields}--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{unlike}.txt\"\r\n\r\n\
         {unlike}\r\n--edge--\r\n"
    )
}

/// The request of a row about what is shared.
fn call(world: &World, route: &str, shared: &Shared) -> Call {
    let Shared { document, collection, secret } = shared;
    let (method, path) = route.split_once(' ').unwrap();
    let (owner, user, member) =
        (world.ids[0].to_string(), world.ids[3].to_string(), world.member.to_string());
    let place = path
        .replace("{id}", document)
        .replace("{collection}", collection)
        .replace("{owner}", &owner)
        .replace("{user}", &user)
        .replace("{member}", &member);
    let call = |target: &str| world.app.call(method.parse::<Method>().unwrap(), target);
    let group = |key: &str, value: &str| json!({ "collection_id": collection, key: value });
    let multipart = "multipart/form-data; boundary=edge";
    match path {
        "/v1/ingest_files" | "/v2/ingest_files" => call(path).body(multipart, form(collection, &[])),
        "/v1/update_files" | "/v2/update_files" => {
            call(path).body(multipart, form(collection, &[("document_ids", json!([document]).to_string())]))
        }
        "/v3/documents" if method == "POST" => {
            call(path).body("application/x-www-form-urlencoded", format!("raw_text={collection}"))
        }
        "/v1/document_chunks" => call(path).json(&json!({ "document_id": document })),
        "/v1/delete" => call(path).json(&json!({ "keys": ["document_id"], "values": [document] })),
        "/v2/delete" => {
            let filter = json!({ "document_id": { "$eq": document } }).to_string();
            let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            call(&format!("{path}?filters={filter}"))
        }
        "/v3/documents/by-filter" => call(path).json(&json!({ "document_id": { "$eq": document } })),
        _ if path.contains("metadata") => call(&place).json(&json!({ "year": 335 })),
        _ if path.ends_with("search") => call(path).json(&json!({ "query": secret })),
        _ if path.ends_with("rag") => {
            call(path).json(&json!({ "query": format!("What is the word, {secret}?") }))
        }
        _ if path.contains("create_") || route == "POST /v3/collections" => {
            call(path).json(&json!({ "name": "mine" }))
        }
        _ if path.contains("/update_") => call(path).json(&group("name", "changed")),
        "/v3/collections/{collection}" if method == "POST" => {
            call(&place).json(&json!({ "name": "changed" }))
        }
        _ if path.contains("_document_") => call(&place).json(&group("document_id", document)),
        _ if path.contains("/add_user") => call(path).json(&group("user_id", &user)),
        _ if path.contains("/remove_user") => call(path).json(&group("user_id", &member)),
        _ => call(&place),
    }
}

#[tokio::test]
async fn everybody_gets_what_is_theirs_from_every_route() {
    let model = StandIn::start(echo).await;
    let mut world = World::new(&model, |plan| plan.http.dialects.r2r.enabled = true).await;
    let mut wrong = Vec::new();

    for (route, expected) in MATRIX {
        for (at, name) in NAMES.iter().enumerate() {
            let shared = world.shared().await;
            let answer = call(&world, route, &shared).bearer(&world.tokens[at].access).await;

            let (status, shown) = (answer.status.as_u16(), shows(&answer, &shared.secret));
            if status != expected[at] || (shown && *name == "stella") {
                wrong.push(format!("{route} by {name}: {status}, not {}: {}", expected[at], answer.text()));
            }
        }
        let shared = world.shared().await;
        let anonymous = call(&world, route, &shared).await;
        let gone = call(&world, route, &shared).bearer(&world.gone.access).await;
        for answer in [anonymous, gone] {
            assert_eq!(answer.status, 401, "{route}: {}", answer.text());
            assert!(!shows(&answer, &shared.secret), "{route}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn those_who_may_read_are_shown_what_is_there() {
    let model = StandIn::start(echo).await;
    let mut world = World::new(&model, |plan| plan.http.dialects.r2r.enabled = true).await;

    for (route, _) in MATRIX
        .iter()
        .filter(|(route, expected)| *expected == READ || route.ends_with("search") || route.ends_with("rag"))
    {
        let shared = world.shared().await;
        for token in [0, 1, 2, 4].map(|at| &world.tokens[at].access) {
            let answer = call(&world, route, &shared).bearer(token).await;

            // Members are shown by what they are called.
            let shown = shows(&answer, &shared.secret) || route.contains("users");
            assert!(shown, "{route} shows too little: {}", answer.text());
        }
    }
}

#[test]
fn the_matrix_names_every_route() {
    let table = include_str!("../../../../src/dialect/r2r/mod.rs");
    let (_, table) = table.split_once("fn kept(").unwrap();
    let quoted = table.split('"').skip(1).step_by(2).filter(|text| text.starts_with("/v"));
    let plain = |path: &str| -> String {
        let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    };

    let named: BTreeSet<_> =
        MATRIX.iter().map(|(route, _)| plain(route.split_once(' ').unwrap().1)).collect();

    assert_eq!(named, quoted.map(plain).collect());
}
