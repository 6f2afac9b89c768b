//! Tokens about which the issuer is asked.

use std::time::Duration;

use doorward_guard::guards::{ClientAuth, Introspection};
use doorward_guard::{Guard, Outcome, ScopeSet};
use serde_json::json;

use crate::issuer::{AUDIENCE, ISSUER, Issuer, START, TurnedClock, ask, is_let_in, is_unknown, refusal};

fn guard(issuer: &std::sync::Arc<Issuer>) -> Introspection {
    Introspection::new("https://idp.example/introspect", "reports", "s3cret").fetch(issuer.clone())
}

fn active(issuer: &Issuer) {
    *issuer.introspected.lock() = json!({ "active": true, "sub": "ada", "iss": ISSUER, "aud": [AUDIENCE],
        "scope": "read write", "client_id": "app", "username": "ada.l", "exp": START + 600, "sid": "s-1" });
}

fn changed(issuer: &Issuer, name: &str, value: serde_json::Value) {
    active(issuer);
    issuer.introspected.lock()[name] = value;
}

#[tokio::test]
async fn a_token_is_good_if_the_issuer_says_so() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    active(&issuer);

    let Outcome::Pass(identity) = ask(&guard(&issuer), &clock, "tok-1").await else { panic!("refused") };

    let user = identity.user();
    assert_eq!((&*user.provider, &*user.id, user.name.user.as_deref()), (ISSUER, "ada", Some("ada.l")));
    assert_eq!(user.scopes, ScopeSet::from(["read", "write"]));
    assert!(!format!("{user:?}").contains("tok-1"));
}

#[tokio::test]
async fn whatever_is_not_a_clear_yes_is_a_no() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer).audience(AUDIENCE).issuer(ISSUER).cached_for(Duration::ZERO);
    active(&issuer);
    assert!(is_let_in(&guard, &clock, "tok-1").await);

    for (name, value, what) in [
        ("active", json!(false), "the issuer says that the token is not active"),
        ("active", json!("true"), "the issuer says that the token is not active"),
        ("active", json!(1), "the issuer says that the token is not active"),
        ("exp", json!(START), "the token is over"),
        ("exp", json!("2000000"), "the token is over"),
        ("nbf", json!(START + 1), "the token is not valid yet"),
        ("aud", json!("other"), "the token is for another audience"),
        ("aud", json!(null), "the token is for another audience"),
        ("iss", json!("https://evil.example"), "the token is of another issuer"),
        ("cnf", json!({ "jkt": "x" }), "the token is bound to a key, which a bearer does not prove"),
        ("token_type", json!("DPoP"), "the token is no bearer token"),
        ("token_type", json!("refresh_token"), "the token is no bearer token"),
        ("token_use", json!("refresh_token"), "the token is no bearer token"),
    ] {
        changed(&issuer, name, value.clone());
        assert_eq!(refusal(&guard, &clock, "tok-1").await, what, "{name} {value}");
    }
}

#[tokio::test]
async fn a_client_does_not_pass_for_a_user_of_the_same_name() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    *issuer.introspected.lock() = json!({ "active": true, "client_id": "ada" });

    let Outcome::Pass(identity) = ask(&guard(&issuer), &clock, "tok-1").await else { panic!("refused") };

    assert_eq!(identity.user().id, "client:ada");
}

#[tokio::test]
async fn an_answer_is_believed_for_the_stated_time() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer).cached_for(Duration::from_secs(30));
    active(&issuer);
    assert!(is_let_in(&guard, &clock, "tok-1").await);
    *issuer.introspected.lock() = json!({ "active": false });

    clock.turn(29);
    assert!(is_let_in(&guard, &clock, "tok-1").await);
    assert_eq!(issuer.asked("/introspect"), 1);
    clock.turn(1);

    assert!(!is_let_in(&guard, &clock, "tok-1").await);
    assert_eq!(issuer.asked("/introspect"), 2);
}

#[tokio::test]
async fn an_answer_is_never_believed_past_the_end_of_the_token() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer).cached_for(Duration::from_secs(3_600));
    changed(&issuer, "exp", json!(START + 20));
    assert!(is_let_in(&guard, &clock, "tok-1").await);

    clock.turn(20);

    assert_eq!(refusal(&guard, &clock, "tok-1").await, "the token is over");
}

#[tokio::test]
async fn a_no_is_believed_for_five_seconds() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer).cached_for(Duration::from_secs(3_600));
    for _ in 0..5 {
        assert!(!is_let_in(&guard, &clock, "tok-1").await);
    }
    assert_eq!(issuer.asked("/introspect"), 1);

    active(&issuer);
    clock.turn(5);

    assert!(is_let_in(&guard, &clock, "tok-1").await);
}

#[tokio::test]
async fn without_a_cache_every_request_asks_and_a_revocation_acts_at_once() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer).cached_for(Duration::ZERO);
    active(&issuer);
    assert!(is_let_in(&guard, &clock, "tok-1").await && is_let_in(&guard, &clock, "tok-1").await);
    assert_eq!(issuer.asked("/introspect"), 2);

    *issuer.introspected.lock() = json!({ "active": false });

    assert!(!is_let_in(&guard, &clock, "tok-1").await);
}

#[tokio::test]
async fn a_herd_asks_once_about_one_token() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer);
    active(&issuer);
    let herd = |tokens: usize| {
        (0..100).map(move |number| format!("tok-{}", number % tokens)).map(|token| {
            let (guard, clock) = (guard.clone(), clock.clone());
            tokio::spawn(async move { is_let_in(&guard, &clock, &token).await })
        })
    };

    for asking in herd(4).collect::<Vec<_>>() {
        assert!(asking.await.unwrap());
    }

    assert_eq!(issuer.asked("/introspect"), 4);
}

#[tokio::test]
async fn who_cannot_ask_lets_nobody_in() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer);
    active(&issuer);
    issuer.go_down();

    assert!(is_unknown(&guard, &clock, "tok-1").await);

    issuer.come_back();
    assert!(is_let_in(&guard, &clock, "tok-1").await, "a failure is no answer");
}

#[tokio::test]
async fn too_many_questions_at_once_are_not_asked() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer);
    active(&issuer);
    let herd: Vec<_> = (0..1_000)
        .map(|number| {
            let (guard, clock) = (guard.clone(), clock.clone());
            tokio::spawn(async move { is_unknown(&guard, &clock, &format!("tok-{number}")).await })
        })
        .collect();

    let mut unknown = 0;
    for asking in herd {
        unknown += usize::from(asking.await.unwrap());
    }

    assert_eq!((issuer.asked("/introspect"), unknown), (256, 744));
}

#[tokio::test]
async fn the_client_proves_itself_as_the_issuer_wants_it() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    active(&issuer);

    ask(&guard(&issuer), &clock, "a+b/c=").await;
    let sent = issuer.last_request();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.headers()["authorization"], "Basic cmVwb3J0czpzM2NyZXQ=");
    assert_eq!(sent.body(), "token=a%2Bb%2Fc%3D&token_type_hint=access_token");

    ask(&guard(&issuer).auth(ClientAuth::Post), &clock, "tok-1").await;
    let sent = issuer.last_request();
    assert!(!sent.headers().contains_key("authorization"));
    let fields = "token=tok-1&token_type_hint=access_token&client_id=reports&client_secret=s3cret";
    assert_eq!(sent.body(), fields);
}

#[tokio::test]
async fn what_is_no_token_is_not_sent_to_the_issuer() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = guard(&issuer);

    for bad in ["", "a b", "a&b", &"x".repeat(9_000)] {
        assert_eq!(refusal(&guard, &clock, bad).await, "not the characters of a token", "{bad}");
    }

    assert_eq!(issuer.asked("/introspect"), 0);
}

#[test]
fn the_secret_is_sent_over_tls_alone() {
    let fault = |endpoint: &str| Introspection::new(endpoint, "reports", "s3cret").fault();

    assert!(fault("https://idp.example/introspect").is_none());
    assert!(fault("http://idp.example/introspect").is_some());
    assert!(!format!("{:?}", guard(&Issuer::new())).contains("s3cret"));
}
