//! What handlers learn of the caller.

use axum::Router;
use axum::routing::get as on_get;
use doorward_guard::{NeededScopes, Scoped, User, ViaGuard, any};

use crate::app::{ADA, get, guards};

struct Write;

impl NeededScopes for Write {
    const SCOPES: &'static [&'static str] = &["write"];
}

fn app() -> Router {
    let guards =
        guards().rule(any(), "/*", "(basic && key) || bearer").public(any(), "/open").build().unwrap();
    Router::new()
        .route("/user", on_get(|user: User| async move { format!("{user:?}") }))
        .route("/via", on_get(|ViaGuard(name): ViaGuard| async move { name.to_string() }))
        .route("/write", on_get(|user: Scoped<Write>| async move { user.id().to_owned() }))
        .route("/open", on_get(|user: User| async move { user.id().to_owned() }))
        .layer(guards.layer())
}

#[tokio::test]
async fn every_guard_that_vouches_for_the_user_counts() {
    let answer = get(&app(), "/user", &[("authorization", ADA), ("x-api-key", "k-1")]).await;

    assert_eq!(
        answer.body,
        r#"User { provider: "local", id: "ada", scopes: {"read"}, guards: ["basic", "key"] }"#
    );
}

#[tokio::test]
async fn the_guard_that_let_the_request_in_is_known() {
    assert_eq!(get(&app(), "/via", &[("authorization", "Bearer tok-1")]).await.body, "bearer");
}

#[tokio::test]
async fn a_scoped_user_needs_the_scopes() {
    assert_eq!(get(&app(), "/write", &[("authorization", "Bearer tok-1")]).await.status, 403);
}

#[tokio::test]
async fn a_handler_that_needs_a_user_on_an_open_route_is_a_fault_of_the_application() {
    assert_eq!(get(&app(), "/open", &[]).await.status, 500);
}
