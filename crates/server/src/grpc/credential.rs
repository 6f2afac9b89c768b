//! What a service has to show before it is listened to.
//!
//! Invariant: how long it takes to refuse tells nothing about the secret.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use doorward_core::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use tonic::Status;

/// The secret that services share with this server, if there is one.
#[derive(Clone)]
pub(super) struct Credential(Option<Digest>);

impl Credential {
    pub(super) fn new(secret: Option<&Secret<String>>) -> Self {
        Self(secret.map(|secret| digest(&SHA256, secret.expose().as_bytes())))
    }

    /// Whether it stands in the head of a call, once.
    pub(super) fn is_shown(&self, headers: &HeaderMap) -> bool {
        let Some(expected) = &self.0 else { return true };
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next().and_then(|shown| shown.to_str().ok()), shown.next()) else {
            return false;
        };
        let Some((scheme, secret)) = shown.split_once(' ') else { return false };
        // Of equal length whatever was sent.
        let found = digest(&SHA256, secret.as_bytes());
        scheme.eq_ignore_ascii_case("bearer")
            && verify_slices_are_equal(found.as_ref(), expected.as_ref()).is_ok()
    }

    /// What is said to whoever has not shown it.
    pub(super) fn refusal() -> Status {
        Status::unauthenticated("Show the service's secret as \"authorization: Bearer …\".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of thirty-two letters, or more";

    fn shown(lines: &[&str]) -> bool {
        let headers = lines.iter().map(|line| (AUTHORIZATION, line.parse().unwrap())).collect();
        Credential::new(Some(&Secret::new(SECRET.to_owned()))).is_shown(&headers)
    }

    #[test]
    fn only_the_secret_itself_opens() {
        assert!(shown(&[&format!("Bearer {SECRET}")]) && shown(&[&format!("bearer {SECRET}")]));
        for other in
            ["", "Bearer", "Bearer ", "Basic x", SECRET, &format!("Bearer {SECRET}."), "Bearer a secret"]
        {
            assert!(!shown(&[other]), "{other}");
        }
        assert!(!shown(&[]));
        assert!(!shown(&[&format!("Bearer {SECRET}"), "Bearer x"]));
    }

    #[test]
    fn where_there_is_no_secret_nothing_has_to_be_shown() {
        assert!(Credential::new(None).is_shown(&HeaderMap::new()));
    }
}
