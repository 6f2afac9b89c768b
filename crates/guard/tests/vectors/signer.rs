//! The keys of the provider, and tokens signed with them: rightly, or in one of the wrong ways the cases name.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

struct KeyRing {
    rsa: Vec<(&'static str, RsaKeyPair)>,
    p256: EcdsaKeyPair,
}

fn keys() -> &'static KeyRing {
    static KEYS: OnceLock<KeyRing> = OnceLock::new();
    KEYS.get_or_init(|| KeyRing {
        rsa: ["k1", "k2", "other"]
            .map(|name| (name, rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key")))
            .into(),
        p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
    })
}

fn rsa_key(name: &str) -> Option<&'static RsaKeyPair> {
    keys().rsa.iter().find(|(known, _)| *known == name).map(|(_, key)| key)
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The public keys of these names, as a provider publishes them.
pub(crate) fn published(names: &[&str]) -> Value {
    json!({ "keys": names.iter().map(|name| jwk(name)).collect::<Vec<_>>() })
}

fn jwk(name: &str) -> Value {
    if let Some(key) = rsa_key(name) {
        let (modulus, exponent) = (key.public_key().modulus(), key.public_key().exponent());
        return json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": name,
            "n": text(modulus.big_endian_without_leading_zero()),
            "e": text(exponent.big_endian_without_leading_zero()),
        });
    }
    if name.starts_with('e') {
        // 0x04, then the two coordinates.
        let point = keys().p256.public_key().as_ref();
        return json!({
            "kty": "EC", "use": "sig", "alg": "ES256", "kid": name, "crv": "P-256",
            "x": text(&point[1..33]), "y": text(&point[33..]),
        });
    }
    json!({ "kty": "RSA", "kid": name, "n": "!", "e": 7 })
}

/// A token with this header and these claims, signed as `with` says; `None` for no token at all.
pub(crate) fn token(
    header: &Value,
    claims: &Map<String, Value>,
    with: &str,
) -> Result<Option<String>, String> {
    let body = format!("{}.{}", text(header.to_string()), text(json!(claims).to_string()));
    let signed = |signature: Vec<u8>| Ok(Some(format!("{body}.{}", text(signature))));
    match with {
        "absent" => Ok(None),
        "garbage" => Ok(Some("no.token-at-all".to_owned())),
        "none" => Ok(Some(format!("{body}."))),
        "hs256-with-public-key" => {
            let der = rsa_key("k1").and_then(|key| key.public_key().as_der().ok()).ok_or("no key")?;
            signed(hs256(der.as_ref(), &body))
        }
        "hs256-with-client-secret" => signed(hs256(b"csecret", &body)),
        other => match other.rsplit_once('-') {
            Some((key, "truncated")) => {
                let mut signature = sign(key, &body)?;
                signature.truncate(signature.len() / 2);
                signed(signature)
            }
            Some((key, "tampered")) => {
                let signature = sign(key, &body)?;
                let mut changed = claims.clone();
                changed.insert("sub".to_owned(), json!("somebody-else"));
                let body = format!("{}.{}", text(header.to_string()), text(json!(changed).to_string()));
                Ok(Some(format!("{body}.{}", text(signature))))
            }
            _ => signed(sign(other, &body)?),
        },
    }
}

fn hs256(secret: &[u8], body: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), body.as_bytes()).as_ref().to_vec()
}

fn sign(with: &str, body: &str) -> Result<Vec<u8>, String> {
    let random = SystemRandom::new();
    if with == "e1" {
        let signature = keys().p256.sign(&random, body.as_bytes()).map_err(|fault| fault.to_string())?;
        return Ok(signature.as_ref().to_vec());
    }
    let key = rsa_key(with).ok_or_else(|| format!("there is no way to sign with `{with}`"))?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &random, body.as_bytes(), &mut signature)
        .map_err(|fault| fault.to_string())?;
    Ok(signature)
}
