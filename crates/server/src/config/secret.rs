//! Secrets of the configuration: given themselves or as a file, never with a value of their own.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use doorward_core::Secret;
use serde::{Deserialize, Deserializer, de};

use super::read::{ConfigError, Environment};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// What R2R signs with when it is told nothing: public, and so no secret.
const PUBLISHED_KEY: &str = "wNFbczH3QhUVcPALwtWZCPi0lrDlGV3P1DPRVEQCPbM";
/// The administrator's password in R2R's shipped file.
const PUBLISHED_PASSWORD: &str = "change_me_immediately";
/// Whoever is neither the owner nor root.
const OTHERS: u32 = 0o077;

/// The secret that access tokens are signed with, wherever R2R's configuration puts it.
pub(super) fn signing_secret(
    sections: &Sections,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Checked<Option<Secret<String>>> {
    let (auth, crypto) = (&sections.auth, &sections.crypto);
    let mut read = |name: &'static str, key: Option<&Secret<String>>, file: Option<&Path>| {
        secret(name, key, file, warnings).map(|key| (name, key))
    };
    let places = [
        read("crypto.secret_key", crypto.secret_key.as_ref(), crypto.secret_key_file.as_deref())?,
        read("auth.secret_key", auth.secret_key.as_ref(), auth.secret_key_file.as_deref())?,
        ("R2R_SECRET_KEY", environment.get("R2R_SECRET_KEY").map(|key| Secret::new(key.to_owned()))),
    ];
    let mut given = places.into_iter().filter_map(|(name, key)| key.map(|key| (name, key)));
    let Some((name, key)) = given.next() else { return Ok(None) };
    if let Some((other, _)) = given.find(|(_, other)| *other != key) {
        return refused(format!("{name} and {other} are the same secret with different values: keep one"));
    }
    let make_one = "make one with `doorward generate-private-key --algorithm HS256`";
    if key.expose() == PUBLISHED_KEY {
        return refused(format!("{name}: this key is published, anybody can sign with it; {make_one}"));
    }
    if key.expose().len() < 32 {
        return refused(format!("{name}: 32 bytes or more; {make_one}"));
    }
    Ok(Some(key))
}

/// The password chosen for the first administrator.
pub(super) fn admin_password(
    sections: &Sections,
    warnings: &mut Vec<String>,
) -> Checked<Option<Secret<String>>> {
    let auth = &sections.auth;
    let (value, file) = (auth.default_admin_password.as_ref(), auth.default_admin_password_file.as_deref());
    let password = secret("auth.default_admin_password", value, file, warnings)?;
    if password.as_ref().is_some_and(|password| password.expose() == PUBLISHED_PASSWORD) {
        return refused(
            "auth.default_admin_password: this one is in every manual; remove the key and one is made for you",
        );
    }
    Ok(password)
}

/// A secret that is given itself or as a file, and not both.
pub(super) fn secret(
    name: &str,
    value: Option<&Secret<String>>,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Checked<Option<Secret<String>>> {
    match (value, file) {
        (Some(_), Some(_)) => refused(format!("{name} and {name}_file: give one of the two")),
        (Some(value), None) => Ok(Some(value.clone())),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let fault = |fault| ConfigError(format!("{name}_file: cannot read {}: {fault}", path.display()));
            let text = Secret::new(std::fs::read_to_string(path).map_err(fault)?);
            if std::fs::metadata(path).map_err(fault)?.permissions().mode() & OTHERS != 0 {
                warnings
                    .push(format!("{name}_file: others can read {0}; run `chmod 600 {0}`", path.display()));
            }
            let text = text.expose().trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                return refused(format!("{name}_file: {} is empty", path.display()));
            }
            Ok(Some(Secret::new(text.to_owned())))
        }
    }
}

/// Reads a secret from text; a value of another kind is refused without being repeated.
pub(super) fn secret_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Secret<String>>, D::Error> {
    let text =
        Secret::<String>::deserialize(input).map_err(|_| de::Error::custom("a secret is text in quotes"))?;
    Ok(Some(text))
}
