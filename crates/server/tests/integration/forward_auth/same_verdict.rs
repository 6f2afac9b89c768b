//! One policy, two places that enforce it: the guard crate's layer around a service, and a proxy that asks.

use axum::Router;
use axum::body::Body;
use doorward::config::{Environment, parse};
use doorward_guard::Guards;
use doorward_testkit::TestApp;
use http::Request;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tower::ServiceExt;

use super::{asks_about, status};

const SHA_OF_SESAME: &str = "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";
const HOSTS: usize = 24;
const REQUESTS: usize = 60;

/// Guards that need no server.
const GUARDS: &str = r#"
[guards.key]
type = "key"
header = "x-key"
keys = [{ id = "robot", sha256 = "SHA", scopes = ["read"] }]
[guards.token]
type = "bearer"
realm = "r"
tokens = [{ id = "clerk", sha256 = "SHA", scopes = ["read", "write"] }]
"#;

fn rule() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec!["/*", "/a", "/a/*", "/a/:id", "/a/b", "/b/*", "/b/:x/c", "/"]);
    let methods = prop::sample::select(vec!["", "methods = [\"GET\"]", "methods = [\"POST\", \"PUT\"]"]);
    let asks = prop::sample::select(vec![
        "public = true",
        "flow = \"key\"",
        "flow = \"token\"",
        "flow = \"key || token\"",
        "flow = \"key && token\"",
        "flow = \"key || token\"\nscopes = [\"write\"]",
        "flow = \"token\"\noptional = true",
    ]);
    (path, methods, asks)
        .prop_map(|(path, methods, asks)| format!("[[rules]]\npath = \"{path}\"\n{methods}\n{asks}\n"))
}

/// Method, path and headers.
fn request() -> impl Strategy<Value = (String, String, Vec<(&'static str, &'static str)>)> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "..",
        ".",
        "",
        "%61",
        "%2e%2e",
        "a%2fb",
        "..;x",
        "%252e%252e",
    ]);
    let path = prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("/{}", pieces.join("/")));
    let method = prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);
    let key = prop::sample::select(vec![None, Some(("x-key", "sesame")), Some(("x-key", "wrong"))]);
    let token = prop::sample::select(vec![
        None,
        Some(("authorization", "Bearer sesame")),
        Some(("authorization", "Bearer wrong")),
    ]);
    (method, path, key, token).prop_map(|(method, path, key, token)| {
        (method.to_owned(), path, key.into_iter().chain(token).collect())
    })
}

#[tokio::test]
async fn a_proxy_is_told_what_the_layer_would_say() {
    let mut runner = TestRunner::deterministic();
    let (folder, mut text) =
        (tempfile::tempdir().unwrap(), String::from("[server]\ntrusted_proxies = [\"10.0.0.1\"]\n"));
    let mut layers = Vec::new();
    while layers.len() < HOSTS {
        let rules = prop::collection::vec(rule(), 1..6).new_tree(&mut runner).unwrap().current().concat();
        let rules = format!("{}{rules}", GUARDS.replace("SHA", SHA_OF_SESAME));
        // Rules that hide each other are refused by both.
        let Ok(guards) = Guards::from_toml(&rules) else { continue };
        let file = folder.path().join(format!("{}.toml", layers.len()));
        std::fs::write(&file, rules).unwrap();
        text += &format!("[forward_auth.\"h{}.example\"]\nrules_file = {:?}\n", layers.len(), file);
        layers.push(guards.around(Router::new().fallback(|| async {})));
    }
    let http = parse(&text, &Environment::default()).unwrap().http;
    let app = TestApp::with(|plan| plan.http = http).await;

    let mut seen = std::collections::BTreeMap::<u16, usize>::new();
    for (number, layer) in layers.into_iter().enumerate() {
        for _ in 0..REQUESTS {
            let (method, path, headers) = request().new_tree(&mut runner).unwrap().current();
            let mut sent = Request::builder().method(&*method).uri(&path);
            let mut asked = asks_about(&app, &method, &format!("h{number}.example"), &path).from("10.0.0.1");
            for (name, value) in &headers {
                (sent, asked) = (sent.header(*name, *value), asked.header(name, value));
            }
            let by_layer = layer.clone().oneshot(sent.body(Body::empty()).unwrap()).await.unwrap();
            let by_proxy = asked.await;

            assert_eq!(status(&by_proxy), by_layer.status().as_u16(), "{number} {method} {path} {headers:?}");
            let challenges = |headers: &http::HeaderMap| {
                headers.get_all("www-authenticate").iter().cloned().collect::<Vec<_>>()
            };
            assert_eq!(challenges(&by_proxy.headers), challenges(by_layer.headers()));
            *seen.entry(by_layer.status().as_u16()).or_default() += 1;
        }
    }
    for status in [200, 400, 401, 403] {
        assert!(seen.get(&status).is_some_and(|count| *count > 20), "too few to tell: {seen:?}");
    }
}
