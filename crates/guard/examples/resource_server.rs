//! A service that checks access tokens by itself and still obeys a logout at once: it hears from the auth server what has ended.
//!
//! ```text
//! cargo run -p doorward-guard --features axum,revocation --example resource_server -- http://127.0.0.1:7272 dwk_…
//! curl -i -H "Authorization: Bearer $TOKEN" localhost:3000/orders
//! ```
//!
//! The key is one of an account that holds the scope `admin:revocations` and nothing else.

use axum::routing::get;
use axum::{Json, Router};
use doorward_guard::guards::Jwt;
use doorward_guard::{BuildError, Guards, RevocationNews, User, UserInfo, WhenStale, any, get as on_get};

/// Orders are for those whose token counts; articles may be read by whoever had one that counted, also when the news break off.
///
/// # Errors
/// When the addresses are not private enough.
pub(crate) fn app(auth: &str, key: &str) -> Result<(Router, RevocationNews), BuildError> {
    let people = Jwt::keys_at(format!("{auth}/.well-known/jwks.json"), auth, "doorward").realm("shop");
    let (news, hearing) = people.revocation_news(format!("{auth}/api/v1/revocations")).api_key(key).start();
    tokio::spawn(hearing);
    let guards = Guards::builder()
        .guard("people", people.clone().revocations(news.when_stale(WhenStale::FailClosed)))
        .guard("readers", people.revocations(news.when_stale(WhenStale::FailOpen)))
        .rule(any(), "/*", "people")
        .rule(on_get(), "/articles", "readers")
        .default_deny()
        .build()?;
    let app = Router::new()
        .route("/orders", get(|user: User| async move { Json::<UserInfo>(user.info().clone()) }))
        .route("/articles", get(|| async { "all articles" }))
        .layer(guards.layer());
    Ok((app, news))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(auth), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("say where the auth server is, and the key to show it".into());
    };
    let (app, news) = app(&auth, &key)?;
    news.ready().await;
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
