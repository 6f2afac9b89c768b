//! Providers that people log in with besides, each served by the test itself.

use axum::extract::Request;
use axum::routing::{get, post};
use axum::{Json, Router};
use doorward::config::{ProviderConfig, ProviderKind};
use doorward_core::Secret;
use doorward_core::port::Clock as _;
use doorward_core::port::fake::FakeClock;
use doorward_guard::Clock;
use doorward_guard::testkit::{Provider, ProviderUser, TestClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded::parse;

/// The secret between a provider and the server.
const SECRET: &str = "a secret between the two";
/// What the stand-in for GitHub gives.
const CODE: &str = "a-code-of-github";
const TOKEN: &str = "a-token-of-github";

/// The provider `name` of this kind, as the configuration has it.
pub(crate) fn configured(name: &str, kind: ProviderKind) -> ProviderConfig {
    ProviderConfig {
        name: name.into(),
        label: format!("The {name}"),
        kind,
        redirect_uri: None,
        client_id: "doorward".into(),
        client_secret: Secret::new(SECRET.into()),
    }
}

/// An OpenID provider whose user is ada, and its issuer. It has the time of the servers of tests.
pub(crate) async fn open_id() -> (Provider, String) {
    let now = FakeClock::default().now().as_seconds();
    open_id_at(TestClock::at(now)).await
}

/// As [`open_id`], with the time of `clock`.
pub(crate) async fn open_id_at(clock: impl Clock) -> (Provider, String) {
    let (listener, issuer) = listener().await;
    let provider = Provider::new(&issuer).clock(clock).user(ada());
    let served = Router::new().fallback_service(provider.clone());
    tokio::spawn(async move { axum::serve(listener, served).await });
    (provider, issuer)
}

pub(crate) fn ada() -> ProviderUser {
    ProviderUser::new("subject-of-ada")
        .claim("email", "ada@example.com")
        .claim("email_verified", true)
        .claim("name", "Ada Lovelace")
}

/// A GitHub Enterprise Server with one user whose addresses are `addresses`; what it is called.
pub(crate) async fn github(addresses: Value) -> String {
    let (listener, address) = listener().await;
    let user = json!({ "id": 815, "login": "ada", "name": "Ada Lovelace", "email": null });
    let served = Router::new()
        .route("/login/oauth/access_token", post(token))
        .route("/api/v3/user", get(|request: Request| async move { told(&request, &user) }))
        .route("/api/v3/user/emails", get(|request: Request| async move { told(&request, &addresses) }));
    tokio::spawn(async move { axum::serve(listener, served).await });
    address
}

/// What GitHub's page sends a browser back with.
pub(crate) fn github_answer(location: &str) -> String {
    let (_, query) = location.split_once('?').unwrap();
    let field = |name: &str| parse(query.as_bytes()).find(|(known, _)| known == name).unwrap().1.into_owned();
    assert_eq!([field("client_id"), field("scope")], ["doorward", "read:user,user:email"]);
    format!("code={CODE}&state={}", field("state"))
}

async fn token(body: String) -> Json<Value> {
    let field = |name: &str| {
        parse(body.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    let proofs = ["code", "client_secret"].map(|name| field(name).unwrap_or_default());
    if proofs != [CODE, SECRET] || field("code_verifier").is_none() {
        return Json(json!({ "error": "bad_verification_code" }));
    }
    Json(json!({ "access_token": TOKEN, "token_type": "bearer", "scope": "read:user,user:email" }))
}

fn told(request: &Request, what: &Value) -> Json<Value> {
    let is_holder =
        request.headers().get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    Json(if is_holder { what.clone() } else { json!({ "message": "Bad credentials" }) })
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}
