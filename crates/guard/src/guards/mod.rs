//! The guards that come with the crate, one file for each scheme.
//!
//! | guard | credentials | standard |
//! |---|---|---|
//! | [`Basic`] | user name and password in `Authorization` | RFC 7617 |
//! | [`Bearer`] | an opaque token in `Authorization`, a form or the query | RFC 6750 |
//! | [`ApiKey`] | a key in a header or a cookie | |
//! | `Jwt` | a token that an issuer has signed | RFC 7519, RFC 9068 |
//! | `Introspection` | a token about which its issuer is asked | RFC 7662 |
//! | `OAuth2`, `github` | a login with an OAuth 2 provider | RFC 6749, RFC 7636 |
//! | `Oidc`, `google` | a login with an OpenID provider | OpenID Connect |
//! | [`from_fn`], [`from_async_fn`] | whatever a function looks at | |

#[cfg(feature = "basic")]
mod basic;
#[cfg(feature = "bearer")]
mod bearer;
#[cfg(any(feature = "bearer", feature = "jwt", feature = "introspection"))]
mod bearer_token;
mod function;
#[cfg(feature = "github")]
mod github;
#[cfg(feature = "google")]
mod google;
#[cfg(any(feature = "basic", feature = "bearer", feature = "key"))]
mod hooks;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "key")]
mod key;
#[cfg(feature = "oauth2")]
mod login_settings;
#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "oauth2")]
mod oauth2;
#[cfg(feature = "oidc")]
mod oidc;
#[cfg(feature = "jwt")]
mod seen_tokens;
#[cfg(any(feature = "jwt", feature = "introspection"))]
mod token_facts;

#[cfg(any(feature = "oauth2", feature = "introspection"))]
pub use crate::provider::ClientAuth;
#[cfg(feature = "oauth2")]
pub use crate::provider::Registration;
#[cfg(feature = "basic")]
pub use basic::{Basic, BasicCredentials};
#[cfg(feature = "bearer")]
pub use bearer::Bearer;
#[cfg(feature = "jwt")]
pub use doorward_jose::{Jwk, JwkSet};
pub use function::{AsyncFunction, Function, from_async_fn, from_fn};
#[cfg(feature = "github")]
pub use github::{github, github_enterprise};
#[cfg(feature = "google")]
pub use google::google;
#[cfg(feature = "introspection")]
pub use introspection::Introspection;
#[cfg(feature = "jwt")]
pub use jwt::Jwt;
#[cfg(feature = "key")]
pub use key::ApiKey;
#[cfg(feature = "mock")]
pub use mock::mock;
#[cfg(feature = "oauth2")]
pub use oauth2::OAuth2;
#[cfg(feature = "oidc")]
pub use oidc::Oidc;
#[cfg(any(feature = "jwt", feature = "introspection"))]
pub use token_facts::TokenFacts;
#[cfg(feature = "jwt")]
pub use token_facts::{Revocations, Standing};
