//! Tokens that were seen before.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward_guard::guards::{Revocations, TokenFacts};
use parking_lot::RwLock;
use serde_json::json;

use crate::issuer::{Issuer, START, TurnedClock, is_let_in, refusal};

#[derive(Default)]
struct Ended(RwLock<HashSet<String>>);

impl Revocations for Ended {
    fn is_revoked(&self, token: &TokenFacts) -> bool {
        token.session.as_ref().is_some_and(|session| self.0.read().contains(session))
    }
}

/// Nobody of a time before.
struct Before(i64);

impl Revocations for Before {
    fn is_revoked(&self, token: &TokenFacts) -> bool {
        token.issued_at < self.0 && token.subject == "ada"
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_the_next_request() {
    let (issuer, clock, ended) = (Issuer::new(), TurnedClock::new(), Arc::new(Ended::default()));
    let guard = issuer.guard().revocations(ended.clone());
    let (token, other) = (issuer.token(&json!({})), issuer.token(&json!({ "sid": "s-2" })));
    for _ in 0..3 {
        assert!(is_let_in(&guard, &clock, &token).await && is_let_in(&guard, &clock, &other).await);
    }

    ended.0.write().insert("s-1".to_owned());

    assert_eq!(refusal(&guard, &clock, &token).await, "the token was revoked");
    assert!(is_let_in(&guard, &clock, &other).await);
    let unseen = issuer.token(&json!({ "jti": "t-9" }));
    assert_eq!(refusal(&guard, &clock, &unseen).await, "the token was revoked");
}

#[tokio::test]
async fn tokens_may_be_revoked_by_the_time_they_were_given() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard().revocations(Before(START));

    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);
    let older = issuer.token(&json!({ "iat": START - 1 }));
    assert_eq!(refusal(&guard, &clock, &older).await, "the token was revoked");
}

#[tokio::test]
async fn a_token_that_was_seen_ends_when_it_says() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let token = issuer.token(&json!({ "exp": START + 100 }));
    assert!(is_let_in(&guard, &clock, &token).await && is_let_in(&guard, &clock, &token).await);

    // A minute of leeway.
    clock.turn(159);
    assert!(is_let_in(&guard, &clock, &token).await);
    clock.turn(1);
    assert_eq!(refusal(&guard, &clock, &token).await, "the token has expired");
}

#[tokio::test]
async fn a_token_is_judged_anew_after_five_minutes() {
    let (issuer, clock, judged) = (Issuer::new(), TurnedClock::new(), Arc::new(AtomicUsize::new(0)));
    let count = judged.clone();
    let guard = issuer.guard().validate(move |_| count.fetch_add(1, Ordering::Relaxed) < 3);
    let token = issuer.token(&json!({ "exp": START + 3_600 }));
    for _ in 0..10 {
        assert!(is_let_in(&guard, &clock, &token).await);
    }
    assert_eq!(judged.load(Ordering::Relaxed), 2, "with the keys that were fetched, and with those at hand");

    clock.turn(300);
    assert!(is_let_in(&guard, &clock, &token).await);
    clock.turn(300);
    assert_eq!(refusal(&guard, &clock, &token).await, "the validator said no");
}

#[tokio::test]
async fn a_token_with_one_letter_changed_is_another_token() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let token = issuer.token(&json!({}));
    assert!(is_let_in(&guard, &clock, &token).await && is_let_in(&guard, &clock, &token).await);

    for at in [0, token.len() / 2, token.len() - 2] {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert!(!is_let_in(&guard, &clock, &forged).await, "letter {at}");
    }
}

#[tokio::test]
async fn a_guard_with_other_settings_does_not_remember_what_the_first_has_seen() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard().any_type();
    let plain = issuer.key().sign("JWT", &crate::issuer::changed(&json!({}))).unwrap();
    assert!(is_let_in(&guard, &clock, &plain).await && is_let_in(&guard, &clock, &plain).await);

    let picky = guard.clone().validate(|_| false);

    assert_eq!(refusal(&picky, &clock, &plain).await, "the validator said no");
}
