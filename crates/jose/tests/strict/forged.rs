//! Every forgery we know of, and the reason for which each is refused.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use doorward_jose::{Algorithm, Expect, KeySet, Refusal, SigningKey};
use serde_json::{Value, json};

const NOW: i64 = 1_000_000;

/// One good key of each algorithm that has a public part, and how to write tokens with it by hand.
struct World {
    key: SigningKey,
    keys: KeySet,
}

impl World {
    fn of(algorithm: Algorithm) -> Self {
        let key = SigningKey::generate(algorithm).unwrap();
        let keys = KeySet::new([key.verifying_key().unwrap()]).unwrap();
        Self { key, keys }
    }

    fn new() -> Self {
        Self::of(Algorithm::EdDsa)
    }

    fn expect() -> Expect {
        Expect::new("at+jwt", "https://auth.example", "api")
    }

    fn verdict(&self, token: &str) -> Result<Value, Refusal> {
        self.keys.verify(token, &Self::expect(), NOW).map(|verified| verified.claims)
    }

    fn good(&self) -> String {
        self.key.sign("at+jwt", &claims()).unwrap()
    }

    /// A token whose header and payload are these texts, truly signed. `sign` signs whatever it is given, so the parts are
    /// written by hand and the signature is taken from the key itself.
    fn signed(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", text(header), text(payload));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.signature(&message)))
    }

    /// The key's own signature over `message`, on the library below.
    fn signature(&self, message: &str) -> Vec<u8> {
        use aws_lc_rs::signature::Ed25519KeyPair;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.key.to_bytes()).unwrap();
        pair.sign(message.as_bytes()).as_ref().to_vec()
    }

    fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid() })
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.signed(&header.to_string(), &claims().to_string())
    }

    fn with_claims(&self, payload: &str) -> Result<Value, Refusal> {
        self.verdict(&self.signed(&self.header().to_string(), payload))
    }
}

fn claims() -> Value {
    json!({ "iss": "https://auth.example", "aud": "api", "sub": "ada", "iat": NOW - 10, "exp": NOW + 600 })
}

fn text(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

#[test]
fn tokens_written_by_hand_are_accepted_when_nothing_is_wrong_with_them() {
    let world = World::new();

    assert_eq!(world.with_claims(&claims().to_string()), Ok(claims()));
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let world = World::of(algorithm);
        assert_eq!(world.verdict(&world.good()), Ok(claims()), "{algorithm}");
    }
}

#[test]
fn the_header_never_chooses_the_algorithm() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let world = World::of(algorithm);
        let payload = text(&claims().to_string());
        for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "hs256", "RS512", "ES384", "EdDSA ", "PS256"]
        {
            let header = text(&json!({ "alg": alg, "typ": "at+jwt", "kid": world.key.kid() }).to_string());
            for signature in ["", "AAAA"] {
                let refused = world.verdict(&format!("{header}.{payload}.{signature}")).unwrap_err();
                assert_eq!(refused, Refusal::WrongAlgorithm, "{alg:?} on a key for {algorithm}");
            }
        }
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let world = World::of(Algorithm::Rs256);
    let public = serde_json::to_string(&world.key.public_jwk().unwrap()).unwrap();
    let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": world.key.kid() });
    let message = format!("{}.{}", text(&header.to_string()), text(&claims().to_string()));

    for secret in [public.as_bytes(), world.key.kid().as_bytes()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag));
        assert_eq!(world.verdict(&token), Err(Refusal::WrongAlgorithm));
    }
}

#[test]
fn a_kid_finds_a_key_or_nothing() {
    let world = World::new();
    for kid in
        ["../../etc/passwd", "' OR 1=1 --", "http://evil.example/jwks", "", "\u{0}", &"k".repeat(3_000)]
    {
        assert_eq!(world.verdict(&world.with_header("kid", json!(kid))), Err(Refusal::UnknownKey), "{kid:?}");
    }
    for kid in [json!(null), json!(7), json!([world.key.kid()]), json!({})] {
        assert_eq!(world.verdict(&world.with_header("kid", kid)), Err(Refusal::Malformed));
    }
    let without = world.signed(r#"{"alg":"EdDSA","typ":"at+jwt"}"#, &claims().to_string());
    assert_eq!(world.verdict(&without), Err(Refusal::UnknownKey));
    let lenient = World::expect().without_kid();
    assert!(world.keys.verify::<Value>(&without, &lenient, NOW).is_ok());
}

#[test]
fn keys_that_a_token_brings_along_are_not_used() {
    let (world, thief) = (World::new(), World::new());
    let jwk = serde_json::to_value(thief.key.public_jwk().unwrap()).unwrap();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        assert_eq!(world.verdict(&world.with_header(name, value)), Err(Refusal::UnsupportedHeader), "{name}");
    }
}

#[test]
fn a_signature_of_another_key_or_message_is_refused() {
    let (world, thief) = (World::new(), World::new());
    let stolen = format!("{}.{}", text(&world.header().to_string()), text(&claims().to_string()));
    let forged = format!("{stolen}.{}", URL_SAFE_NO_PAD.encode(thief.signature(&stolen)));
    assert_eq!(world.verdict(&forged), Err(Refusal::BadSignature));

    let good = world.good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let admin = text(
        &json!({ "iss": "https://auth.example", "aud": "api", "sub": "root", "iat": NOW, "exp": NOW + 600 })
            .to_string(),
    );
    assert_eq!(world.verdict(&format!("{header}.{admin}.{signature}")), Err(Refusal::BadSignature));
    for length in [0, 1, 32, 63] {
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let short = URL_SAFE_NO_PAD.encode(&bytes[..length]);
        assert_eq!(
            world.verdict(&format!("{message}.{short}")),
            Err(Refusal::BadSignature),
            "{length} bytes"
        );
    }
}

#[test]
fn ecdsa_signatures_are_sixty_four_bytes_and_never_zero() {
    let world = World::of(Algorithm::Es256);
    let good = world.good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let der = [&[0x30, 0x44, 0x02, 0x20], &raw[..32], &[0x02, 0x20], &raw[32..]].concat();

    for bad in [vec![0; 64], der, [&[0], &*raw].concat(), raw[..63].to_vec()] {
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(bad));
        assert_eq!(world.verdict(&token), Err(Refusal::BadSignature));
    }
}

#[test]
fn only_the_canonical_spelling_of_a_token_is_one() {
    let world = World::new();
    let good = world.good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // 64 bytes leave four spare bits in the last character: another last character decodes to the same bytes elsewhere.
    let spare = &signature[..signature.len() - 1];
    let twins = ["B", "C", "R", "h"]
        .into_iter()
        .map(|last| format!("{message}.{spare}{last}"))
        .filter(|twin| *twin != good);

    for twin in twins {
        let refused = world.verdict(&twin).unwrap_err();
        assert!(matches!(refused, Refusal::Malformed | Refusal::BadSignature), "{refused}");
    }
    for twin in [
        format!("{message}.{}", URL_SAFE.encode(&bytes)),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{message}.{}", signature.replace(['-', '_'], "+")) + "/",
        message.to_owned(),
        "..".to_owned(),
        ".".to_owned(),
        String::new(),
        good.replace('.', ""),
    ] {
        assert_eq!(world.verdict(&twin), Err(Refusal::Malformed), "{twin}");
    }
}

#[test]
fn a_token_of_another_type_is_not_an_access_token() {
    let world = World::new();
    for typ in ["JWT", "jwt", "", "logout+jwt", "at+jwt2", "application/jwt", "dpop+jwt"] {
        assert_eq!(world.verdict(&world.with_header("typ", json!(typ))), Err(Refusal::WrongType), "{typ}");
    }
    let none = json!({ "alg": "EdDSA", "kid": world.key.kid() }).to_string();
    assert_eq!(world.verdict(&world.signed(&none, &claims().to_string())), Err(Refusal::WrongType));
    assert!(world.verdict(&world.with_header("typ", json!("application/AT+JWT"))).is_ok());
}

#[test]
fn a_member_that_comes_twice_is_refused_wherever_it_stands() {
    let world = World::new();
    let kid = world.key.kid();
    for payload in [
        r#"{"iss":"https://auth.example","aud":"api","iat":1,"exp":9999999,"exp":1}"#,
        r#"{"iss":"https://auth.example","aud":"api","iat":1,"exp":9999999,"role":"user","role":"admin"}"#,
        r#"{"iss":"https://auth.example","aud":"api","iat":1,"exp":9999999,"role":"user","rol\u0065":"admin"}"#,
    ] {
        assert_eq!(world.with_claims(payload), Err(Refusal::Malformed), "{payload}");
    }
    for header in [
        format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"x","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}","x":1,"x":2}}"#),
    ] {
        assert_eq!(
            world.verdict(&world.signed(&header, &claims().to_string())),
            Err(Refusal::Malformed),
            "{header}"
        );
    }
}

#[test]
fn claims_have_to_be_there_and_of_their_type() {
    let world = World::new();
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        world.with_claims(&claims.to_string())
    };
    for (name, value) in [
        ("exp", json!("9999999")),
        ("exp", json!(null)),
        ("exp", json!(-1)),
        ("exp", json!([1])),
        ("iat", json!("1")),
        ("iat", json!(true)),
        ("nbf", json!("1")),
        ("nbf", json!(null)),
        ("iss", json!(7)),
        ("aud", json!(7)),
        ("aud", json!([7])),
        ("aud", json!(null)),
        ("sub", json!(7)),
        ("jti", json!({})),
    ] {
        assert_eq!(with(name, value.clone()), Err(Refusal::BadClaims), "{name} {value}");
    }
    for name in ["exp", "iat", "iss", "aud"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(world.with_claims(&claims.to_string()), Err(Refusal::BadClaims), "without {name}");
    }
    assert_eq!(with("exp", json!(NOW)), Err(Refusal::Expired));
    assert_eq!(with("nbf", json!(NOW + 1)), Err(Refusal::NotYetValid));
    assert_eq!(with("iat", json!(NOW + 1)), Err(Refusal::IssuedInFuture));
    assert_eq!(with("iss", json!("https://auth.example/")), Err(Refusal::WrongIssuer));
    assert_eq!(with("aud", json!("API")), Err(Refusal::WrongAudience));
}

#[test]
fn what_is_too_long_too_deep_or_no_object_is_refused() {
    let world = World::new();
    assert_eq!(world.verdict(&"a".repeat(9 * 1024)), Err(Refusal::TooLong));
    assert_eq!(
        world.verdict(&format!("{}.{}.{}", "A".repeat(2_730), "A".repeat(2_730), "A".repeat(2_731))),
        Err(Refusal::TooLong)
    );
    let deep = format!(
        r#"{{"iss":"https://auth.example","aud":"api","iat":1,"exp":9999999,"x":{}{}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    assert_eq!(world.with_claims(&deep), Err(Refusal::Malformed));
    for payload in ["", "null", "[]", "7", "\"x\"", "{", "{}{}", "\u{feff}{}", "{\"a\":1,}"] {
        let refused = world.with_claims(payload).unwrap_err();
        assert!(matches!(refused, Refusal::Malformed | Refusal::BadClaims), "{payload:?}: {refused}");
    }
}

#[test]
fn a_refusal_holds_nothing_of_the_token() {
    let world = World::new();
    let refused = world.verdict("secret.secret.secret").unwrap_err();

    assert!(!refused.to_string().contains("secret") && !format!("{refused:?}").contains("secret"));
}
