//! What a token has to say, and what becomes of it.

use std::time::Duration;

use doorward_guard::guards::TokenFacts;
use doorward_guard::{Guard, Outcome, ScopeSet, UserInfo, UserPatch, Verdict};
use serde_json::{Value, json};

use crate::issuer::{ISSUER, Issuer, START, TurnedClock, ask, changed, is_let_in, is_unknown, refusal};

async fn user(guard: &impl Guard, clock: &TurnedClock, token: &str) -> UserInfo {
    match ask(guard, clock, token).await {
        Outcome::Pass(identity) => (**identity.user()).clone(),
        other => panic!("refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_claim_that_is_not_as_agreed_is_refused() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();

    for (changes, what) in [
        (json!({ "iss": "https://idp.example/" }), "the token has another issuer"),
        (json!({ "iss": "https://IDP.example" }), "the token has another issuer"),
        (json!({ "aud": "Reports" }), "the token is for another audience"),
        (json!({ "aud": [] }), "the token is for another audience"),
        (json!({ "exp": START - 60 }), "the token has expired"),
        (json!({ "nbf": START + 61 }), "the token is not valid yet"),
        (json!({ "iat": START + 61 }), "the token was issued in the future"),
        (json!({ "sub": null }), "the token names nobody"),
        (json!({ "sub": "" }), "the token names nobody"),
        (json!({ "cnf": { "jkt": "x" } }), "the token is bound to a key, which a bearer does not prove"),
    ] {
        assert_eq!(refusal(&guard, &clock, &issuer.token(&changes)).await, what, "{changes}");
    }
    for changes in [
        json!({ "iss": null }),
        json!({ "aud": null }),
        json!({ "exp": null }),
        json!({ "iat": null }),
        json!({ "exp": "1000600" }),
        json!({ "nbf": "1" }),
        json!({ "sub": 7 }),
        json!({ "aud": { "reports": true } }),
    ] {
        let said = refusal(&guard, &clock, &issuer.token(&changes)).await;
        assert_eq!(said, "the token's claims are not of the required form", "{changes}");
    }
}

#[tokio::test]
async fn an_audience_may_be_one_of_several() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());

    assert!(is_let_in(&issuer.guard(), &clock, &issuer.token(&json!({ "aud": ["other", "reports"] }))).await);
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let strict = issuer.guard().leeway(Duration::ZERO);
    let late = issuer.token(&json!({ "exp": START - 59 }));

    assert!(is_let_in(&issuer.guard(), &clock, &late).await);
    assert_eq!(refusal(&strict, &clock, &late).await, "the token has expired");
    let endless = issuer.guard().leeway(Duration::MAX);
    let over = issuer.token(&json!({ "exp": START - 300 }));
    assert_eq!(refusal(&endless, &clock, &over).await, "the token has expired", "five minutes at most");
}

#[tokio::test]
async fn only_an_access_token_opens_an_api() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let (guard, lenient) = (issuer.guard(), issuer.guard().any_type());
    let of_type = |typ: &str| issuer.key().sign(typ, &changed(&json!({}))).unwrap();

    assert!(is_let_in(&guard, &clock, &of_type("at+jwt")).await);
    assert!(is_let_in(&guard, &clock, &of_type("application/at+jwt")).await);
    for typ in ["JWT", "", "logout+jwt", "dpop+jwt"] {
        assert_eq!(refusal(&guard, &clock, &of_type(typ)).await, "the token is of another type", "{typ}");
    }
    assert!(is_let_in(&lenient, &clock, &of_type("JWT")).await);
    assert_eq!(refusal(&lenient, &clock, &of_type("logout+jwt")).await, "the token is of another type");
}

#[tokio::test]
async fn scopes_are_read_as_issuers_write_them() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();

    for (changes, scopes) in [
        (json!({}), &["read", "write"][..]),
        (json!({ "scope": null, "scp": "a b" }), &["a", "b"]),
        (json!({ "scope": null, "scp": ["a", "b"] }), &["a", "b"]),
        (json!({ "scope": ["a"] }), &["a"]),
        (json!({ "scope": 7 }), &[]),
        (json!({ "scope": null }), &[]),
    ] {
        let granted = user(&guard, &clock, &issuer.token(&changes)).await.scopes;
        assert_eq!(granted, scopes.iter().collect::<ScopeSet>(), "{changes}");
    }
}

#[tokio::test]
async fn the_record_tells_what_the_token_tells() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let token = issuer.token(&json!({ "given_name": "Ada", "email": "ada@example.com", "tenant": "acme" }));
    let guard = issuer.guard().user_info(|user| {
        let tenant = user.raw.get("tenant").cloned().unwrap_or_default();
        UserPatch { extra: [("tenant".to_owned(), tenant)].into_iter().collect(), ..UserPatch::default() }
    });

    let user = user(&guard, &clock, &token).await;

    assert_eq!((&*user.provider, &*user.id), (ISSUER, "ada"));
    assert_eq!(
        serde_json::to_value(&user).unwrap(),
        json!({
            "provider": ISSUER, "id": "ada", "name": { "given": "Ada" }, "emails": ["ada@example.com"],
            "scopes": ["read", "write"], "tenant": "acme",
        })
    );
    assert_eq!(user.raw.get("sid"), Some(&Value::from("s-1")));
    assert!(!format!("{user:?}").contains(&token));
}

#[tokio::test]
async fn the_registered_claims_are_there_for_handlers() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guards = doorward_guard::Guards::builder()
        .guard("jwt", issuer.guard())
        .rule(doorward_guard::any(), "/*", "jwt")
        .clock(clock.clone())
        .build()
        .unwrap();
    let handler = |user: doorward_guard::User| async move {
        let facts = user.data::<TokenFacts>().unwrap();
        format!("{:?} {:?} {:?} {}", facts.id, facts.session, facts.client, facts.expires_at - START)
    };
    let app = axum::Router::new().route("/", axum::routing::get(handler)).layer(guards.layer());

    let answer = crate::answers::get(&app, Some(&issuer.token(&json!({})))).await;

    assert_eq!(answer.body, r#"Some("t-1") Some("s-1") Some("app") 600"#);
}

#[tokio::test]
async fn a_validator_has_the_last_word() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let token = issuer.token(&json!({}));

    let no = issuer.guard().validate(|user| user.id == "eve");
    assert_eq!(refusal(&no, &clock, &token).await, "the validator said no");
    let less = issuer.guard().validate(|_| ["read"]);
    assert_eq!(user(&less, &clock, &token).await.scopes, ScopeSet::from(["read"]));
    let unknown = issuer.guard().validate(|_| Verdict::Unknown);
    assert!(is_unknown(&unknown, &clock, &token).await);
}
