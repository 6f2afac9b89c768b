//! A service that asks the auth server about each token: nothing to set up but an address and a key, and a call for each token.
//!
//! ```text
//! cargo run -p doorward-guard --features axum,introspection --example introspection -- http://127.0.0.1:7272 dwk_…
//! curl -i -H "Authorization: Bearer $TOKEN" localhost:3000/orders
//! ```
//!
//! The key is one of an account that holds the scope `admin:introspection` and nothing else. Works with any server that speaks
//! RFC 7662.

use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use doorward_guard::guards::Introspection;
use doorward_guard::{BuildError, Guards, User, UserInfo, any};

/// Orders are for those whose token counts. A log-out acts on the next request: no answer is believed twice.
///
/// # Errors
/// When the address is not private enough.
pub(crate) fn app(auth: &str, key: &str) -> Result<Router, BuildError> {
    let people = Introspection::new(format!("{auth}/oauth2/introspect"), "shop", key)
        .issuer(auth)
        .audience("doorward")
        .realm("shop")
        .cached_for(Duration::ZERO);
    let guards = Guards::builder().guard("people", people).rule(any(), "/*", "people").build()?;
    Ok(Router::new()
        .route("/orders", get(|user: User| async move { Json::<UserInfo>(user.info().clone()) }))
        .layer(guards.layer()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(auth), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("say where the auth server is, and the key to show it".into());
    };
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app(&auth, &key)?).await?;
    Ok(())
}
