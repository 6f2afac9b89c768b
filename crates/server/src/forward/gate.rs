//! The guarded hosts, with their guards and rules.

use std::collections::HashMap;

use doorward_core::forward::GuardedHost;
use doorward_core::{Code, Error};
use doorward_guard::Guards;
use doorward_guard::config::{ConfigError, Surroundings};

use super::{CALLBACK, guards};
use crate::app::AppState;
use crate::config::GuardedHostConfig;

/// All hosts, and what they share.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(super) state: AppState,
    hosts: HashMap<String, Host>,
}

/// A host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) guards: Guards,
    pub(super) known: GuardedHost,
    pub(super) asserts: bool,
    pub(super) passes_preflight: bool,
}

impl Gate {
    /// The hosts of the configuration.
    ///
    /// # Errors
    /// [`ConfigError`]: a secret of a file of rules is not where it says.
    pub(crate) fn new(state: &AppState) -> Result<Self, ConfigError> {
        let host = |config: &GuardedHostConfig| Ok((config.host.clone(), Host::new(state, config)?));
        let hosts = state.http.forward.iter().map(host).collect::<Result<_, ConfigError>>()?;
        Ok(Self { state: state.clone(), hosts })
    }

    /// The host called `name`.
    ///
    /// # Errors
    /// [`Code::Forbidden`]: what nothing names is refused.
    pub(crate) fn host(&self, name: &str) -> Result<&Host, Error> {
        let unknown = || Error::new(Code::Forbidden, "This host is not one of [forward_auth].");
        self.hosts.get(name).ok_or_else(unknown)
    }
}

impl Host {
    fn new(state: &AppState, config: &GuardedHostConfig) -> Result<Self, ConfigError> {
        let known = GuardedHost::new(config.origin.clone(), CALLBACK);
        let own: toml::Table = toml::from_str(&config.rules)?;
        let builder = guards::add(Guards::builder(), state, config, &known, &own);
        let guards = builder.read_toml(&config.rules, &Surroundings)?.build()?;
        Ok(Self { guards, known, asserts: config.assertion, passes_preflight: config.preflight })
    }
}
