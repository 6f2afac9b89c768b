//! Base32 (RFC 4648 §6) without padding: what people type and authenticator apps read.

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The letters of `bytes`, five bits each.
pub(super) fn write(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut count) = (String::with_capacity(bytes.len().div_ceil(5) * 8), 0_u32, 0);
    for byte in bytes {
        (bits, count) = ((bits << 8 | u32::from(*byte)) & 0xfff, count + 8);
        while count >= 5 {
            count -= 5;
            text.push(letter(bits >> count));
        }
    }
    if count > 0 {
        text.push(letter(bits << (5 - count)));
    }
    text
}

/// Whether `letter` is one of them, in either case.
pub(super) const fn has(letter: char) -> bool {
    matches!(letter, 'a'..='z' | 'A'..='Z' | '2'..='7')
}

const fn letter(bits: u32) -> char {
    LETTERS[(bits & 31) as usize] as char
}

/// The bytes that `text` was made of, as far as it goes; for tests.
#[cfg(any(test, feature = "fake"))]
pub(super) fn read(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for value in text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte)) {
        (bits, count) = ((bits << 5 | value as u32) & 0xfff, count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc_are_written() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(write(bytes.as_bytes()), text);
            assert!(text.chars().all(has));
            assert_eq!(read(text), bytes.as_bytes());
        }
    }
}
