//! What a service has to show before it is listened to.
//!
//! Invariant: how long it takes to refuse tells nothing about the secret.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use doorward_core::Secret;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// The secret that services share with this server, if there is one.
#[derive(Clone)]
pub(super) struct Credential(Option<Digest>);

impl Credential {
    pub(super) fn new(secret: Option<&Secret<String>>) -> Self {
        Self(secret.map(|secret| digest(&SHA256, secret.expose().as_bytes())))
    }

    fn is_shown(&self, request: &Request<()>) -> bool {
        let Some(expected) = &self.0 else { return true };
        let mut shown = request.metadata().get_all("authorization").iter();
        let (Some(shown), None) = (shown.next().and_then(|shown| shown.to_str().ok()), shown.next()) else {
            return false;
        };
        let Some((scheme, secret)) = shown.split_once(' ') else { return false };
        // Of equal length whatever was sent.
        let found = digest(&SHA256, secret.as_bytes());
        scheme.eq_ignore_ascii_case("bearer")
            && verify_slices_are_equal(found.as_ref(), expected.as_ref()).is_ok()
    }
}

impl Interceptor for Credential {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        match self.is_shown(&request) {
            true => Ok(request),
            false => {
                Err(Status::unauthenticated("Show the service's secret as \"authorization: Bearer …\"."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of thirty-two letters, or more";

    fn shown(lines: &[&str]) -> bool {
        let mut request = Request::new(());
        for line in lines {
            request.metadata_mut().append("authorization", line.parse().unwrap());
        }
        Credential::new(Some(&Secret::new(SECRET.to_owned()))).call(request).is_ok()
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
        assert!(Credential::new(None).call(Request::new(())).is_ok());
    }
}
