//! What the operator says: `doorward.toml` and the environment.
//!
//! [`mod@sections`] is what can be written, [`read`] how it is read, [`settle`] what it means together. Nothing else in Doorward
//! reads the environment.

mod cache;
mod cors;
mod database;
mod defaults;
mod dialect;
mod document;
mod documents;
mod fields;
mod forward;
mod grpc;
mod hooks;
mod length;
mod mail;
mod outside;
mod passkeys;
mod providers;
mod read;
mod revocations;
mod rules;
mod secret;
mod sections;
mod settle;
#[cfg(test)]
mod tests;
mod tp;

use std::path::Path;

pub use cache::{CacheConfig, Shelf};
pub use cors::Cors;
pub use database::{Database, DatabaseServer, DatabaseTls};
pub use dialect::{Authx, Dialects, R2r, Tp};
pub use document::{example, markdown, schema};
pub use documents::{DocumentsConfig, ModelConfig};
pub use fields::Field;
pub use forward::{GuardedHost, GuardedHostConfig, HostRule};
pub use grpc::GrpcConfig;
pub use hooks::{HookConfig, HooksConfig, LogoutsConfig};
pub use length::{Length, Size};
pub use mail::{MailConfig, Pages, SmtpConfig, SmtpTls, Transport};
pub use outside::{BreachedRangeConfig, CaptchaConfig, OutsideConfig, WhenUnreachable};
pub use passkeys::PasskeysConfig;
pub use providers::{ProviderConfig, ProviderKind};
pub use read::{ConfigError, Environment};
pub use sections::{LogFormat, Sections};
pub use settle::{Config, Http, Listen};
pub use tp::TpSurface;

/// The configuration in `file` (or in `./doorward.toml` where there is one) and `environment`.
///
/// # Errors
/// [`ConfigError`], whose text says what is wrong and what to do.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
    let sections = sections(file, environment)?;
    if sections.dialect.tp.enabled {
        return settle::settle(&sections, &environment.clone().beside_file(Path::new(".env"))?);
    }
    settle::settle(&sections, environment)
}

/// As [`load`], for text at hand.
///
/// # Errors
/// [`ConfigError`].
pub fn parse(text: &str, environment: &Environment) -> Result<Config, ConfigError> {
    settle::settle(&read::parse(text, "doorward.toml", environment)?, environment)
}

/// The configuration as it is written, before it is judged; secrets are not printed from it.
///
/// # Errors
/// [`ConfigError`].
pub fn sections(file: Option<&Path>, environment: &Environment) -> Result<Sections, ConfigError> {
    let found = file.map(Path::to_owned).or_else(read::default_file);
    read::read(found.as_deref(), environment)
}
