//! A server with more in it than Doorward has of its own, for a binary of yours: see `examples/own_provider.rs`.

use std::process::ExitCode;
use std::sync::Arc;

use doorward_core::port::AuthProvider;

use crate::cli::{self, Failure};
use crate::config::{self, Config, ConfigError, Environment};

/// Puts a server together and runs it.
#[derive(Debug)]
pub struct Builder {
    config: Config,
    providers: Vec<Arc<dyn AuthProvider>>,
}

impl Builder {
    /// A server as `doorward serve` would run it here: by `./doorward.toml`, where there is one, and the environment.
    ///
    /// # Errors
    /// What is wrong with the configuration, and what to do.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Ok(Self::new(config::load(None, &Environment::of_this_process()?)?))
    }

    /// A server with this configuration.
    pub const fn new(config: Config) -> Self {
        Self { config, providers: Vec::new() }
    }

    /// With another way to prove who somebody is, under `/api/v1/providers/{id}`.
    #[must_use]
    pub fn with_provider(mut self, provider: impl AuthProvider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// Runs the server until it is told to stop.
    ///
    /// # Errors
    /// Why it could not start, and the exit code that says so to scripts.
    pub fn serve(self) -> Result<(), Failure> {
        cli::serve_with(self.config, self.providers)
    }

    /// Runs the server until it is told to stop; for the last line of `main`.
    #[must_use]
    pub fn run(self) -> ExitCode {
        cli::end(self.serve())
    }
}
