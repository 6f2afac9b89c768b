//! The tests that hold properties: what no single request can show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use doorward_guard::guards::{OAuth2, Registration, mock};
use doorward_guard::testkit::ProviderUser;
use doorward_guard::{Fetch, FetchError, Guards, SealKey, Sessions, Waiting, any};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::browser::{Jar, request};
use crate::kinds::login::{Begun, is_logged_in, navigation};
use crate::signer;
use crate::world::{START, World};

const REDIRECT: &str = "https://app.example/auth/callback";

fn oauth2() -> Value {
    json!({
        "type": "oauth2", "auth_url": "https://idp.example/a", "token_url": "https://idp.example/t",
        "redirect_url": REDIRECT, "client_id": "cid", "client_secret": "csecret",
    })
}

/// Seconds that a `Set-Cookie` line lives.
fn life(line: &str) -> i64 {
    let life = line.split("; ").find_map(|attribute| attribute.strip_prefix("Max-Age="));
    life.and_then(|life| life.parse().ok()).unwrap_or(i64::MAX)
}

#[tokio::test]
async fn attempts_lie_in_the_browser_for_an_hour_at_most() {
    let world = World::default();
    let app = App::everywhere(&json!({ "guards": { "o": oauth2() }, "flow": "o" }), &world).unwrap();
    let long = format!("/p?{}", "q".repeat(60_000));
    let mut first = navigation(&long);
    first["headers"]["x-padding"] = json!("h".repeat(60_000));

    for _ in 0..500 {
        let answer = app.call(request(&first, &Jar::default()).unwrap()).await;
        let lines: Vec<&str> =
            answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();

        assert_eq!(answer.status, 303);
        assert!(lines.iter().all(|line| life(line) <= 3_600 && line.len() <= 4_096), "{lines:?}");
    }
    assert_eq!(world.sessions.len(), 0, "nothing is kept here");
}

/// A token endpoint that takes its time, and counts.
#[derive(Clone, Default)]
struct Slow(Arc<AtomicUsize>);

impl Fetch for Slow {
    fn fetch(&self, _request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            let token = json!({
                "access_token": format!("fresh-{number}"), "token_type": "bearer", "expires_in": 3_600,
                "refresh_token": format!("rotated-{number}"),
            });
            let answer = Response::builder().header("content-type", "application/json");
            answer.body(token.to_string().into()).map_err(|_| FetchError::new("no answer"))
        })
    }
}

#[tokio::test]
async fn requests_that_refresh_a_token_at_once_send_one_refresh() {
    let (world, slow) = (World::default(), Slow::default());
    let guard = OAuth2::new(
        "https://idp.example/a",
        "https://idp.example/t",
        Registration::new("cid", "s", REDIRECT),
    )
    .fetch(slow.clone());
    let guards = Guards::builder()
        .clock(world.clock.clone())
        .guard("o", guard)
        .rule(any(), "/*", "o")
        .sessions(Sessions::stored(world.sessions.clone(), SealKey::random()))
        .build()
        .unwrap();
    let over = json!({
        "access_token": "old", "token_type": "bearer", "refresh_token": "r", "issued_at": START - 10, "expires_in": 10,
    });
    let session = json!({ "o": { "provider": "idp.example", "id": "ada", "token": over } });
    let app = App::with(guards, &world, &session).unwrap();
    let visit = || app.call(request(&json!({ "path": "/p" }), &app.jar).unwrap());

    let (first, second, third) = tokio::join!(visit(), visit(), visit());

    assert_eq!([first.status, second.status, third.status], [200; 3]);
    assert_eq!(slow.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn unknown_keys_do_not_make_keys_be_fetched_again_and_again() {
    let world = World::default();
    let guard = json!({
        "type": "oidc", "service_url": "https://idp.example", "redirect_url": REDIRECT,
        "client_id": "cid", "client_secret": "csecret",
    });
    let case = json!({ "guards": { "o": guard }, "flow": "o" });
    crate::kinds::oidc::script(&case, &world).unwrap();
    let mut begun = Begun::of(&case, &navigation("/p"), &world).await.unwrap();

    for number in 0..20 {
        begun.start = begun.app.send(&navigation("/p")).await.unwrap();
        let claims = json!({ "iss": "https://idp.example", "aud": "cid", "sub": "s", "exp": START + 600, "iat": START });
        let header = json!({ "alg": "RS256", "kid": format!("unknown-{number}") });
        let id_token = signer::token(&header, claims.as_object().unwrap(), "other").unwrap().unwrap();
        let body = json!({ "access_token": "at", "token_type": "bearer", "id_token": id_token });
        world.provider.script.lock().unwrap().token =
            json!({ "content_type": "application/json", "body": body });
        let query = json!({ "code": "c", "state": begun.parameter("state").unwrap() });
        assert!(begun.come_back(&query, &Value::Null).await.unwrap().status >= 400);
    }

    assert_eq!(world.provider.token_requests().len(), 20);
    assert!(world.provider.requests_to("/k").len() <= 2, "{}", world.provider.requests_to("/k").len());
}

#[tokio::test]
async fn a_mock_needs_no_network_and_works_on_this_machine_alone() {
    let world = World::default();
    let build = |redirect_url: &str| {
        let guard = mock(ProviderUser::new("ada"), redirect_url);
        Guards::builder().guard("o", guard).rule(any(), "/*", "o").build()
    };
    let app = App::with(build("http://localhost:3000/auth/mock").unwrap(), &world, &Value::Null).unwrap();
    let mut begun = Begun { start: app.call(request(&navigation("/p"), &app.jar).unwrap()).await, app };
    begun.app.jar.take(&begun.start.headers);

    let location = begun.start.location().unwrap();
    let query: Vec<(String, String)> = location.query_pairs().into_owned().collect();
    begun.app.send(&json!({ "path": location.path(), "query": query })).await.unwrap();
    let fresh = begun.fresh(&Value::Null).await.unwrap();

    assert_eq!(location.host_str(), Some("localhost"), "no page of another machine is shown");
    assert!(is_logged_in(&fresh));
    assert!(build("https://app.example/auth/mock").unwrap_err().to_string().contains("this machine alone"));
}
