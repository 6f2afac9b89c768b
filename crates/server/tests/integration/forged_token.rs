//! Tokens that somebody made themselves: each is refused as what it is, and none disturbs the server.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use doorward_jose::{Algorithm, SigningKey};
use doorward_testkit::{TestApp, assert_problem};
use serde_json::{Value, json};

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A good token in its three parts, and the server it is good at.
struct Genuine {
    app: TestApp,
    header: Value,
    claims: Value,
    parts: [String; 3],
}

impl Genuine {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ada = app.user("ada").signed_in().await;
        assert_eq!(app.verdict(&ada.access).await, 200);
        let parts: Vec<String> = ada.access.split('.').map(str::to_owned).collect();
        let parts: [String; 3] = parts.try_into().unwrap();
        Self { app, header: decode(&parts[0]), claims: decode(&parts[1]), parts }
    }

    /// The token under another header, with the genuine signature.
    fn under(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header.clone();
        change(&mut header);
        format!("{}.{}.{}", encode(&header), self.parts[1], self.parts[2])
    }

    /// The token under another header, signed with HMAC and a key that anybody can have.
    fn sealed_with(&self, key: &[u8], change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!("HS256");
        change(&mut header);
        let signed = format!("{}.{}", encode(&header), self.parts[1]);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    async fn is_refused(&self, token: &str) {
        let answer = self.app.get("/api/v1/session").bearer(token).await;

        assert_problem!(answer, 401, "token_invalid");
    }
}

#[tokio::test]
async fn a_token_without_signature_is_refused_however_it_says_so() {
    let genuine = Genuine::new().await;
    let payload = &genuine.parts[1];

    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = encode(&json!({ "alg": algorithm, "typ": "at+jwt" }));
        genuine.is_refused(&format!("{header}.{payload}.")).await;
        genuine.is_refused(&format!("{header}.{payload}.{}", genuine.parts[2])).await;
    }
    genuine.is_refused(&format!("{}.{payload}.", genuine.parts[0])).await;
    genuine.is_refused(&format!("{}.{payload}", genuine.parts[0])).await;
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let genuine = Genuine::new().await;
    let set = genuine.app.get("/.well-known/jwks.json").await;
    let x = set.json()["keys"][0]["x"].as_str().unwrap().to_owned();
    let raw = URL_SAFE_NO_PAD.decode(&x).unwrap();

    for key in [&raw[..], x.as_bytes(), set.body.as_ref(), b"", b"secret"] {
        genuine.is_refused(&genuine.sealed_with(key, |_| {})).await;
        genuine.is_refused(&genuine.sealed_with(key, |header| header["kid"] = json!("/dev/null"))).await;
    }
}

#[tokio::test]
async fn a_token_does_not_bring_its_own_key() {
    let genuine = Genuine::new().await;
    let own = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = own.sign("at+jwt", &genuine.claims).unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    let public = serde_json::to_value(own.public_jwk()).unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut header = genuine.header.clone();
        change(&mut header);
        format!("{}.{rest}", encode(&header))
    };

    genuine.is_refused(&token).await;
    genuine.is_refused(&with(&|_| {})).await;
    genuine.is_refused(&with(&|header| header["jwk"] = public.clone())).await;
    genuine.is_refused(&with(&|header| header["jku"] = json!("http://127.0.0.1:1/keys"))).await;
    genuine.is_refused(&with(&|header| header["x5u"] = json!("http://127.0.0.1:1/chain"))).await;
    genuine.is_refused(&with(&|header| header["kid"] = json!("../../../dev/null"))).await;
    genuine.is_refused(&with(&|header| header["kid"] = json!("' OR 1=1 --"))).await;
}

#[tokio::test]
async fn a_header_that_is_not_the_one_that_was_signed_is_refused() {
    let genuine = Genuine::new().await;

    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("rt+jwt")),
        ("typ", Value::Null),
        ("alg", json!("ES256")),
        ("alg", json!("RS256")),
        ("alg", json!(["EdDSA"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("kid", json!(7)),
    ] {
        genuine.is_refused(&genuine.under(|header| header[name] = value)).await;
    }
}

#[tokio::test]
async fn one_token_has_one_spelling() {
    let genuine = Genuine::new().await;
    let [header, payload, signature] = &genuine.parts;
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();

    for twin in [
        format!("{header}.{payload}.{}", URL_SAFE.encode(&bytes)),
        format!("{header}.{payload}.{}", STANDARD.encode(&bytes)),
        format!("{header}.{payload}.{signature}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}."),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{}", spare_bits(signature)),
    ] {
        genuine.is_refused(&twin).await;
    }
}

/// The same signature with other bits in the part of the last character that carries none.
fn spare_bits(signature: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = signature.split_at(signature.len() - 1);
    let next = ALPHABET.find(last).unwrap() ^ 1;
    format!("{start}{}", &ALPHABET[next..=next])
}
