//! What holds of every text and every bit.

use std::sync::LazyLock;

use doorward_jose::{Algorithm, Expect, KeySet, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::EdDsa).unwrap());
static KEYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::new([KEY.verifying_key().unwrap()]).unwrap());

fn verify(token: &str) -> bool {
    KEYS.verify::<Value>(token, &Expect::new("at+jwt", "i", "a").without_kid(), 1_000).is_ok()
}

proptest! {
    #[test]
    fn no_text_is_a_token(text in ".{0,200}") {
        prop_assert!(!verify(&text));
    }

    #[test]
    fn no_three_parts_are_a_token(a in "[A-Za-z0-9_-]{0,80}", b in "[A-Za-z0-9_-]{0,80}", c in "[A-Za-z0-9_-]{0,90}") {
        let token = [a, b, c].join(".");

        prop_assert!(!verify(&token));
    }

    #[test]
    fn what_was_signed_is_accepted_and_no_character_of_it_can_be_another(
        subject in ".{0,40}", at in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.-]",
    ) {
        let token = KEY.sign("at+jwt", &json!({ "iss": "i", "aud": "a", "iat": 1, "exp": 2_000, "sub": subject })).unwrap();
        prop_assert!(verify(&token));

        let at = at.index(token.len());
        let changed = [&token[..at], &*other, &token[at + 1..]].concat();
        prop_assert_eq!(verify(&changed), changed == token);
    }
}
