//! Recovery codes: for whoever has lost the device that shows codes. Each works once.
//!
//! A code has 120 random bits, so a digest of it is as good as a slow hash: nobody finds it by trying.

use super::base32;
use crate::digest::Digest;
use crate::port::Entropy;
use crate::secret::Secret;

/// How many are given at once.
const COUNT: usize = 10;
const BYTES: usize = 15;
const LETTERS: usize = BYTES * 8 / 5;
/// Letters between two dashes.
const GROUP: usize = 4;

/// New codes to be shown once, and the digests that are kept of them.
pub(super) fn issue(entropy: &dyn Entropy) -> (Vec<Secret<String>>, Vec<Digest>) {
    (0..COUNT)
        .map(|_| {
            let letters = Secret::new(base32::write(&entropy.bytes::<BYTES>()).to_ascii_lowercase());
            let groups: Vec<&str> =
                (0..LETTERS).step_by(GROUP).filter_map(|at| letters.expose().get(at..at + GROUP)).collect();
            (Secret::new(groups.join("-")), Digest::of(letters.expose().as_bytes()))
        })
        .unzip()
}

/// The digest of what was typed without blanks and dashes; `None` when it is no such code.
pub(super) fn read(typed: &str) -> Option<Digest> {
    let is_one = typed.len() == LETTERS && typed.chars().all(base32::has);
    is_one.then(|| Digest::of(Secret::new(typed.to_ascii_lowercase()).expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::FixedEntropy;

    #[test]
    fn codes_differ_and_are_read_in_any_case() {
        let (codes, digests) = issue(&FixedEntropy::default());

        assert_eq!(codes.len(), 10);
        for (at, code) in codes.iter().enumerate() {
            let (text, typed) = (code.expose(), code.expose().replace('-', ""));
            assert_eq!((text.len(), text.matches('-').count()), (29, 5));
            assert_eq!(read(&typed), Some(digests[at]));
            assert_eq!(read(&typed.to_uppercase()), Some(digests[at]));
            assert_eq!(digests.iter().filter(|digest| **digest == digests[at]).count(), 1);
            assert_eq!(read(&typed[1..]), None);
        }
    }
}
