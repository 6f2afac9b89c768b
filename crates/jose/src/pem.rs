//! PEM, as far as private keys need it (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::refusal::KeyError;

const LINE: usize = 64;

/// Writes `der` under `label`.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    for line in body.as_bytes().chunks(LINE) {
        text.push_str(std::str::from_utf8(line).unwrap_or_default());
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// The label and the bytes of the first block in `text`.
pub(crate) fn read(text: &str) -> Result<(&str, Zeroizing<Vec<u8>>), KeyError> {
    let (_, rest) = text.split_once("-----BEGIN ").ok_or(KeyError::Malformed)?;
    let (label, rest) = rest.split_once("-----").ok_or(KeyError::Malformed)?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or(KeyError::Malformed)?;
    let body = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>());
    let der = STANDARD.decode(&*body).map_err(|_| KeyError::Malformed)?;
    Ok((label, Zeroizing::new(der)))
}
