//! A service in one screen: people come with a password, programs with a key, and one route needs both.
//!
//! ```text
//! cargo run -p doorward-guard --features axum --example one_screen
//! curl -i localhost:3000/me
//! curl -i -u ada:lovelace localhost:3000/me
//! curl -i -H 'x-api-key: k_nightly' localhost:3000/reports
//! ```

use axum::routing::{delete, get};
use axum::{Json, Router};
use doorward_guard::guards::{ApiKey, Basic};
use doorward_guard::{Guards, KeyDigest, NeededScopes, Scoped, User, UserInfo, any, get as on_get};

struct WriteReports;

impl NeededScopes for WriteReports {
    const SCOPES: &'static [&'static str] = &["reports:write"];
}

async fn me(user: User) -> Json<UserInfo> {
    Json(user.info().clone())
}

async fn remove(user: Scoped<WriteReports>) -> String {
    format!("removed by {} of guard {}", user.id(), user.guard())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let nightly = UserInfo::new("local", "nightly build").with_scopes(["reports:read"]);
    let guards = Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]).realm("reports"))
        .guard("key", ApiKey::header("x-api-key").digests([(KeyDigest::of("k_nightly"), nightly)]))
        .rule(any(), "/*", "basic || key")
        .rule(any(), "/reports/*", "basic && key")
        .rule(on_get(), "/reports", "key")
        .scopes(["reports:read"])
        .public(on_get(), "/health")
        .default_deny()
        .build()?;
    let app = Router::new()
        .route("/me", get(me))
        .route("/health", get(|| async { "ok" }))
        .route("/reports", get(|| async { "all reports" }))
        .route("/reports/{id}", delete(remove))
        .layer(guards.layer());
    guards.rules().for_each(|rule| println!("{rule}"));
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
