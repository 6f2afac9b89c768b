//! Every operation on documents, collections and search, by everybody there is.

use std::collections::BTreeSet;

use doorward_testkit::{Call, StandIn, TestApp};
use serde_json::json;

use super::world::{NAMES, Shared, World, echo, shows};

/// What each gets: owner, editor, reader, stranger, superuser. Without an account, and with a token of one that is gone, it is 401.
const MATRIX: [(&str, [u16; 5]); 23] = [
    ("create_document", [202, 202, 202, 202, 202]),
    ("upload_document", [202, 202, 202, 202, 202]),
    ("document_usage", [200, 200, 200, 200, 200]),
    ("list_documents", [200, 200, 200, 200, 200]),
    ("read_document", [200, 200, 200, 404, 200]),
    ("download_document", [200, 200, 200, 404, 200]),
    ("list_chunks", [200, 200, 200, 404, 200]),
    ("update_document", [200, 200, 403, 404, 200]),
    ("replace_document", [200, 200, 403, 404, 200]),
    ("delete_document", [204, 403, 403, 404, 204]),
    ("delete_documents", [200, 404, 404, 404, 200]),
    ("create_collection", [201, 201, 201, 201, 201]),
    ("list_collections", [200, 200, 200, 200, 200]),
    ("read_collection", [200, 200, 200, 404, 200]),
    ("list_members", [200, 200, 200, 404, 200]),
    ("update_collection", [200, 403, 403, 404, 200]),
    ("delete_collection", [204, 403, 403, 404, 204]),
    ("add_to_collection", [204, 403, 403, 404, 204]),
    ("remove_from_collection", [204, 204, 403, 404, 204]),
    ("add_member", [204, 403, 403, 404, 204]),
    ("remove_member", [204, 403, 403, 404, 204]),
    ("search", [200, 200, 200, 200, 200]),
    ("answer", [200, 200, 200, 200, 200]),
];
/// Operations whose answers show what is in the document to those who may read it.
const SHOWING: [&str; 6] =
    ["list_documents", "read_document", "download_document", "list_chunks", "search", "answer"];

impl World {
    fn call(&self, operation: &str, shared: &Shared) -> Call {
        let Shared { document, collection, secret } = shared;
        let (app, member) = (&self.app, self.member);
        let documents = format!("/api/v1/documents/{document}");
        let collections = format!("/api/v1/collections/{collection}");
        let placed = format!("{collections}/documents/{document}");
        match operation {
            "create_document" => app
                .post("/api/v1/documents")
                .json(&json!({ "name": "new.txt", "text": "my own", "allow_duplicate": true })),
            "upload_document" => app
                .post("/api/v1/documents/files?name=new.txt&allow_duplicate=true")
                .body("text/plain", "my own file"),
            "document_usage" => app.get("/api/v1/documents/usage"),
            "list_documents" => app.get("/api/v1/documents"),
            "read_document" => app.get(&documents),
            "download_document" => app.get(&format!("{documents}/content")),
            "list_chunks" => app.get(&format!("{documents}/chunks")),
            "update_document" => app.patch(&documents).json(&json!({ "title": "changed" })),
            "replace_document" => app.put(&format!("{documents}/content")).body("text/plain", "changed"),
            "delete_document" => app.delete(&documents),
            "delete_documents" => {
                app.post("/api/v1/documents/delete").json(&json!({ "filters": { "document_id": document } }))
            }
            "create_collection" => app.post("/api/v1/collections").json(&json!({ "name": "mine" })),
            "list_collections" => app.get("/api/v1/collections"),
            "read_collection" => app.get(&collections),
            "list_members" => app.get(&format!("{collections}/members")),
            "update_collection" => app.patch(&collections).json(&json!({ "name": "changed" })),
            "delete_collection" => app.delete(&collections),
            "add_to_collection" => app.put(&placed),
            "remove_from_collection" => app.delete(&placed),
            "add_member" => {
                let path = format!("{collections}/members/{}", self.ids[3]);
                app.put(&path).json(&json!({ "role": "reader" }))
            }
            "remove_member" => app.delete(&format!("{collections}/members/{member}")),
            "search" => app.post("/api/v1/search").json(&json!({ "query": secret })),
            "answer" => {
                app.post("/api/v1/answer").json(&json!({ "query": format!("What is the word, {secret}?") }))
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn everybody_gets_what_is_theirs_from_every_operation() {
    let model = StandIn::start(echo).await;
    let mut world = World::new(&model, |_| {}).await;

    for (operation, expected) in MATRIX {
        for (at, name) in NAMES.iter().enumerate() {
            let shared = world.shared().await;
            let answer = world.call(operation, &shared).bearer(&world.tokens[at].access).await;

            assert_eq!(answer.status.as_u16(), expected[at], "{operation} by {name}: {answer:?}");
            let should_show = SHOWING.contains(&operation) && *name != "stella";
            let shown = shows(&answer, &shared.secret);
            assert!(shown || !should_show, "{operation} shows {name} too little: {answer:?}");
            assert!(!shown || *name != "stella", "{operation} shows a stranger too much: {answer:?}");
        }
        let shared = world.shared().await;
        for token in [None, Some(&world.gone.access)] {
            let call = world.call(operation, &shared);
            let answer =
                token.map_or_else(|| world.call(operation, &shared), |token| call.bearer(token)).await;

            assert_eq!(answer.status.as_u16(), 401, "{operation} with {token:?}");
            assert!(!shows(&answer, &shared.secret), "{operation}");
        }
    }
}

#[test]
fn the_matrix_names_every_operation() {
    let api = serde_json::to_value(doorward::openapi::document()).unwrap();
    let is_about = |path: &str| {
        let first = path.strip_prefix("/api/v1/").and_then(|path| path.split('/').next());
        first.is_some_and(|first| ["documents", "collections", "search", "answer"].contains(&first))
    };
    let mut described = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            if operation["tags"][0] == "documents" || is_about(path) {
                described.insert(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }

    assert_eq!(described, MATRIX.iter().map(|(operation, _)| (*operation).to_owned()).collect());
}

#[tokio::test]
async fn each_use_of_a_superusers_rights_is_in_the_audit_log() {
    let app = TestApp::with_documents("").await;
    let root = app.superuser().await;

    app.get("/api/v1/documents").bearer(&root.access).await.expect(200);

    let log = app.get("/api/v1/admin/audit").bearer(&root.access).await.expect(200);
    assert!(shows(&log, "documents_overseen"), "{log:?}");
}
