//! What each generation of clients sends and is answered, replayed in process: every route of the table once at least.

use std::collections::BTreeMap;

use doorward_testkit::{PASSWORD, StandIn};
use serde_json::json;

use super::{dialect, dialect_with, logged_in, register};
use crate::dialect::transcript::{replay, replay_with, requests};
use crate::documents::world::echo;

const TABLE: &str = include_str!("../../../../src/dialect/r2r/mod.rs");
/// Every transcript of the dialect.
const ALL: &[&str] = &[
    "r2r/v1.http",
    "r2r/v2.http",
    "r2r/v3.http",
    "r2r/superuser.http",
    "r2r/refusals.http",
    "r2r/accounts.http",
    "r2r/documents.http",
    "r2r/documents_v1.http",
    "r2r/documents_v2.http",
    "r2r/documents_v3.http",
    "r2r/collections_v2.http",
    "r2r/collections_v3.http",
    "r2r/groups.http",
];

#[tokio::test]
async fn the_first_generation() {
    replay(&dialect().await, "r2r/v1.http").await;
}

#[tokio::test]
async fn the_second_generation() {
    replay(&dialect().await, "r2r/v2.http").await;
}

#[tokio::test]
async fn the_third_generation() {
    replay(&dialect().await, "r2r/v3.http").await;
}

#[tokio::test]
async fn whoever_runs_the_server() {
    let app = dialect().await;
    let root = app.superuser().await;
    let known = BTreeMap::from([("root".to_owned(), root.access)]);

    replay_with(&app, "r2r/superuser.http", known).await;
}

#[tokio::test]
async fn requests_that_cannot_be_read_and_credentials_that_do_not_count() {
    replay(&dialect().await, "r2r/refusals.http").await;
}

#[tokio::test]
async fn what_the_journeys_leave_out() {
    played("r2r/accounts.http").await;
}

#[tokio::test]
async fn documents_of_the_first_generation() {
    played("r2r/documents_v1.http").await;
}

#[tokio::test]
async fn documents_of_the_second_generation() {
    played("r2r/documents_v2.http").await;
}

#[tokio::test]
async fn documents_of_the_third_generation() {
    played("r2r/documents_v3.http").await;
}

#[tokio::test]
async fn collections_of_the_second_generation() {
    played("r2r/collections_v2.http").await;
}

#[tokio::test]
async fn collections_of_the_third_generation() {
    played("r2r/collections_v3.http").await;
}

#[tokio::test]
async fn groups_of_the_early_second_generation() {
    played("r2r/groups.http").await;
}

/// Replays `file` where ada, eve and whoever runs the server are signed in, documents are kept, and a model answers.
async fn played(file: &str) {
    let model = StandIn::start(echo).await;
    let chat = format!("[documents.chat]\nurl = \"{}\"\nmodel = \"echo\"", model.url("/v1"));
    let app = Box::pin(dialect_with(|plan| plan.keep_documents(&chat))).await;
    let mut known = BTreeMap::new();
    for (name, id, token) in [("ada", "ada", "access"), ("eve", "eve", "eves"), ("gone", "gone", "ended")] {
        known.insert(id.to_owned(), register(&app, name).await["id"].as_str().unwrap().to_owned());
        known.insert(token.to_owned(), logged_in(&app, name).await.access);
    }
    let password = json!({ "password": PASSWORD });
    app.delete("/v1/user").bearer(&known["ended"]).json(&password).await.expect(200);
    known.insert("root".to_owned(), app.superuser().await.access);

    replay_with(&app, file, known).await;
}

/// The routes of the table, as a method and a path.
fn routes() -> Vec<(String, String)> {
    let rows = TABLE.split(".open(").flat_map(|part| part.split(".guarded(")).skip(1);
    let mut routes = Vec::new();
    for row in rows {
        let (method, rest) = row.trim_start().trim_start_matches('&').split_once(',').unwrap();
        let method = method.trim_start_matches("Method::").to_uppercase();
        let (paths, _) = rest.split_once(']').unwrap();
        routes.extend(paths.split('"').skip(1).step_by(2).map(|path| (method.clone(), path.to_owned())));
    }
    routes
}

/// Whether a request to `target` goes to `path`; a named part is less to the point than the same word.
fn closeness(path: &str, target: &str) -> Option<usize> {
    let target = target.split('?').next().unwrap();
    let (path, target): (Vec<_>, Vec<_>) = (path.split('/').collect(), target.split('/').collect());
    let fits = |(part, word): (&&str, &&str)| part == word || part.starts_with('{');
    (path.len() == target.len() && path.iter().zip(&target).all(fits))
        .then(|| path.iter().zip(&target).filter(|(part, word)| part == word).count())
}

#[test]
fn the_transcripts_take_every_route_of_the_table() {
    let routes = routes();
    assert!(routes.len() > 130, "the table is read: {}", routes.len());
    let asked: Vec<(String, String)> = ALL.iter().flat_map(|file| requests(file)).collect();
    let taken: Vec<&(String, String)> = asked
        .iter()
        .filter_map(|(method, target)| {
            let near = routes.iter().filter(|(of, _)| of == method);
            near.filter_map(|route| Some((closeness(&route.1, target)?, route))).max().map(|(_, route)| route)
        })
        .collect();

    let missing: Vec<&(String, String)> = routes.iter().filter(|route| !taken.contains(route)).collect();

    assert!(missing.is_empty(), "no transcript takes {missing:?}");
}
