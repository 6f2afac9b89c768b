//! A provider without a provider: for work on an application, on one's own machine.
//!
//! Nobody is asked for a password. Invariant: it works only where browsers come back to this machine.

use url::Url;

use super::oidc::Oidc;
use crate::client::is_loopback;
use crate::guard::Reason;
use crate::provider::Registration;
use crate::testkit::{Provider, ProviderUser};

/// Logs everybody in as `user`, through a provider that runs in the process. Cannot be built unless `redirect_url` is of this
/// machine.
///
/// ```
/// use doorward_guard::guards::mock;
/// use doorward_guard::testkit::ProviderUser;
///
/// let guard = mock(ProviderUser::new("ada").claim("name", "Ada"), "http://localhost:3000/auth/mock");
/// ```
pub fn mock(user: ProviderUser, redirect_url: &str) -> Oidc {
    let provider = Provider::new("https://mock.localhost").user(user);
    let mut registration = Registration::new("mock", "mock", redirect_url);
    if !Url::parse(redirect_url).is_ok_and(|url| is_loopback(&url)) {
        let fault = "a mock lets everybody in: it works on this machine alone";
        registration.fault = Some(Reason::from(fault));
    }
    Oidc::new("https://mock.localhost", registration).service_name("mock").approved_by(provider)
}
