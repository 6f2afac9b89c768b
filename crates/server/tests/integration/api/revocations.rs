//! News of what has ended, as a service hears them.

use std::time::Duration;

use axum::body::Body;
use doorward_core::Ttl;
use doorward_testkit::{SignedIn, TestApp, assert_problem};
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/revocations";
/// Longer than any of it takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who listens.
struct Listener {
    body: Body,
    text: String,
}

/// One event.
#[derive(Debug)]
struct Event {
    id: Option<String>,
    name: String,
    /// What is signed; whether it is well is the subject of other tests.
    claims: Value,
}

impl Listener {
    /// What the request of `key`, gone on from `place`, is answered with.
    async fn answer(app: &TestApp, key: &str, place: Option<&str>) -> Response<Body> {
        let mut request = Request::get(PATH).header("x-api-key", key);
        if let Some(place) = place {
            request = request.header("last-event-id", place);
        }
        app.edge().answer(([192, 0, 2, 9], 1).into(), request.body(Body::empty()).unwrap()).await
    }

    async fn new(app: &TestApp, key: &str, place: Option<&str>) -> Self {
        let answer = Self::answer(app, key, place).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { body: answer.into_body(), text: String::new() }
    }

    /// The next event; `None` at the end of the news.
    async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.event()).await.expect("there are news or an end")
    }

    /// The next event of this name.
    async fn next_called(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the news go on");
            if event.name == name {
                return event;
            }
        }
    }

    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (read(event), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let frame = self.body.frame().await?.unwrap();
            self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
        }
    }
}

fn read(text: &str) -> Event {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let signed = field("data: ").expect("an event has data");
    let part = signed.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part).unwrap();
    Event {
        id: field("id: "),
        name: field("event: ").expect("an event has a name"),
        claims: serde_json::from_slice(&claims).unwrap(),
    }
}

/// A service's key: of an account that may do nothing else.
async fn service(app: &TestApp) -> String {
    let root = app.superuser().await;
    let robot = app.user("robot").registered().await;
    let role = json!({ "name": "services", "description": "", "scope": "admin:revocations" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let path = format!("/api/v1/admin/users/{}/roles/services", robot["id"].as_str().unwrap());
    app.put(&path).bearer(&root.access).await.expect(200);
    let robot = app.user("robot").logged_in().await;
    key(app, &robot, json!({ "name": "reports" })).await
}

async fn key(app: &TestApp, owner: &SignedIn, wish: Value) -> String {
    let made = app.post("/api/v1/api-keys").bearer(&owner.access).json(&wish).await.expect(201);
    made.json()["api_key"].as_str().unwrap().to_owned()
}

async fn log_out(app: &TestApp, who: &SignedIn) {
    app.post("/api/v1/logout").bearer(&who.access).await.expect(204);
}

#[tokio::test]
async fn a_service_hears_of_a_logout_as_soon_as_it_is_acknowledged() {
    let app = TestApp::start().await;
    let key = service(&app).await;
    let ada = app.user("ada").signed_in().await;
    let mut news = Listener::new(&app, &key, None).await;
    assert_eq!(news.next().await.unwrap().name, "start");
    assert_eq!(news.next().await.unwrap().name, "heartbeat");

    log_out(&app, &ada).await;

    let ends = news.next_called("ends").await;
    assert_eq!(ends.claims["sessions"], json!([ada.session]));
    let life = news.next_called("heartbeat").await;
    assert_eq!((&life.claims["seq"], &life.id), (&ends.claims["seq"], &ends.id));
    assert_eq!(life.claims["bound"], 3_050);
}

#[tokio::test]
async fn a_service_that_was_away_goes_on_where_it_was() {
    let app = TestApp::start().await;
    let key = service(&app).await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);
    let mut news = Listener::new(&app, &key, None).await;
    log_out(&app, &ada).await;
    let place = news.next_called("ends").await.id;
    drop(news);
    log_out(&app, &eve).await;

    let mut news = Listener::new(&app, &key, place.as_deref()).await;

    let first = news.next().await.unwrap();
    assert_eq!((&*first.name, &first.claims["sessions"]), ("ends", &json!([eve.session])));
}

#[tokio::test]
async fn after_a_restart_a_service_starts_over_and_misses_nothing() {
    let app = TestApp::start().await;
    let key = service(&app).await;
    let ada = app.user("ada").signed_in().await;
    let mut news = Listener::new(&app, &key, None).await;
    let place = news.next().await.unwrap().id;
    log_out(&app, &ada).await;
    drop(news);

    let app = app.restart().await;
    let mut news = Listener::new(&app, &key, place.as_deref()).await;

    let first = news.next().await.unwrap();
    assert_eq!((&*first.name, &first.claims["sessions"]), ("start", &json!([ada.session])));
}

/// What the first piece of news says of scopes.
async fn narrowed(app: &TestApp, key: &str) -> Value {
    Listener::new(app, key, None).await.next().await.unwrap().claims["scopes"].clone()
}

#[tokio::test]
async fn a_scope_that_the_configuration_names_no_longer_is_told_until_no_token_carries_it() {
    let read = || ("files:read".to_owned(), "Read files".to_owned());
    let app = TestApp::with(|plan| plan.rules.scopes.extend([read()])).await;
    let key = service(&app).await;
    let root = app.user("root").logged_in().await;
    let everyone = json!({ "name": "everyone", "description": "", "scope": "files:read" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&everyone).await.expect(201);
    let ada = app.user("ada").signed_in().await;
    let scope = |access: &str| {
        let claims = doorward_testkit::from_base64url(access.split('.').nth(1).unwrap());
        serde_json::from_slice::<Value>(&claims).unwrap()["scope"].clone()
    };
    assert_eq!(scope(&ada.access), "files:read");
    let app = app.restart().await;
    assert_eq!(narrowed(&app, &key).await, Value::Null, "nothing is lost by a restart");

    let app = app.restart_with(|plan| plan.rules.scopes.clear()).await;

    let until = app.now() + 2_000;
    assert_eq!(narrowed(&app, &key).await, json!([["files:read", until]]));
    let next = app.refreshed(&ada.refresh).await;
    assert_ne!(scope(&next.access), "files:read");
    app.clock.advance(Ttl::from_seconds(5));
    let app = app.restart().await;
    let again = narrowed(&app, &key).await;
    let last = json!(["files:read", until + 5_000]);
    assert!(again.as_array().unwrap().contains(&last), "the last to start means those before it: {again}");
    let app = app.restart_with(|plan| plan.rules.scopes.extend([read()])).await;
    assert_eq!(scope(&app.refreshed(&next.refresh).await.access), "files:read");
    app.clock.advance(Ttl::from_minutes(61));
    app.core.tidy().await.unwrap();
    assert_eq!(narrowed(&app.restart().await, &key).await, Value::Null);
}

#[tokio::test]
async fn nobody_listens_without_the_scope() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    assert_problem!(app.get(PATH).await, 401, "authentication_required");
    assert_problem!(app.get(PATH).bearer(&ada.access).await, 403, "forbidden");
}

#[tokio::test]
async fn who_may_listen_no_longer_hears_no_more() {
    let app = TestApp::start().await;
    let key = service(&app).await;
    let mut news = Listener::new(&app, &key, None).await;
    news.next_called("heartbeat").await;
    let robot = app.user("robot").logged_in().await;
    let keys = app.get("/api/v1/api-keys").bearer(&robot.access).await.expect(200).json();
    let path = format!("/api/v1/api-keys/{}", keys[0]["id"].as_str().unwrap());

    app.delete(&path).bearer(&robot.access).await.expect(204);

    while let Some(event) = news.next().await {
        assert_eq!(event.name, "heartbeat", "nothing is told after the end of the key");
    }
}

#[tokio::test]
async fn so_many_listen_and_no_more_and_a_place_that_is_left_is_free() {
    let app = TestApp::with(|plan| plan.rules.revocations.listeners = 2).await;
    let key = service(&app).await;
    let _first = Listener::new(&app, &key, None).await;
    let second = Listener::new(&app, &key, None).await;

    let third = Listener::answer(&app, &key, None).await;
    assert_eq!(third.status(), 503);
    assert_eq!(third.headers()["retry-after"], "5");
    drop((second, third));

    // The place is free when the teller has seen that nobody listens.
    while Listener::answer(&app, &key, None).await.status() == 503 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_does_not_take_what_is_told_loses_the_place() {
    let app = TestApp::with(|plan| plan.rules.revocations.listeners = 1).await;
    let key = service(&app).await;
    let mut idle = Listener::new(&app, &key, None).await;
    tokio::time::pause();

    // A heartbeat each second fills what is under way; ten more, and the place is gone.
    while Listener::answer(&app, &key, None).await.status() == 503 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    let mut heard = 0;
    while idle.next().await.is_some() {
        heard += 1;
    }
    assert_eq!(heard, 8);
}

#[tokio::test]
async fn news_end_when_the_server_stops() {
    let app = TestApp::start().await;
    let key = service(&app).await;
    let mut news = Listener::new(&app, &key, None).await;
    news.next_called("heartbeat").await;

    app.state.is_draining.store(true, std::sync::atomic::Ordering::Release);

    while news.next().await.is_some() {}
    app.clock.advance(Ttl::from_seconds(1));
}
