//! A small application, a browser with cookies, and a provider with a movable clock.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use doorward_guard::guards::{OAuth2, Oidc, Registration};
use doorward_guard::testkit::{Provider, ProviderKey, ProviderUser, TestClock};
use doorward_guard::{Guard, Guards, GuardsBuilder, Sessions, User};
use doorward_jose::{Algorithm, SigningKey};
use http::{HeaderMap, Method, StatusCode};
use tower::ServiceExt;

pub(crate) const ISSUER: &str = "https://idp.example";
pub(crate) const CALLBACK: &str = "https://app.example/auth/callback";

/// Making RSA keys takes a while: once for all tests.
static RSA: LazyLock<[std::sync::Arc<SigningKey>; 2]> =
    LazyLock::new(|| [(); 2].map(|()| SigningKey::generate(Algorithm::Rs256).unwrap().into()));

pub(crate) fn rsa(kid: &str) -> ProviderKey {
    ProviderKey::new(kid, RSA[usize::from(kid != "k1")].clone())
}

pub(crate) fn registration() -> Registration {
    Registration::new("cid", "csecret", CALLBACK)
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) provider: Provider,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = TestClock::default();
        let ada = ProviderUser::new("ada").claim("name", "Ada Lovelace").claim("email", "ada@x.example");
        let provider = Provider::new(ISSUER).clock(clock.clone()).user(ada);
        Self { clock, provider }
    }

    pub(crate) fn oauth2(&self) -> OAuth2 {
        OAuth2::new(format!("{ISSUER}/authorize"), format!("{ISSUER}/token"), registration())
            .scopes(["read", "write"])
            .fetch(self.provider.clone())
    }

    pub(crate) fn oidc(&self) -> Oidc {
        Oidc::new(ISSUER, registration()).fetch(self.provider.clone())
    }

    pub(crate) fn builder(&self) -> GuardsBuilder {
        Guards::builder().clock(self.clock.clone())
    }

    /// A browser before an application whose paths all ask for `guard`.
    pub(crate) fn browser(&self, guard: impl Guard) -> Browser {
        self.browser_with(guard, Sessions::in_memory())
    }

    pub(crate) fn browser_with(&self, guard: impl Guard, sessions: Sessions) -> Browser {
        let guards = self.builder().guard("idp", guard).rule(doorward_guard::any(), "/*", "idp");
        Browser::before(&guards.sessions(sessions).logout("/logout").build().unwrap())
    }
}

/// Answers with who is asking, what for, and with which body.
async fn echo(user: Option<User>, request: Request) -> String {
    let who = user.as_ref().map_or("nobody", |user| user.id()).to_owned();
    let scopes = user.map(|user| user.scopes().to_string()).unwrap_or_default();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    format!("{who} [{scopes}] {method} {uri} {}", String::from_utf8_lossy(&body))
}

/// A browser: it keeps cookies, and asks for pages.
#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get("location").expect("a redirect").to_str().unwrap()
    }

    /// A parameter of the address that the browser is sent to.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect()
    }
}

impl Browser {
    pub(crate) fn before(guards: &Guards) -> Self {
        let routes = Router::new().route("/", any(echo)).route("/{*path}", any(echo));
        let app = Router::new().fallback_service(guards.around(routes));
        Self { app, cookies: BTreeMap::new() }
    }

    /// Before routes that have a layer each, as `Router::layer` puts it.
    pub(crate) fn before_each_route(guards: &Guards) -> Self {
        Self { app: Router::new().route("/", any(echo)).layer(guards.layer()), cookies: BTreeMap::new() }
    }

    /// The same application, another browser.
    pub(crate) fn other(&self) -> Self {
        Self { app: self.app.clone(), cookies: BTreeMap::new() }
    }

    pub(crate) async fn send(&mut self, request: http::Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            parts.headers.insert("cookie", pairs.join("; ").parse().unwrap());
        }
        let response = self.app.clone().oneshot(http::Request::from_parts(parts, body)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        for line in answer.set_cookies() {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Asks for a page.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        self.open_from(path, None).await
    }

    pub(crate) async fn open_from(&mut self, path: &str, referer: Option<&str>) -> Answer {
        let mut request = http::Request::get(path).header("sec-fetch-mode", "navigate");
        if let Some(referer) = referer {
            request = request.header("referer", referer);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What a script gets.
    pub(crate) async fn call(&mut self, path: &str) -> Answer {
        self.send(http::Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request = http::Request::builder().method(Method::POST).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Follows the redirect to the provider; the path and query that the provider sends back to.
    pub(crate) fn approve(&self, provider: &Provider, start: &Answer) -> String {
        let back = provider.visit(start.location()).expect("the provider approves");
        back.strip_prefix("https://app.example").unwrap().to_owned()
    }

    /// Logs in on the way to `path`; the answer to the callback.
    pub(crate) async fn log_in(&mut self, world: &World, path: &str) -> Answer {
        let start = self.open(path).await;
        assert_eq!(start.status, 303, "{}", start.body);
        let back = self.approve(&world.provider, &start);
        self.open(&back).await
    }

    pub(crate) async fn is_logged_in(&mut self) -> bool {
        self.call("/check").await.status == 200
    }
}
