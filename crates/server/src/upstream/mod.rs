//! Logins with the providers of the configuration (`[providers]`): what they speak is the guard crate's business, what follows from
//! a login is the rules'.
//!
//! | to find | look in |
//! |---|---|
//! | how each provider is asked | `guard.rs` |
//! | the way there and back for clients and for the sign-in page | `provider.rs` |
//!
//! AuthX's dialect puts the same guards around routes of its own.

mod guard;
mod provider;

use std::sync::Arc;

use doorward_core::Secret;
use doorward_core::port::{AuthProvider, Clock};

pub(crate) use guard::{guard, identity};
use provider::Upstream;

use crate::config::Http;

/// The path of the sign-in page to which the provider `name` sends browsers back.
pub(crate) fn page_callback(name: &str) -> String {
    format!("/oauth2/login/{name}/callback")
}

/// The providers that `http` names, as ways to prove who somebody is. `key` seals logins under way.
///
/// # Errors
/// A sentence that names the setting.
pub fn providers(
    http: &Http,
    key: &Secret<[u8; 32]>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Arc<dyn AuthProvider>>, String> {
    let open = |provider| Upstream::open(provider, &http.public_url, key, clock.clone());
    let opened = http.providers.iter().map(|provider| Ok(Arc::new(open(provider)?) as Arc<dyn AuthProvider>));
    opened.collect()
}
