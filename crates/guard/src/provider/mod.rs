//! What guards say to identity providers, and what they believe of the answers.
//!
//! Nothing here knows of sessions or browsers. Invariant: an answer that is not as the standard has it is no answer.

#[cfg(feature = "oauth2")]
mod admission;
#[cfg(feature = "introspection")]
mod answers;
#[cfg(feature = "jwt")]
mod cached;
#[cfg(feature = "oauth2")]
mod code_flow;
#[cfg(any(feature = "oauth2", feature = "introspection"))]
mod credentials;
#[cfg(feature = "oidc")]
mod id_token;
mod json;
#[cfg(feature = "jwt")]
mod keys;
#[cfg(any(feature = "jwt", feature = "introspection"))]
mod mapping;
#[cfg(feature = "jwt")]
mod metadata;
#[cfg(feature = "oauth2")]
mod registration;
#[cfg(feature = "oauth2")]
mod token;

#[cfg(feature = "oauth2")]
pub(crate) use admission::Admission;
#[cfg(feature = "introspection")]
pub(crate) use answers::Answers;
#[cfg(feature = "oauth2")]
pub(crate) use code_flow::CodeFlow;
#[cfg(any(feature = "oauth2", feature = "introspection"))]
pub use credentials::ClientAuth;
#[cfg(feature = "introspection")]
pub(crate) use credentials::Credentials;
#[cfg(feature = "oidc")]
pub(crate) use id_token::{IdClaims, IdExpect, subject_of};
pub(crate) use json::object;
#[cfg(feature = "oauth2")]
pub(crate) use json::value;
#[cfg(feature = "jwt")]
pub(crate) use keys::{Keys, KeysFault};
#[cfg(any(feature = "jwt", feature = "introspection"))]
pub(crate) use mapping::user_of;
#[cfg(feature = "jwt")]
pub(crate) use metadata::Discovery;
#[cfg(feature = "oidc")]
pub(crate) use metadata::{Metadata, discovery_url};
#[cfg(feature = "oauth2")]
pub use registration::Registration;
#[cfg(feature = "oauth2")]
pub(crate) use token::Refreshed;
