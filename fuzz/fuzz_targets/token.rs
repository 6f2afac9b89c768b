//! Any text as an access token: never accepted, never a panic.
#![no_main]

use std::sync::LazyLock;

use doorward_jose::{Algorithm, Expect, KeySet, SigningKey};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let keys = [Algorithm::EdDsa, Algorithm::Es256].map(|algorithm| SigningKey::generate(algorithm).unwrap());
    KeySet::new(keys.map(|key| key.verifying_key().unwrap())).unwrap()
});

fuzz_target!(|text: &str| {
    let expect = Expect::new("at+jwt", "issuer", "audience").without_kid();
    assert!(KEYS.verify::<serde_json::Value>(text, &expect, 1_000).is_err());
});
