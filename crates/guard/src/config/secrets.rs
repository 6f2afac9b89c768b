//! Where the secrets of a file are.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::secret::{KeyDigest, Secret};

/// Finds the secrets that a file names.
pub trait SecretSource {
    /// The variable `name` of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// The content of the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read.
    fn file(&self, path: &Path) -> std::io::Result<String>;
}

/// The environment and the files of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings;

impl SecretSource for Surroundings {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is asked, because a file says so"
    )]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// Something in the place of every secret.
pub(super) struct NoSecrets;

impl NoSecrets {
    /// Has characters that no credential has, so that nobody can send it.
    const NOTHING: &str = "\u{0}there are no secrets where rules are only looked at";
}

impl SecretSource for NoSecrets {
    fn variable(&self, _name: &str) -> Option<String> {
        Some(Self::NOTHING.to_owned())
    }

    fn file(&self, _path: &Path) -> std::io::Result<String> {
        Ok(Self::NOTHING.to_owned())
    }
}

/// A secret as a file names it: `{ env = "…" }` or `{ file = "…" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl Named {
    pub(super) fn find(&self, secrets: &dyn SecretSource) -> Result<Secret, String> {
        let found = match (&self.env, &self.file) {
            (Some(name), None) => {
                secrets.variable(name).ok_or_else(|| format!("the variable {name} is not set"))?
            }
            (None, Some(path)) => secrets
                .file(path)
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                .map_err(|fault| format!("{}: {fault}", path.display()))?,
            _ => return Err("a secret is either `{ env = \"…\" }` or `{ file = \"…\" }`".to_owned()),
        };
        if found.is_empty() { Err("an empty secret is none".to_owned()) } else { Ok(found.into()) }
    }
}

/// A credential that lets in: its digest, or the place where it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credential {
    /// Whose it is.
    pub(super) id: String,
    sha256: Option<String>,
    secret: Option<Named>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
}

impl Credential {
    pub(super) fn digest(&self, secrets: &dyn SecretSource) -> Result<KeyDigest, String> {
        let digest = match (&self.sha256, &self.secret) {
            (Some(hex), None) => digest(hex),
            (None, Some(named)) => named.find(secrets).map(|secret| KeyDigest::of(secret.reveal())),
            _ => Err("needs either `sha256` or `secret`".to_owned()),
        };
        digest.map_err(|fault| format!("\"{}\": {fault}", self.id))
    }
}

/// Reads a SHA-256 in hexadecimal digits.
pub(super) fn digest(hex: &str) -> Result<KeyDigest, String> {
    KeyDigest::from_hex(hex).ok_or_else(|| "a SHA-256 has 64 hexadecimal digits".to_owned())
}
