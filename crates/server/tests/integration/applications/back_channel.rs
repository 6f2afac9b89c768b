//! Applications are told that what they were given has ended; here the test is the application.

use doorward::config::LogoutsConfig;
use doorward::outside::logout::Herald;
use doorward_core::Ttl;
use doorward_core::client::Client;
use doorward_testkit::{Asked, PASSWORD, StandIn, TestApp, assert_problem, from_base64url};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{CALLBACK, World, added, claims, form};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn herald(allows_private_addresses: bool) -> Herald {
    let timeout = Ttl::from_seconds(30);
    Herald::new(&LogoutsConfig { timeout, allows_private_addresses }).unwrap()
}

async fn server() -> TestApp {
    TestApp::with(|plan| plan.outside.reaches_private = true).await
}

/// A world whose application is told at `service`.
async fn world(service: &StandIn) -> World {
    World::on(server().await, json!({ "backchannel_logout_uri": service.url("/out"), "is_trusted": true }))
        .await
}

async fn listener() -> StandIn {
    StandIn::start(|_| (200, String::new())).await
}

/// Everything that was told, as claims.
fn told(asked: &[Asked]) -> Vec<Value> {
    let claims_of = |asked: &Asked| {
        let fields: Vec<_> = form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
        assert_eq!((fields.len(), &*fields[0].0), (1, "logout_token"), "{fields:?}");
        claims(&json!(fields[0].1))
    };
    asked.iter().map(claims_of).collect()
}

async fn tell(world: &World) {
    herald(true).round(&world.app.core).await.unwrap();
}

/// A deed that ends what the application was given: as its user, as somebody who runs the server, or as the application.
type Deed = &'static str;

async fn does(world: &World, deed: Deed, tokens: &Value) {
    let (app, ada, root) = (&world.app, &world.ada.access, &world.root.access);
    let id_token = claims(&tokens["id_token"]);
    let (sid, sub) = (id_token["sid"].as_str().unwrap(), id_token["sub"].as_str().unwrap());
    let answer = match deed {
        "ended by its owner" => app.delete(&format!("/api/v1/sessions/{sid}")).bearer(ada).await,
        "ended by an administrator" => {
            app.delete(&format!("/api/v1/admin/users/{sub}/sessions/{sid}")).bearer(root).await
        }
        "ended with all others" => app.post("/api/v1/logout/everywhere").bearer(ada).await,
        "a new password" => {
            let body = json!({ "current_password": PASSWORD, "new_password": "another good passphrase" });
            app.put("/api/v1/me/password").bearer(ada).json(&body).await
        }
        "disabled" => app.post(&format!("/api/v1/admin/users/{sub}/disable")).bearer(root).await,
        "deleted" => app.delete(&format!("/api/v1/admin/users/{sub}")).bearer(root).await,
        "everybody signed out" => app.delete("/api/v1/admin/sessions").bearer(root).await,
        "revoked by the application" => {
            let fields = form(&[("token", tokens["refresh_token"].as_str().unwrap())]);
            app.post("/oauth2/revoke").body(super::FORM, fields).await
        }
        "signed out by the application" => {
            let hint = form(&[("id_token_hint", tokens["id_token"].as_str().unwrap())]);
            app.get(&format!("/oauth2/logout?{hint}")).cookie(&world.ada.cookie).await
        }
        other => panic!("{other}"),
    };
    assert!(answer.status.is_success(), "{deed}: {} {}", answer.status, answer.text());
}

#[tokio::test]
async fn whatever_ends_a_session_its_application_is_told_once() {
    for deed in [
        "ended by its owner",
        "ended by an administrator",
        "ended with all others",
        "a new password",
        "disabled",
        "deleted",
        "everybody signed out",
        "revoked by the application",
        "signed out by the application",
    ] {
        let service = listener().await;
        let world = world(&service).await;
        let tokens = world.tokens(&[]).await;
        tell(&world).await;
        assert!(service.asked().is_empty(), "{deed}");

        does(&world, deed, &tokens).await;
        tell(&world).await;
        world.app.clock.advance(Ttl::from_days(1));
        tell(&world).await;

        let (told, id_token) = (told(&service.asked()), claims(&tokens["id_token"]));
        assert_eq!(told.len(), 1, "{deed}: {told:?}");
        for name in ["iss", "sub", "aud", "sid"] {
            assert_eq!(told[0][name], id_token[name], "{deed}: {name}");
        }
        assert_eq!(told[0]["events"], json!({ EVENT: {} }), "{deed}");
    }
}

#[tokio::test]
async fn a_logout_token_is_young_names_itself_and_passes_for_nothing_else() {
    let service = listener().await;
    let world = world(&service).await;
    let tokens = world.tokens(&[]).await;
    does(&world, "ended by its owner", &tokens).await;
    tell(&world).await;

    let asked = service.asked().remove(0);
    let text = form_urlencoded::parse(asked.body.as_bytes()).next().unwrap().1.into_owned();
    let head: Value = serde_json::from_slice(&from_base64url(text.split('.').next().unwrap())).unwrap();
    let body = claims(&json!(text));
    assert_eq!((&asked.target[..], &head["typ"]), ("/out", &json!("logout+jwt")));
    assert!(body["jti"].is_string() && body.get("nonce").is_none(), "{body}");
    let now = world.app.now() / 1000;
    assert_eq!((body["iat"].as_i64(), body["exp"].as_i64()), (Some(now), Some(now + 120)));
    assert_eq!(world.app.verdict(&text).await, 401);
    let hint = form(&[("id_token_hint", &text)]);
    assert_eq!(world.app.get(&format!("/oauth2/logout?{hint}")).await.status, 400);
}

#[tokio::test]
async fn an_application_that_is_removed_is_told_nothing() {
    let service = listener().await;
    let world = world(&service).await;
    let (first, _second) = (world.tokens(&[]).await, world.tokens(&[]).await);
    does(&world, "ended by its owner", &first).await;

    let path = format!("/api/v1/admin/clients/{}", world.shop.id);
    world.app.delete(&path).bearer(&world.root.access).await.expect(204);
    tell(&world).await;

    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn who_leaves_by_an_application_leaves_all_that_were_given_something_in_that_browser() {
    let (service, elsewhere) = (listener().await, listener().await);
    let mut world = world(&service).await;
    let other =
        json!({ "name": "Desk", "backchannel_logout_uri": elsewhere.url("/out"), "is_trusted": true });
    let desk = added(&world.app, &world.root, other).await;
    let of_shop = world.tokens(&[]).await;
    let shop = std::mem::replace(&mut world.shop, desk);
    let of_desk = world.tokens(&[]).await;
    let phone = world.app.user("ada").logged_in().await;

    world.shop = shop;
    does(&world, "signed out by the application", &of_shop).await;
    tell(&world).await;

    assert_eq!((service.asked().len(), elsewhere.asked().len()), (1, 1));
    assert_eq!(told(&elsewhere.asked())[0]["sid"], claims(&of_desk["id_token"])["sid"]);
    assert_eq!(world.userinfo(&of_desk).await.code(), "token_revoked");
    assert_eq!(world.app.verdict(&phone.access).await, 200);
}

#[tokio::test]
async fn an_application_that_does_not_answer_is_told_later_and_holds_nobody_up() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = is_up.clone();
    let sick = StandIn::start(move |_| match switch.load(std::sync::atomic::Ordering::SeqCst) {
        true => (204, String::new()),
        false => (503, String::new()),
    })
    .await;
    let world = world(&sick).await;
    let tokens = world.tokens(&[]).await;
    does(&world, "ended by its owner", &tokens).await;

    tell(&world).await;
    tell(&world).await;
    assert_eq!(sick.asked().len(), 1, "not at once again");
    world.app.clock.advance(Ttl::from_seconds(5));
    tell(&world).await;
    assert_eq!(sick.asked().len(), 2);
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    world.app.clock.advance(Ttl::from_seconds(5));
    tell(&world).await;
    world.app.clock.advance(Ttl::from_days(1));
    tell(&world).await;

    let told = told(&sick.asked());
    assert_eq!(told.len(), 3);
    assert!(told[0]["jti"] != told[1]["jti"] && told[0]["sid"] == told[2]["sid"]);
}

#[tokio::test]
async fn one_that_cannot_be_told_for_days_is_given_up_which_is_in_the_audit_log() {
    let deaf = StandIn::start(|_| (400, String::new())).await;
    let world = world(&deaf).await;
    let tokens = world.tokens(&[]).await;
    does(&world, "ended by its owner", &tokens).await;

    for _ in 0..3 {
        tell(&world).await;
        world.app.clock.advance(Ttl::from_days(1));
    }

    assert_eq!(deaf.asked().len(), 3);
    assert!(world.app.core.due_logouts(10).await.unwrap().is_empty());
    let root = world.app.user("root").logged_in().await;
    let log = world.app.get("/api/v1/admin/audit").bearer(&root.access).await.expect(200);
    assert!(log.text().contains("\"logout_untold\""), "{}", log.text());
}

#[tokio::test]
async fn of_two_nodes_one_tells() {
    let service = listener().await;
    let world = world(&service).await;
    for _ in 0..4 {
        let tokens = world.tokens(&[]).await;
        does(&world, "ended by its owner", &tokens).await;
    }
    let other = world.app.another_node().await;

    let (here, there) = (herald(true), herald(true));
    let (first, second) = tokio::join!(here.round(&world.app.core), there.round(&other));

    assert!(first.is_ok() && second.is_ok());
    let sids = told(&service.asked())
        .iter()
        .map(|told| told["sid"].to_string())
        .collect::<std::collections::BTreeSet<_>>();
    assert_eq!((service.asked().len(), sids.len()), (4, 4));
}

#[tokio::test]
async fn addresses_that_are_not_public_are_neither_registered_nor_called_unless_the_operator_says_so() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    for uri in [
        "http://shop.example/out",
        "https://shop.example/out#x",
        "https://a@shop.example/",
        "out",
        "app.shop:/out",
    ] {
        let body = json!({ "name": "Shop", "redirect_uris": [CALLBACK], "backchannel_logout_uri": uri });
        let refused = app.post("/api/v1/admin/clients").bearer(&root.access).json(&body).await;
        let problem = assert_problem!(refused, 400, "invalid_field");
        assert_eq!(problem["field"], "backchannel_logout_uri", "{problem}");
    }

    let service = listener().await;
    let world = world(&service).await;
    let tokens = world.tokens(&[]).await;
    does(&world, "ended by its owner", &tokens).await;
    herald(false).round(&world.app.core).await.unwrap();

    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn the_sessions_of_owners_themselves_are_nobodys_business() {
    let service = listener().await;
    let world = world(&service).await;
    let who = world.app.core.authenticate(&world.ada.access).await.unwrap();

    world.app.core.logout(&who, &Client::default()).await.unwrap();
    tell(&world).await;

    assert!(service.asked().is_empty());
}
