//! Applications that act by themselves, in nobody's name.

use doorward_core::revocation::End;
use doorward_core::{ClientId, Timestamp, Ttl};
use doorward_testkit::{Answer, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

use super::{Application, CALLBACK, FORM, World, added, claims, form, refusal};

const CLIENTS: &str = "/api/v1/admin/clients";

async fn server() -> TestApp {
    TestApp::with(|plan| {
        plan.rules.scopes.insert("orders:read".to_owned(), "Read orders.".to_owned());
        plan.rules.scopes.insert("orders:write".to_owned(), "Change orders.".to_owned());
    })
    .await
}

/// A server, who runs it, and a program that may read and change orders, and ask what tokens are worth.
async fn worker() -> (TestApp, SignedIn, Application) {
    let app = server().await;
    let root = app.superuser().await;
    let own = "orders:read orders:write admin:introspection";
    let wish = json!({ "name": "Worker", "redirect_uris": [], "own_scope": own });
    let worker = added(&app, &root, wish).await;
    (app, root, worker)
}

async fn asks(app: &TestApp, who: &Application, scope: &str) -> Answer {
    let secret = who.secret.clone().unwrap_or_default();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &who.id),
        ("client_secret", &secret),
        ("scope", scope),
    ];
    app.post("/oauth2/token").body(FORM, form(&fields)).await
}

async fn token(app: &TestApp, who: &Application) -> String {
    asks(app, who, "").await.expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

/// What the token is worth, as the service with the token `of` is told.
async fn worth(app: &TestApp, of: &str, token: &str) -> Answer {
    app.post("/oauth2/introspect").bearer(of).body(FORM, form(&[("token", token)])).await
}

async fn renewed(app: &TestApp, root: &SignedIn, who: &Application) -> Application {
    let path = format!("{CLIENTS}/{}/secret", who.id);
    let answer = app.post(&path).bearer(&root.access).await.expect(200).json();
    assert_eq!(answer["client_id"], json!(who.id));
    Application { id: who.id.clone(), secret: answer["client_secret"].as_str().map(str::to_owned) }
}

#[tokio::test]
async fn a_program_is_given_a_token_for_itself_and_nothing_to_renew_it_with() {
    let (app, _, worker) = worker().await;

    let given = asks(&app, &worker, "orders:read").await.expect(200);

    assert_eq!(given.header("cache-control"), "no-store");
    let given = given.json();
    assert_eq!((&given["scope"], &given["expires_in"]), (&json!("orders:read"), &json!(600)));
    assert!(given.get("refresh_token").is_none() && given.get("id_token").is_none(), "{given}");
    let said = claims(&given["access_token"]);
    assert_eq!((&said["sub"], &said["client_id"]), (&json!(worker.id), &json!(worker.id)));
    assert_eq!((&said["scope"], said.get("sid")), (&json!("orders:read"), None));
    let whole = asks(&app, &worker, "").await.expect(200).json();
    assert_eq!(whole["scope"], "admin:introspection orders:read orders:write");
}

#[tokio::test]
async fn services_are_told_what_it_is_worth_and_it_may_ask_itself() {
    let (app, _, worker) = worker().await;
    let (all, narrow) = (token(&app, &worker).await, asks(&app, &worker, "orders:read").await.json());
    let narrow = narrow["access_token"].as_str().unwrap();

    let told = worth(&app, &all, narrow).await.expect(200).json();

    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("orders:read")));
    assert_eq!((&told["sub"], &told["client_id"]), (&json!(worker.id), &json!(worker.id)));
    assert_eq!((&told["username"], told.get("sid")), (&json!("Worker"), None));
    assert_eq!(worth(&app, narrow, &all).await.status, 403, "without the scope it may not ask");
    app.clock.advance(Ttl::from_seconds(600));
    assert_eq!(worth(&app, &all, &all).await.status, 401);
}

#[tokio::test]
async fn it_opens_nothing_that_belongs_to_people_or_to_those_who_run_the_server() {
    let (app, _, worker) = worker().await;
    let token = token(&app, &worker).await;

    for path in [
        "/api/v1/me",
        "/api/v1/session",
        "/api/v1/sessions",
        "/api/v1/api-keys",
        "/oauth2/userinfo",
        "/api/v1/admin/users",
        "/api/v1/admin/clients",
        "/api/v1/admin/audit",
        "/api/v1/admin/settings",
        "/api/v1/admin/status",
    ] {
        let refused = app.get(path).bearer(&token).await;
        assert_eq!((refused.status.as_u16(), &*refused.code()), (403, "forbidden"), "{path}");
    }
    for path in ["/api/v1/logout", "/api/v1/logout/everywhere"] {
        assert_eq!(app.post(path).bearer(&token).await.status, 403, "{path}");
    }
    assert_eq!(app.core.authenticate(&token).await.unwrap_err().code(), doorward_core::Code::Forbidden);
}

#[tokio::test]
async fn who_may_not_have_one_is_told_so_in_the_words_of_oauth() {
    let (app, root, worker) = worker().await;
    let shop = added(&app, &root, json!({})).await;
    let page = added(&app, &root, json!({ "is_public": true })).await;
    let stranger = Application { secret: shop.secret.clone(), ..worker.clone() };

    assert_eq!(refusal(&asks(&app, &shop, "").await), (400, "unauthorized_client".into()));
    assert_eq!(refusal(&asks(&app, &page, "").await), (400, "unauthorized_client".into()));
    assert_eq!(refusal(&asks(&app, &stranger, "").await), (401, "invalid_client".into()));
    for scope in ["openid", "orders:read admin:revocations", "admin:users", "\"", "orders"] {
        assert_eq!(refusal(&asks(&app, &worker, scope).await), (400, "invalid_scope".into()), "{scope}");
    }
}

#[tokio::test]
async fn nobody_lets_a_program_have_what_is_of_people_or_what_they_do_not_hold() {
    let app = server().await;
    let root = app.superuser().await;
    let add = |who: &SignedIn, wish: Value| {
        let mut body = json!({ "name": "Worker" });
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        app.post(CLIENTS).bearer(&who.access).json(&body)
    };

    for scope in
        ["openid", "email", "documents:read", "admin:users", "admin:clients", "nothing", "orders:read é"]
    {
        let refused = add(&root, json!({ "own_scope": scope })).await;
        assert_problem!(refused, 400, "invalid_scope");
    }
    let public = json!({ "own_scope": "orders:read", "is_public": true });
    assert_problem!(add(&root, public).await, 400, "invalid_field");
    assert_problem!(add(&root, json!({})).await, 400, "invalid_field");

    let ada = app.user("ada").registered().await;
    let role = json!({ "name": "apps", "description": "", "scope": "admin:clients orders:read" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let path = format!("/api/v1/admin/users/{}/roles/apps", ada["id"].as_str().unwrap());
    app.put(&path).bearer(&root.access).await.expect(200);
    let ada = app.user("ada").logged_in().await;
    add(&ada, json!({ "own_scope": "orders:read" })).await.expect(201);
    assert_problem!(add(&ada, json!({ "own_scope": "orders:write" })).await, 400, "invalid_scope");
    let rich = added(&app, &root, json!({ "own_scope": "orders:write" })).await;
    let steal = app.post(&format!("{CLIENTS}/{}/secret", rich.id)).bearer(&ada.access).await;
    assert_problem!(steal, 403, "forbidden");
}

#[tokio::test]
async fn a_new_secret_ends_the_old_one_and_its_tokens_at_once_on_every_node() {
    let (app, root, worker) = worker().await;
    let other = app.another_node().await;
    let since = app.clock.advance_and_tell();
    let old = token(&app, &worker).await;
    other.authenticate_any(&old).await.unwrap();
    worth(&app, &old, &old).await.expect(200);
    app.clock.advance(Ttl::from_seconds(1));

    let new = renewed(&app, &root, &worker).await;

    assert_eq!(worth(&app, &old, &old).await.status, 401);
    assert_eq!(refusal(&asks(&app, &worker, "").await), (401, "invalid_client".into()));
    let fresh = token(&app, &new).await;
    assert_eq!(worth(&app, &fresh, &old).await.expect(200).json(), json!({ "active": false }));
    other.follow(since).await.unwrap();
    assert!(other.authenticate_any(&old).await.is_err() && other.authenticate_any(&fresh).await.is_ok());
    let id: ClientId = worker.id.parse().unwrap();
    for core in [&*app.core, &other] {
        let (_, ends) = core.ended_after(0);
        let before = |end: &End| matches!(end, End::TokensOfClient(of, before) if *of == id && before.as_millis() == app.now());
        assert!(ends.iter().any(before), "services hear of it: {ends:?}");
    }
}

#[tokio::test]
async fn a_program_that_is_removed_is_over_at_once_on_every_node() {
    let (app, root, worker) = worker().await;
    let other = app.another_node().await;
    let since = app.clock.advance_and_tell();
    let own = token(&app, &worker).await;
    other.authenticate_any(&own).await.unwrap();
    worth(&app, &own, &own).await.expect(200);

    app.delete(&format!("{CLIENTS}/{}", worker.id)).bearer(&root.access).await.expect(204);

    assert_eq!(worth(&app, &own, &own).await.status, 401);
    other.follow(since).await.unwrap();
    assert!(other.authenticate_any(&own).await.is_err());
    assert!(app.another_node().await.authenticate_any(&own).await.is_err(), "nor for a node that starts now");
}

#[tokio::test]
async fn what_people_have_given_stays_with_a_new_secret() {
    let mut world = World::new().await;
    let tokens = world.tokens(&[]).await;

    world.shop = renewed(&world.app, &world.root, &world.shop).await;

    world.userinfo(&tokens).await.expect(200);
    world.renew(&world.shop, tokens["refresh_token"].as_str().unwrap()).await.expect(200);
    let public = json!({ "is_public": true, "redirect_uris": [CALLBACK] });
    let page = added(&world.app, &world.root, public).await;
    for (id, status, code) in
        [(&*page.id, 400, "invalid_field"), ("01a20d51-5cef-7c6f-a843-08b4210088d3", 404, "not_found")]
    {
        let answer = world.app.post(&format!("{CLIENTS}/{id}/secret")).bearer(&world.root.access).await;
        assert_problem!(answer, status, code);
    }
}

/// Turns the clock a little, so that what comes is younger than what was.
trait Turned {
    fn advance_and_tell(&self) -> Timestamp;
}

impl Turned for doorward_core::port::fake::FakeClock {
    fn advance_and_tell(&self) -> Timestamp {
        use doorward_core::port::Clock;
        self.advance(Ttl::from_seconds(1));
        self.now()
    }
}
