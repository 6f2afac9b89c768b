//! Keys that are published, change, and cannot be had.

use doorward_guard::guards::Jwt;
use serde_json::json;

use crate::issuer::{AUDIENCE, ISSUER, Issuer, KEYS, TurnedClock, is_let_in, is_unknown, refusal};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_are_no_longer_fresh() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();

    for _ in 0..5 {
        assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);
    }
    assert_eq!(issuer.asked("/keys"), 1);

    // The issuer has said ten minutes.
    clock.turn(600);
    for number in 0..5 {
        let token = issuer.token(&json!({ "exp": 1_002_000, "jti": number.to_string() }));
        assert!(is_let_in(&guard, &clock, &token).await);
    }
    assert_eq!(issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn a_herd_asks_for_the_keys_once() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let herd = |count: usize| {
        (0..count).map(|number| {
            let (guard, clock, token) =
                (guard.clone(), clock.clone(), issuer.token(&json!({ "jti": number.to_string() })));
            tokio::spawn(async move { is_let_in(&guard, &clock, &token).await })
        })
    };

    for asking in herd(100).collect::<Vec<_>>() {
        assert!(asking.await.unwrap());
    }
    assert_eq!(issuer.asked("/keys"), 1);

    // Nobody of a herd with a new key is turned away while that key is being fetched.
    issuer.rotate();
    for asking in herd(100).collect::<Vec<_>>() {
        assert!(asking.await.unwrap());
    }
    assert_eq!(issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn a_new_key_is_believed_at_once_and_the_old_one_no_longer() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let old = issuer.token(&json!({}));
    assert!(is_let_in(&guard, &clock, &old).await && is_let_in(&guard, &clock, &old).await);

    issuer.rotate();
    assert!(is_let_in(&guard, &clock, &old).await, "nobody has told the guard yet");
    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);

    assert_eq!(refusal(&guard, &clock, &old).await, "the token was signed with an unknown key");
}

#[tokio::test]
async fn unknown_keys_cannot_make_the_issuer_be_asked_more_than_once_in_a_minute() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let (guard, stranger) = (issuer.guard(), Issuer::new());
    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);

    for _ in 0..59 {
        stranger.rotate();
        let said = refusal(&guard, &clock, &stranger.token(&json!({}))).await;
        assert_eq!(said, "the token was signed with an unknown key");
        clock.turn(1);
    }
    assert_eq!(issuer.asked("/keys"), 2);

    clock.turn(1);
    refusal(&guard, &clock, &stranger.token(&json!({}))).await;
    assert_eq!(issuer.asked("/keys"), 3);
}

#[tokio::test]
async fn whether_an_unknown_key_is_a_new_one_is_not_known_while_the_issuer_is_down() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);

    issuer.go_down();
    issuer.rotate();
    let new = issuer.token(&json!({}));
    for _ in 0..5 {
        assert!(is_unknown(&guard, &clock, &new).await);
    }
    assert_eq!(issuer.asked("/keys"), 2);

    issuer.come_back();
    clock.turn(10);
    assert!(is_let_in(&guard, &clock, &new).await);
}

#[tokio::test]
async fn the_keys_at_hand_serve_for_a_day_while_the_issuer_is_down() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let token = |name: &str| issuer.token(&json!({ "exp": 2_000_000, "jti": name }));
    assert!(is_let_in(&guard, &clock, &token("a")).await);
    issuer.go_down();

    clock.turn(600);
    assert!(is_let_in(&guard, &clock, &token("b")).await);
    clock.turn(86_399);
    assert!(is_let_in(&guard, &clock, &token("c")).await);

    clock.turn(301);
    assert!(is_unknown(&guard, &clock, &token("a")).await);
    assert!(is_unknown(&guard, &clock, &token("d")).await);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_asked_once_in_ten_seconds() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    issuer.go_down();

    for _ in 0..20 {
        assert!(is_unknown(&guard, &clock, &issuer.token(&json!({}))).await);
        clock.turn(1);
    }

    assert_eq!(issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn the_document_of_an_issuer_says_where_the_keys_are() {
    for place in [OPENID, OAUTH] {
        let (issuer, clock) = (Issuer::new(), TurnedClock::new());
        issuer.publish(place, json!({ "issuer": ISSUER, "jwks_uri": KEYS }));
        let guard = Jwt::issuer(ISSUER, AUDIENCE).fetch(issuer.clone());

        assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await, "{place}");
        assert!(is_let_in(&guard, &clock, &issuer.token(&json!({ "jti": "t-2" }))).await);

        assert_eq!((issuer.asked(place), issuer.asked("/keys")), (1, 1));
    }
}

#[tokio::test]
async fn the_document_of_another_issuer_is_no_document() {
    for document in [
        json!({ "issuer": "https://evil.example", "jwks_uri": KEYS }),
        json!({ "issuer": ISSUER }),
        json!({ "jwks_uri": KEYS }),
        json!([]),
    ] {
        let (issuer, clock) = (Issuer::new(), TurnedClock::new());
        issuer.publish(OPENID, document.clone());
        let guard = Jwt::issuer(ISSUER, AUDIENCE).fetch(issuer.clone());

        assert!(is_unknown(&guard, &clock, &issuer.token(&json!({}))).await, "{document}");
        assert_eq!(issuer.asked("/keys"), 0);
    }
}

#[tokio::test]
async fn keys_that_are_given_are_never_fetched() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = Jwt::keys(&issuer.set(), ISSUER, AUDIENCE).fetch(issuer.clone());

    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);
    issuer.rotate();
    let said = refusal(&guard, &clock, &issuer.token(&json!({}))).await;

    assert_eq!(said, "the token was signed with an unknown key");
    assert_eq!(issuer.asked(""), 0);
}
