//! Guards and rules from a file, so that those who run an application can read and change who may do what.
//!
//! ```toml
//! default = "deny"                 # what has no rule is refused; "open" lets it pass
//!
//! [guards.key]
//! type = "key"
//! header = "x-api-key"
//! keys = [{ id = "nightly", sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", scopes = ["write"] }]
//!
//! [[rules]]
//! path = "/api/*"
//! methods = ["POST", "DELETE"]     # all methods if left out
//! flow = "key"
//! scopes = ["write"]
//!
//! [[rules]]
//! path = "/health"
//! public = true
//! ```
//!
//! | type | keys |
//! |---|---|
//! | `basic` | `users = [{ id, sha256 or secret, scopes }]`, `realm`; for long random passwords, whose digest may be fast |
//! | `bearer` | `tokens = [{ id, sha256 or secret, scopes }]`, `realm`, `form`, `query` |
//! | `key` | `header` or `cookie`; `keys = [{ id, sha256 or secret, scopes }]`, `sha256 = [..]`, `secret` |
//! | `jwt` | `issuer`, `audience`, `keys_url`, `realm`, `any_type` |
//! | `introspection` | `url`, `client_id`, `client_secret`, `audience`, `issuer`, `cached_seconds`, `realm` |
//! | `oauth2` | `authorize_url`, `token_url`, `issuer`, `scopes_delimiter`, and those of every login |
//! | `oidc` | `issuer`, `user_info`, `form_post`, and those of every login |
//! | `github`, `google` | those of every login |
//! | `code` | none: the application adds the guard itself |
//!
//! Every login has `client_id`, `client_secret`, `auth = "post"` or `"basic"`, `redirect_url`, `root`, `scopes`,
//! `service_name`, `params`, `users = [{ id, scopes }]` (everybody with a login may come in without it), and `on_auth`:
//! `"replay"`, `"back"` or `{ to = "/home" }`. A secret is `{ env = "…" }` or `{ file = "…" }`. `[session]` has `key`,
//! `idle_seconds`, `absolute_seconds`, `cookie` and `logout`.
//!
//! Every part is read strictly: a key that means nothing is an error. Invariant: no secret stands in the file; it names the
//! variable or the file that has it.

mod guards;
#[cfg(feature = "oauth2")]
mod logins;
mod rules;
mod secrets;
#[cfg(feature = "session")]
mod session;
#[cfg(any(feature = "jwt", feature = "introspection"))]
mod tokens;

use crate::builder::GuardsBuilder;
use crate::gate::Guards;
use crate::guards::from_fn;
use crate::problem::BuildError;
use secrets::NoSecrets;
pub use secrets::{SecretSource, Surroundings};

/// Why guards cannot be had from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is no TOML, or has parts that mean nothing.
    #[error("{0}")]
    Read(#[from] toml::de::Error),
    /// A guard is described in a way that means nothing.
    #[error("guards.{name}: {fault}")]
    Guard {
        /// The guard's name.
        name: String,
        /// What is wrong.
        fault: String,
    },
    /// A rule is described in a way that means nothing.
    #[error("rule {number}: {fault}")]
    Rule {
        /// The first rule is 1.
        number: usize,
        /// What is wrong.
        fault: String,
    },
    /// The sessions are described in a way that means nothing.
    #[error("session: {0}")]
    Session(String),
    /// What is described cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Guards {
    /// The guards and rules of a file, with secrets from the environment and from files.
    ///
    /// ```
    /// use doorward_guard::Guards;
    ///
    /// let guards = Guards::from_toml(r#"
    ///     [guards.key]
    ///     type = "key"
    ///     header = "x-api-key"
    ///     sha256 = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    ///
    ///     [[rules]]
    ///     path = "/api/*"
    ///     flow = "key"
    /// "#)?;
    /// assert_eq!(guards.explain(&http::Method::GET, "/api/x").to_string(), "GET /api/x: rule 1: * /api/*  key");
    /// assert!(guards.denies_by_default());
    /// # Ok::<(), doorward_guard::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`], which tells the place in the file.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Ok(Self::builder().read_toml(text, &Surroundings)?.build()?)
    }

    /// The guards and rules of a file without their secrets, to check and explain them where no secrets are. Guards of the
    /// application's own are there by name alone. Put in front of a service, it lets nobody in.
    ///
    /// ```
    /// # use doorward_guard::Guards;
    /// let file = "guards.office.type = 'code'\n[[rules]]\npath = '/*'\nflow = 'office'";
    /// assert!(Guards::from_toml(file).is_err());
    /// assert_eq!(Guards::outline_of_toml(file)?.rules().count(), 1);
    /// # Ok::<(), doorward_guard::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`], which tells the place in the file.
    pub fn outline_of_toml(text: &str) -> Result<Self, ConfigError> {
        let mut builder = Self::builder().read_toml(text, &NoSecrets)?;
        let file: rules::File = toml::from_str(text)?;
        let is_code = |table: &toml::Table| table.get("type").and_then(toml::Value::as_str) == Some("code");
        for name in file.guards.iter().filter(|(_, table)| is_code(table)).map(|(name, _)| &**name) {
            builder = builder.guard(name, from_fn(|_| false));
        }
        Ok(builder.build()?)
    }
}

impl GuardsBuilder {
    /// Adds the guards and rules of a file to those that are there; `secrets` has what the file only names.
    ///
    /// A guard that the application adds itself stands in the file as `type = "code"`, so that rules can name it. What has no
    /// rule is refused unless the file says `default = "open"`.
    ///
    /// ```
    /// use doorward_guard::config::Surroundings;
    /// use doorward_guard::{Guards, guards::from_fn};
    ///
    /// let file = "guards.office.type = 'code'\n[[rules]]\npath = '/*'\nflow = 'office'";
    /// let office = from_fn(|request| request.header("x-office").found().is_some());
    /// assert!(Guards::builder().guard("office", office).read_toml(file, &Surroundings)?.build().is_ok());
    /// # Ok::<(), doorward_guard::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`], which tells the place in the file.
    pub fn read_toml(self, text: &str, secrets: &dyn SecretSource) -> Result<Self, ConfigError> {
        let file: rules::File = toml::from_str(text)?;
        let mut builder = self;
        for (name, table) in file.guards {
            builder = guards::add(builder, &name, table, secrets)
                .map_err(|fault| ConfigError::Guard { name, fault })?;
        }
        #[cfg(feature = "session")]
        if let Some(session) = file.session {
            builder = session.apply(builder, secrets).map_err(ConfigError::Session)?;
        }
        for (index, rule) in file.rules.into_iter().enumerate() {
            let at = |fault| ConfigError::Rule { number: index + 1, fault };
            builder = rule.add(builder).map_err(at)?;
        }
        Ok(file.default.apply(builder))
    }
}
