//! A small application, and requests to it.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use doorward_guard::guards::{ApiKey, Basic, Bearer, from_fn};
use doorward_guard::{Guards, GuardsBuilder, KeyDigest, User, UserInfo};
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;

/// `ada:lovelace`.
pub(crate) const ADA: &str = "Basic YWRhOmxvdmVsYWNl";

/// Guards called `basic`, `bearer`, `key` and `office`.
pub(crate) fn guards() -> GuardsBuilder {
    let robot = UserInfo::new("local", "robot").with_scopes(["read"]);
    let token = UserInfo::new("local", "reader").with_scopes(["read"]);
    Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]).realm("api"))
        .guard("bearer", Bearer::digests([(KeyDigest::of("tok-1"), token)]).in_form().in_query())
        .guard("key", ApiKey::header("x-api-key").digests([(KeyDigest::of("k-1"), robot)]))
        .guard("office", from_fn(|request| request.header("x-office").found().is_some()))
}

/// An application that answers every path with who is asking.
pub(crate) fn whoami(guards: &Guards) -> Router {
    let who =
        |user: Option<User>| async move { user.map_or("nobody".to_owned(), |user| user.id().to_owned()) };
    Router::new().route("/", any(who)).route("/{*path}", any(who)).layer(guards.layer())
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn challenges(&self) -> Vec<&str> {
        self.headers.get_all("www-authenticate").iter().map(|line| line.to_str().unwrap()).collect()
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response: Response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// `GET path` with these headers.
pub(crate) async fn get(app: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}
