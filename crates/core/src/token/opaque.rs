//! The outside of opaque tokens: a prefix that tells the kind, and a checksum.
//!
//! `dwr_…` refreshes, `dws_…` is a browser's session, [`crate::ticket`] has more. The prefix lets scanners find a leaked token in a repository; the
//! checksum lets them, and the server, tell a token from text that only looks like one, without a database.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::secret::Secret;

const CHECK_BYTES: usize = 4;

/// Writes `payload` as a token of the kind `prefix`.
pub(crate) fn write(prefix: &str, payload: &[u8]) -> Secret<String> {
    let check = checksum(prefix, payload);
    let bytes = Zeroizing::new([payload, &check].concat());
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(&*bytes)))
}

/// The payload of a token of the kind `prefix`; `None` when the text is no such token.
pub(crate) fn read<const N: usize>(prefix: &str, token: &str) -> Option<Zeroizing<[u8; N]>> {
    let encoded = token.strip_prefix(prefix)?;
    if encoded.len() != (N + CHECK_BYTES).div_ceil(3) * 4 - padding(N + CHECK_BYTES) {
        return None;
    }
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
    let (payload, check) = bytes.split_first_chunk::<N>()?;
    (check == checksum(prefix, payload)).then(|| Zeroizing::new(*payload))
}

/// How many characters of base64 padding `length` bytes would have.
const fn padding(length: usize) -> usize {
    (3 - length % 3) % 3
}

fn checksum(prefix: &str, payload: &[u8]) -> [u8; CHECK_BYTES] {
    let bytes = Zeroizing::new([prefix.as_bytes(), payload].concat());
    let [a, b, c, d, ..] = *Digest::of(&bytes).as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_what_was_written() {
        let token = write("dwr_", &[7; 52]);

        assert!(token.expose().starts_with("dwr_"));
        assert_eq!(read::<52>("dwr_", token.expose()).as_deref(), Some(&[7; 52]));
    }

    #[test]
    fn another_kind_length_or_character_is_no_token() {
        let token = write("dwr_", &[7; 52]);
        let text = token.expose();

        assert!(read::<52>("dws_", &text.replace("dwr_", "dws_")).is_none());
        assert!(read::<32>("dwr_", text).is_none());
        assert!(read::<52>("dwr_", &format!("{text}A")).is_none());
        for at in 4..text.len() {
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(read::<52>("dwr_", &changed).is_none(), "character {at}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_presented(text in ".*") {
            let _ = read::<52>("dwr_", &text);
            let _ = read::<52>("dwr_", &format!("dwr_{text}"));
        }
    }
}
