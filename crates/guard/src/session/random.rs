//! Randomness of the operating system, for names that nobody must guess.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// So many random bytes.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place where randomness comes from; without it nothing is safe"
)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// 256 random bits in base64url: 43 characters.
pub(crate) fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}
