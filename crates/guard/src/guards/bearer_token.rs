//! What every guard that takes bearer tokens shares (RFC 6750): how one is read, and how one is asked for.

use crate::challenge::Challenge;
use crate::guard::{Outcome, Why};
use crate::request::{GuardRequest, Sent};
use crate::scope::ScopeSet;

/// The longest token that is looked at, in bytes.
const TOKEN_MAX: usize = 8 * 1024;

/// What comes after `Bearer`; `None` for another scheme or no header.
pub(crate) fn bearer<'r>(request: &GuardRequest<'r>) -> Result<Option<&'r str>, Outcome> {
    match request.authorization() {
        Sent::Nothing => Ok(None),
        Sent::Unclear => Err(Outcome::bad_request("more than one `Authorization`")),
        Sent::Once(sent) => Ok(sent.scheme.eq_ignore_ascii_case("Bearer").then_some(sent.credentials)),
    }
}

/// Whether `token` has the characters of a token (`b64token`, RFC 6750 §2.1).
pub(crate) fn is_token(token: &str) -> bool {
    let core = token.trim_end_matches('=');
    !core.is_empty() && token.len() <= TOKEN_MAX && core.bytes().all(|byte| ALPHABET[usize::from(byte)])
}

/// For each byte whether a token may have it.
const ALPHABET: [bool; 256] = {
    let mut alphabet = [false; 256];
    let allowed = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let mut at = 0;
    while at < allowed.len() {
        alphabet[allowed[at] as usize] = true;
        at += 1;
    }
    alphabet
};

/// A challenge as RFC 6750 §3 has it: an error only where a token came.
pub(crate) fn challenge(realm: &str, why: Why, needed: &ScopeSet) -> Challenge {
    let mut challenge = Challenge::new("Bearer").with("realm", realm.to_owned());
    if !needed.is_empty() {
        challenge = challenge.with("scope", needed.to_string());
    }
    match why {
        Why::Missing => challenge,
        Why::Invalid => challenge.with("error", "invalid_token"),
        Why::BadRequest => challenge.with("error", "invalid_request"),
        Why::InsufficientScope => challenge.with("error", "insufficient_scope"),
    }
}
