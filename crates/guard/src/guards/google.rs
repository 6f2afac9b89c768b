//! Google, which is OpenID Connect with two parameters of its own.

use super::oidc::Oidc;
use crate::provider::Registration;

/// Logs people in with Google, and asks for a refresh token.
///
/// ```
/// use doorward_guard::guards::{Registration, google};
///
/// let guard = google(Registration::new("app-1", "s3cret", "https://app.example/auth/google"));
/// ```
pub fn google(registration: Registration) -> Oidc {
    Oidc::new("https://accounts.google.com", registration)
        .service_name("google")
        .service_param("access_type", "offline")
        .service_param("include_granted_scopes", "true")
}
