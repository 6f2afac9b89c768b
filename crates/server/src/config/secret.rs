//! Secrets of the configuration: given themselves or as a file, never with a value of their own.

use std::path::Path;

use doorward_core::Secret;

use super::read::{ConfigError, Environment};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// The secret that access tokens are signed with, wherever R2R's configuration puts it.
pub(super) fn signing_secret(
    sections: &Sections,
    environment: &Environment,
) -> Checked<Option<Secret<String>>> {
    let (auth, crypto) = (&sections.auth, &sections.crypto);
    let places = [
        (
            "crypto.secret_key",
            secret("crypto.secret_key", crypto.secret_key.as_deref(), crypto.secret_key_file.as_deref())?,
        ),
        (
            "auth.secret_key",
            secret("auth.secret_key", auth.secret_key.as_deref(), auth.secret_key_file.as_deref())?,
        ),
        ("R2R_SECRET_KEY", environment.get("R2R_SECRET_KEY").map(|key| Secret::new(key.to_owned()))),
    ];
    let mut given = places.into_iter().filter_map(|(name, key)| key.map(|key| (name, key)));
    let Some((name, key)) = given.next() else { return Ok(None) };
    if let Some((other, _)) = given.find(|(_, other)| *other != key) {
        return refused(format!("{name} and {other} are the same secret with different values: keep one"));
    }
    if key.expose().len() < 32 {
        return refused(format!(
            "{name}: 32 bytes or more; make one with `doorward generate-private-key --algorithm HS256`"
        ));
    }
    Ok(Some(key))
}

/// A secret that is given itself or as a file, and not both.
pub(super) fn secret(
    name: &str,
    value: Option<&str>,
    file: Option<&Path>,
) -> Checked<Option<Secret<String>>> {
    match (value, file) {
        (Some(_), Some(_)) => refused(format!("{name} and {name}_file: give one of the two")),
        (Some(value), None) => Ok(Some(Secret::new(value.to_owned()))),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).map_err(|fault| {
                ConfigError(format!("{name}_file: cannot read {}: {fault}", path.display()))
            })?;
            Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())))
        }
    }
}
