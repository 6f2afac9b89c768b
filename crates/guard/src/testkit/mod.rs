//! An identity provider that runs in the process, and a clock that is moved: for the tests of applications.
//!
//! [`Provider`] is an OAuth 2 and OpenID provider with scripted users. Give it to a guard as its client (`fetch`), and no test
//! needs the network; mount it as a tower service, and browsers can use it, too. It misbehaves when told to ([`Fault`]), so
//! that an application can see what happens then.
//!
//! It approves everything: never let it stand in for a real provider.

mod clock;
mod endpoints;
mod fault;
mod id_token;
mod keys;
#[cfg(feature = "revocation")]
mod news;
mod provider;
mod service;

pub use clock::TestClock;
pub use fault::{Endpoint, Fault};
pub use keys::ProviderKey;
#[cfg(feature = "revocation")]
pub use news::NewsScript;
pub use provider::{Asked, Provider, ProviderUser};
