//! Tokens that nobody has given out.

use doorward_guard::Guard;
use doorward_jose::{Algorithm, SigningKey};
use serde_json::json;

use crate::issuer::{AUDIENCE, ISSUER, Issuer, TurnedClock, by_hand, changed, is_let_in, refusal};

/// A header of the issuer's key, with `more` members.
fn header(key: &SigningKey, more: &str) -> String {
    format!(r#"{{"alg":"{}","kid":"{}","typ":"at+jwt"{more}}}"#, key.algorithm(), key.kid())
}

#[tokio::test]
async fn a_good_token_is_let_in_so_that_the_others_are_refused_for_what_is_wrong_with_them() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let key = issuer.key();
    let good =
        by_hand(&header(&key, ""), &changed(&json!({})).to_string(), |text| key.sign_bytes(text).unwrap());

    assert!(is_let_in(&issuer.guard(), &clock, &good).await);
}

#[tokio::test]
async fn a_token_without_signature_is_refused() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let (guard, key, claims) = (issuer.guard(), issuer.key(), changed(&json!({})).to_string());

    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{}","typ":"at+jwt"}}"#, key.kid());
        let token = by_hand(&header, &claims, |_| Vec::new());
        assert_eq!(
            refusal(&guard, &clock, &token).await,
            "the token's algorithm is not that of its key",
            "{alg}"
        );
    }
    let empty = by_hand(&header(&key, ""), &claims, |_| Vec::new());
    assert_eq!(refusal(&guard, &clock, &empty).await, "the token's signature is not valid");
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let (issuer, clock) = (Issuer::with(Algorithm::Es256), TurnedClock::new());
    let public = serde_json::to_vec(&issuer.key().public_jwk().unwrap()).unwrap();
    let forger = SigningKey::from_secret(&public).unwrap();
    let header = format!(r#"{{"alg":"HS256","kid":"{}","typ":"at+jwt"}}"#, issuer.key().kid());
    let token = by_hand(&header, &changed(&json!({})).to_string(), |text| forger.sign_bytes(text).unwrap());

    assert_eq!(
        refusal(&issuer.guard(), &clock, &token).await,
        "the token's algorithm is not that of its key"
    );
}

#[tokio::test]
async fn a_key_of_the_forgers_own_is_not_believed() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let forger = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let claims = changed(&json!({})).to_string();
    let sign = |header: &str| by_hand(header, &claims, |text| forger.sign_bytes(text).unwrap());

    let own_name = sign(&header(&forger, ""));
    assert_eq!(refusal(&guard, &clock, &own_name).await, "the token was signed with an unknown key");
    let borrowed_name = sign(&header(&issuer.key(), ""));
    assert_eq!(refusal(&guard, &clock, &borrowed_name).await, "the token's signature is not valid");
    let jwk = serde_json::to_string(&forger.public_jwk().unwrap()).unwrap();
    for brought in [
        format!(r#","jwk":{jwk}"#),
        r#","jku":"https://evil.example/keys""#.to_owned(),
        r#","x5u":"https://evil.example/cert""#.to_owned(),
        r#","x5c":["MIIB"]"#.to_owned(),
    ] {
        let token = sign(&header(&issuer.key(), &brought));
        let said = refusal(&guard, &clock, &token).await;
        assert_eq!(said, "the token's header asks for what is not supported", "{brought}");
    }
    assert_eq!(issuer.asked("") - issuer.asked("/keys"), 0, "only the issuer's own address is asked");
}

#[tokio::test]
async fn what_a_header_demands_and_nobody_understands_is_refused() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let (guard, key, claims) = (issuer.guard(), issuer.key(), changed(&json!({})).to_string());

    for more in [r#","crit":["exp"],"exp":1"#, r#","crit":[]"#, r#","b64":false"#, r#","zip":"DEF""#] {
        let token = by_hand(&header(&key, more), &claims, |text| key.sign_bytes(text).unwrap());
        let said = refusal(&guard, &clock, &token).await;
        assert_eq!(said, "the token's header asks for what is not supported", "{more}");
    }
}

#[tokio::test]
async fn what_comes_twice_is_refused() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let (guard, key) = (issuer.guard(), issuer.key());
    let sign = |header: &str, claims: &str| by_hand(header, claims, |text| key.sign_bytes(text).unwrap());
    let claims = changed(&json!({})).to_string();
    let twice = claims.replacen('{', r#"{"sub":"root","#, 1);

    assert_eq!(refusal(&guard, &clock, &sign(&header(&key, ""), &twice)).await, "the token is malformed");
    let header_twice = header(&key, r#","alg":"EdDSA""#);
    assert_eq!(refusal(&guard, &clock, &sign(&header_twice, &claims)).await, "the token is malformed");
}

#[tokio::test]
async fn a_token_of_another_shape_is_refused() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let guard = issuer.guard();
    let good = issuer.token(&json!({}));

    for bad in
        ["a", "a.b", "a.b.c.d", "..", &format!("{good}="), &format!("{good}.x"), &good[..good.len() - 1]]
    {
        assert!(!is_let_in(&guard, &clock, bad).await, "{bad}");
    }
    let long = issuer.token(&json!({ "pad": "x".repeat(8 * 1024) }));
    assert_eq!(refusal(&guard, &clock, &long).await, "not the characters of a token");
}

#[tokio::test]
async fn every_algorithm_of_a_set_works_with_its_own_key() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let (issuer, clock) = (Issuer::new(), TurnedClock::new());
        issuer.add_key(algorithm);

        assert!(is_let_in(&issuer.guard(), &clock, &issuer.token(&json!({}))).await, "{algorithm}");
    }
}

#[test]
fn a_guard_that_could_not_work_is_found_when_guards_are_built() {
    use doorward_guard::guards::{JwkSet, Jwt};

    let issuer = Issuer::new();
    assert!(issuer.guard().fault().is_none());
    for (bad, what) in [
        (Jwt::keys(&JwkSet::default(), ISSUER, AUDIENCE), "none of the keys can be used"),
        (Jwt::keys(&issuer.set(), ISSUER, ""), "the issuer or the audience is empty"),
        (Jwt::keys(&issuer.set(), "", AUDIENCE), "the issuer or the audience is empty"),
        (
            Jwt::keys(&issuer.set(), ISSUER, AUDIENCE).realm("a\nb"),
            "the realm is empty or has control characters",
        ),
        (Jwt::issuer("http://idp.example", AUDIENCE), "the issuer \"http://idp.example\" is not https"),
        (Jwt::keys_at("idp.example", ISSUER, AUDIENCE), "the keys' address \"idp.example\" is not https"),
    ] {
        assert_eq!(bad.fault().map(|fault| fault.to_string()).as_deref(), Some(what));
    }
}
