//! Rules from a file, and an OpenAPI document that says what they ask for.
//!
//! ```text
//! cargo run -p doorward-guard --features axum,openapi,toml --example rules_from_toml
//! curl -i localhost:3000/notes
//! curl -i -H 'x-office: yes' localhost:3000/notes
//! curl -i -H 'x-api-key: k_editor' -X POST localhost:3000/notes
//! curl -s localhost:3000/openapi.json > openapi.json
//! doorward guard check crates/guard/examples/rules.toml --against openapi.json
//! ```

use axum::routing::get;
use axum::{Json, Router};
use doorward_guard::config::Surroundings;
use doorward_guard::guards::from_fn;
use doorward_guard::{Guards, User};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guards = Guards::builder()
        .guard("office", from_fn(|request| request.header("x-office").found().is_some()))
        .read_toml(include_str!("rules.toml"), &Surroundings)?
        .build()?;

    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Notes", "version": "1" },
        "paths": {
            "/notes": { "get": { "responses": {} }, "post": { "responses": {} } },
            "/openapi.json": { "get": { "responses": {} } },
        },
    });
    for warning in guards.document(&mut document)? {
        println!("warning: {warning}");
    }
    println!("{}", guards.explain(&http::Method::POST, "/notes"));

    let app = Router::new()
        .route(
            "/notes",
            get(|| async { "all notes" }).post(|user: User| async move { format!("by {}", user.id()) }),
        )
        .route("/openapi.json", get(|| async { Json(document) }))
        .layer(guards.layer());
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
