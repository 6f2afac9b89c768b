//! Bearer tokens that an issuer has signed, or is asked about.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorward_guard::guards::{Introspection, Jwt, Revocations, TokenFacts};
use doorward_guard::testkit::{Endpoint, Fault};
use doorward_guard::{Guard, GuardRequest, Outcome, Verdict};
use serde_json::{Value, json};

use crate::app::{ISSUER, World, rsa};

type Change = fn(&mut Value);

const NOW: i64 = 1_800_000_000;

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "api", "sub": "ada", "iat": NOW, "exp": NOW + 600, "scope": "read write" })
}

fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims();
    change(&mut claims);
    rsa("k1").sign(&claims).unwrap()
}

fn world() -> World {
    let world = World::new();
    World { provider: world.provider.clone().keys([rsa("k1")]), ..world }
}

fn jwt(world: &World) -> Jwt {
    Jwt::issuer(ISSUER, "api").any_type().fetch(world.provider.clone())
}

async fn check(world: &World, guard: &impl Guard, token: &str) -> Outcome {
    let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let soon = guard.check(&GuardRequest::new(&parts, None, &world.clock));
    soon.wait().await
}

/// The same token, checked by many requests at one time; whether all passed.
async fn all_pass(world: &World, guard: impl Guard + Clone, token: &str) -> bool {
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        requests.spawn(guard.check(&GuardRequest::new(&parts, None, &world.clock)).wait());
    }
    requests.join_all().await.iter().all(Outcome::is_pass)
}

fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Invalid(_))
}

#[tokio::test]
async fn a_signed_token_says_who_is_asking() {
    let world = world();
    let Outcome::Pass(identity) = check(&world, &jwt(&world), &with(|_| {})).await else { panic!("refused") };

    assert_eq!((&*identity.user().provider, &*identity.user().id), (ISSUER, "ada"));
    assert_eq!(identity.scopes().to_string(), "read write");
}

#[tokio::test]
async fn a_token_that_is_not_as_it_must_be_is_refused() {
    let world = world();
    let changes: [(&str, Change); 10] = [
        ("iss", |claims| claims["iss"] = json!("https://evil.example")),
        ("aud", |claims| claims["aud"] = json!("other")),
        ("exp", |claims| claims["exp"] = json!(NOW - 60)),
        ("nbf", |claims| claims["nbf"] = json!(NOW + 61)),
        ("iat", |claims| claims["iat"] = json!(NOW + 61)),
        ("sub", |claims| claims["sub"] = json!("")),
        ("no exp", |claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("no sub", |claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ("exp as text", |claims| claims["exp"] = json!("2099")),
        ("cnf", |claims| claims["cnf"] = json!({ "jkt": "x" })),
    ];
    let guard = jwt(&world);
    for (name, change) in changes {
        assert!(is_refused(&check(&world, &guard, &with(change)).await), "{name}");
    }
    let token = with(|_| {});
    for forged in [&token[..token.len() - 4], "no.token", "a.b.c", &token.replace('.', "..")] {
        assert!(is_refused(&check(&world, &guard, forged).await), "{forged}");
    }
    let none = json!({ "alg": "none" });
    let unsigned = rsa("k1").sign_as(&none, &claims()).unwrap();
    let by_another = rsa("k2").sign_as(&json!({ "alg": "RS256", "kid": "k1" }), &claims()).unwrap();
    let hmac = rsa("k1").sign_as(&json!({ "alg": "HS256", "kid": "k1" }), &claims()).unwrap();
    for forged in [unsigned, by_another, hmac] {
        assert!(is_refused(&check(&world, &guard, &forged).await), "{forged}");
    }
}

#[tokio::test]
async fn an_id_token_is_no_access_token_where_types_are_asked_for() {
    let world = world();
    let guard = Jwt::issuer(ISSUER, "api").fetch(world.provider.clone());
    let typed =
        rsa("k1").sign_as(&json!({ "alg": "RS256", "kid": "k1", "typ": "at+jwt" }), &claims()).unwrap();

    assert!(check(&world, &guard, &typed).await.is_pass());
    assert!(is_refused(&check(&world, &guard, &with(|_| {})).await));
    let logout = rsa("k1").sign_as(&json!({ "alg": "RS256", "kid": "k1", "typ": "logout+jwt" }), &claims());
    assert!(is_refused(&check(&world, &jwt(&world), &logout.unwrap()).await));
}

#[tokio::test]
async fn a_token_that_was_seen_is_over_when_it_is_over() {
    let world = world();
    let guard = jwt(&world);
    let token = with(|claims| claims["exp"] = json!(NOW + 100));
    assert!(check(&world, &guard, &token).await.is_pass());
    world.clock.pass(Duration::from_secs(159));
    assert!(check(&world, &guard, &token).await.is_pass(), "clocks may differ by a minute");
    world.clock.pass(Duration::from_secs(1));
    assert!(is_refused(&check(&world, &guard, &token).await));
}

struct Switch(Arc<AtomicBool>);

impl Revocations for Switch {
    fn is_revoked(&self, token: &TokenFacts) -> bool {
        token.subject == "ada" && self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_revocation_acts_on_the_next_request_although_the_token_was_seen() {
    let world = world();
    let is_on = Arc::new(AtomicBool::new(false));
    let guard = jwt(&world).revocations(Switch(is_on.clone()));
    let token = with(|_| {});
    assert!(check(&world, &guard, &token).await.is_pass());

    is_on.store(true, Ordering::SeqCst);
    assert!(is_refused(&check(&world, &guard, &token).await));
    assert!(is_refused(&check(&world, &guard, &with(|claims| claims["jti"] = json!("new"))).await));
}

#[tokio::test]
async fn unknown_keys_cannot_flood_the_issuer_and_a_rotated_key_is_found() {
    let world = world();
    let guard = jwt(&world);
    let unknown = rsa("k1").sign_as(&json!({ "alg": "RS256", "kid": "zzz" }), &claims()).unwrap();
    for _ in 0..20 {
        assert!(is_refused(&check(&world, &guard, &unknown).await));
    }
    assert_eq!(world.provider.count(Endpoint::Keys), 2, "the first fetch, and one more");

    world.provider.rotate(rsa("k2"));
    world.clock.pass(Duration::from_secs(60));
    assert!(check(&world, &guard, &rsa("k2").sign(&claims()).unwrap()).await.is_pass());
    assert_eq!(world.provider.count(Endpoint::Keys), 3);
}

#[tokio::test]
async fn keys_are_fetched_once_for_many_and_their_absence_is_nobody_s_fault() {
    let world = world();
    let guard = jwt(&world);
    world.provider.misbehave(Fault::Unreachable(Endpoint::Keys));
    let outcome = check(&world, &guard, &with(|_| {})).await;
    assert!(matches!(outcome, Outcome::Unavailable { .. }), "{outcome:?}");
    world.provider.behave();
    world.clock.pass(Duration::from_secs(10));
    let before = world.provider.count(Endpoint::Keys);
    assert!(all_pass(&world, guard, &with(|_| {})).await);
    assert_eq!(world.provider.count(Endpoint::Keys), before + 1);
}

#[tokio::test]
async fn the_validator_of_a_signed_token_decides() {
    let world = world();
    let scoped = jwt(&world).validate(|_| Verdict::Scopes(["x"].into()));
    let Outcome::Pass(identity) = check(&world, &scoped, &with(|_| {})).await else { panic!("refused") };
    assert_eq!(identity.scopes().to_string(), "x");
    assert!(is_refused(&check(&world, &jwt(&world).validate(|_| false), &with(|_| {})).await));
}

fn introspection(world: &World) -> Introspection {
    Introspection::new(format!("{ISSUER}/introspect"), "api", "s:e&c").fetch(world.provider.clone())
}

fn says(answer: &Value) -> Fault {
    Fault::Answer(Endpoint::Introspect, 200, "application/json".into(), answer.to_string())
}

#[tokio::test]
async fn the_issuer_s_word_decides_about_a_token() {
    let good = json!({ "active": true, "iss": ISSUER, "sub": "ada", "aud": ["api"], "scope": "read" });
    let changed = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    for (answer, passes) in [
        (good.clone(), true),
        (changed("active", json!(false)), false),
        (changed("active", json!("true")), false),
        (changed("active", json!(1)), false),
        (json!({ "sub": "ada", "aud": "api", "iss": ISSUER }), false),
        (changed("exp", json!(NOW)), false),
        (changed("exp", json!("2099")), false),
        (changed("exp", json!(NOW + 10)), true),
        (changed("nbf", json!(NOW + 10)), false),
        (changed("aud", json!("other")), false),
        (changed("iss", json!("https://evil.example")), false),
        (changed("cnf", json!({ "jkt": "x" })), false),
    ] {
        let world = World::new();
        world.provider.misbehave(says(&answer));
        let outcome = check(&world, &introspection(&world).audience("api").issuer(ISSUER), "t-1").await;
        assert_eq!(outcome.is_pass(), passes, "{answer}: {outcome:?}");
        assert!(passes || is_refused(&outcome), "{answer}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_well_is_no_verdict() {
    for fault in [
        Fault::Unreachable(Endpoint::Introspect),
        Fault::Answer(Endpoint::Introspect, 401, "application/json".into(), r#"{"active":true}"#.into()),
        Fault::Answer(Endpoint::Introspect, 200, "text/html".into(), r#"{"active":true}"#.into()),
        Fault::Answer(Endpoint::Introspect, 200, "application/json".into(), "[]".into()),
    ] {
        let world = World::new();
        world.provider.misbehave(fault.clone());
        let outcome = check(&world, &introspection(&world), "t-1").await;
        assert!(matches!(outcome, Outcome::Unavailable { .. }), "{fault:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_is_believed_for_as_long_as_was_said_and_never_past_the_token_s_end() {
    let world = World::new();
    let guard = introspection(&world).cached_for(Duration::from_secs(10));
    world.provider.misbehave(says(&json!({ "active": true, "sub": "ada", "exp": NOW + 13 })));
    for _ in 0..5 {
        assert!(check(&world, &guard, "t-1").await.is_pass());
    }
    assert_eq!(world.provider.count(Endpoint::Introspect), 1);
    world.clock.pass(Duration::from_secs(10));
    assert!(check(&world, &guard, "t-1").await.is_pass());
    assert_eq!(world.provider.count(Endpoint::Introspect), 2);
    world.clock.pass(Duration::from_secs(3));
    assert!(is_refused(&check(&world, &guard, "t-1").await), "the token is over before the answer is");
}

#[tokio::test]
async fn many_requests_with_one_token_ask_once_and_the_secret_is_encoded() {
    let world = World::new();
    let guard = introspection(&world);
    world.provider.misbehave(says(&json!({ "active": true, "sub": "ada" })));
    assert!(all_pass(&world, guard, "t-1").await);
    let asked = world.provider.asked(Endpoint::Introspect);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].field("token"), Some("t-1"));
    // `api:s%3Ae%26c`
    assert_eq!(asked[0].headers["authorization"], "Basic YXBpOnMlM0FlJTI2Yw==");
}

#[tokio::test]
async fn those_who_wait_for_slow_keys_wait_for_one_call_and_hold_up_nobody() {
    let world = world();
    let guard = jwt(&world);
    world.provider.misbehave(Fault::Slow(Endpoint::Keys));

    let waiting = tokio::spawn({
        let (world, guard) = (world.clone(), guard.clone());
        async move { all_pass(&world, guard, &with(|_| {})).await }
    });
    while world.provider.count(Endpoint::Discovery) == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(is_refused(&check(&world, &guard, "not a token").await), "a refusal needs no keys");
    assert!(!waiting.is_finished(), "the keys are not there yet");
    world.provider.behave();

    assert!(waiting.await.unwrap());
    assert_eq!(world.provider.count(Endpoint::Keys), 1);
}
