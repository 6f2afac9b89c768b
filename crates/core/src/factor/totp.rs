//! Codes of authenticator apps (RFC 6238): six digits of a shared secret and the time, other ones each half minute.
//!
//! SHA-1 and six digits, because the most widely used apps read nothing else; HMAC does not need what SHA-1 has lost.
//!
//! Does not know which codes were used: see [`super::Factor`].

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::base32;
use crate::port::Entropy;
use crate::secret::Secret;
use crate::time::Timestamp;

/// As many bytes as the digest has (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
/// How many seconds a code is shown.
const PERIOD: i64 = 30;
/// How many steps the clock of an app may be off, either way.
const SKEW: i64 = 1;
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

/// What the app and the server both know.
pub(super) struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A new one.
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes::<SECRET_BYTES>().to_vec()))
    }

    /// The one with these bytes.
    pub(super) const fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it.
    pub(super) fn to_text(&self) -> Secret<String> {
        Secret::new(base32::write(&self.0))
    }

    /// The latest step around `now` and after `used` that has this code.
    pub(super) fn step(&self, code: &str, now: Timestamp, used: i64) -> Option<i64> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let today = now.as_seconds().div_euclid(PERIOD);
        let mut found = None;
        // Each is looked at, whichever has it.
        for step in today - SKEW..=today + SKEW {
            let is_it = bool::from(code_at(&key, step).as_bytes().ct_eq(code.as_bytes()));
            found = if is_it && step > used { Some(step) } else { found };
        }
        found
    }
}

/// The code of a step (RFC 4226 §5.3).
fn code_at(key: &hmac::Key, step: i64) -> Zeroizing<String> {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 0xf);
    let cut = bytes[at..].first_chunk::<4>().copied().unwrap_or_default();
    let number = (u32::from_be_bytes(cut) & 0x7fff_ffff) % CODES;
    Zeroizing::new(format!("{number:0DIGITS$}"))
}

/// What an app shows at `now` that has the secret `text`; for tests.
#[cfg(any(test, feature = "fake"))]
pub fn shown_by_app(text: &str, now: Timestamp) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32::read(text));
    code_at(&key, now.as_seconds().div_euclid(PERIOD)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the RFC's vectors.
    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_vectors_of_the_rfc_are_recognised() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().step(code, at(seconds), 0), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late_and_no_more() {
        let shown = 1_234_567_890 / 30;

        for (off, found) in [(-2, None), (-1, Some(shown)), (0, Some(shown)), (1, Some(shown)), (2, None)] {
            assert_eq!(secret().step("005924", at((shown + off) * 30), 0), found, "{off}");
        }
    }

    #[test]
    fn a_step_that_was_used_and_those_before_it_are_no_good() {
        let shown = 1_234_567_890 / 30;

        assert_eq!(secret().step("005924", at(shown * 30), shown - 1), Some(shown));
        assert_eq!(secret().step("005924", at(shown * 30), shown), None);
        assert_eq!(secret().step("005924", at(shown * 30), shown + 1), None);
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "5924", "0005924", "00592a", "٠٠٥٩٢٤"] {
            assert_eq!(secret().step(text, at(1_234_567_890), 0), None, "{text}");
        }
    }
}
