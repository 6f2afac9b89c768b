//! Project Wycheproof's vectors for the algorithms in use, through the one way in which signatures are checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_jose::{Jwk, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify};

/// How many vectors had to be accepted and refused, so that an empty run shows.
#[derive(Default)]
struct Seen {
    accepted: usize,
    refused: usize,
}

impl Seen {
    fn note(&mut self, id: usize, comment: &str, is_accepted: bool, expected: TestResult) {
        match expected {
            TestResult::Valid => assert!(is_accepted, "vector {id} has to be accepted: {comment}"),
            TestResult::Invalid => assert!(!is_accepted, "vector {id} has to be refused: {comment}"),
            TestResult::Acceptable => {}
        }
        if is_accepted { self.accepted += 1 } else { self.refused += 1 }
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key(jwk: &Value) -> VerifyingKey {
    VerifyingKey::from_jwk(&serde_json::from_value::<Jwk>(jwk.clone()).unwrap()).unwrap()
}

/// A number without its leading zeros.
fn number(bytes: &[u8]) -> String {
    text(&bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(0)..])
}

#[test]
fn ed25519_vectors_hold() {
    let mut seen = Seen::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = key(&json!({ "kty": "OKP", "crv": "Ed25519", "x": text(&group.key.pk) }));
        for test in group.tests {
            let is_accepted = key.verify(&test.msg, &test.sig).is_ok();
            seen.note(test.tc_id, &test.comment, is_accepted, test.result);
        }
    }

    assert!(seen.accepted >= 70 && seen.refused >= 50, "{} {}", seen.accepted, seen.refused);
}

#[test]
fn p256_vectors_hold() {
    let mut seen = Seen::default();
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        // One byte that says "uncompressed", then the two coordinates.
        let (x, y) = group.key.key[1..].split_at(32);
        let key = key(&json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) }));
        for test in group.tests {
            let is_accepted = key.verify(&test.msg, &test.sig).is_ok();
            seen.note(test.tc_id, &test.comment, is_accepted, test.result);
        }
    }

    assert!(seen.accepted >= 100 && seen.refused >= 50, "{} {}", seen.accepted, seen.refused);
}

#[test]
fn rsa_vectors_hold() {
    let mut seen = Seen::default();
    for group in
        rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256).unwrap().test_groups
    {
        let key = key(&json!({ "kty": "RSA", "n": number(&group.key.n), "e": number(&group.key.e) }));
        for test in group.tests {
            let is_accepted = key.verify(&test.msg, &test.sig).is_ok();
            seen.note(test.tc_id, &test.comment, is_accepted, test.result);
        }
    }

    assert!(seen.accepted >= 5 && seen.refused >= 200, "{} {}", seen.accepted, seen.refused);
}

#[test]
fn hmac_vectors_hold_and_short_keys_are_refused() {
    let (mut seen, mut weak) = (Seen::default(), 0);
    for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            let Ok(key) = SigningKey::from_secret(&test.key) else {
                assert!(test.key.len() < 32);
                weak += 1;
                continue;
            };
            let is_accepted = key.verifying_key().unwrap().verify(&test.msg, &test.tag).is_ok();
            // A shortened tag is valid as a MAC and never as a signature of a token (RFC 7518 §3.2).
            let expected = if group.tag_size == 256 { test.result } else { TestResult::Invalid };
            seen.note(test.tc_id, &test.comment, is_accepted, expected);
        }
    }

    assert!(
        seen.accepted >= 20 && seen.refused >= 40 && weak >= 5,
        "{} {} {weak}",
        seen.accepted,
        seen.refused
    );
}
