//! The guards of a file, type by type.

use serde::Deserialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "oauth2")]
use super::logins::Login;
use super::secrets::{Credential, Named, SecretSource, digest};
use crate::builder::GuardsBuilder;
use crate::guards::{ApiKey, Basic, Bearer};
use crate::secret::KeyDigest;
use crate::user::UserInfo;

/// Adds the guard that `table` describes.
pub(super) fn add(
    builder: GuardsBuilder,
    name: &str,
    mut table: toml::Table,
    secrets: &dyn SecretSource,
) -> Result<GuardsBuilder, String> {
    let Some(toml::Value::String(kind)) = table.remove("type") else {
        return Err("needs a `type`".to_owned());
    };
    match &*kind {
        "basic" => Ok(builder.guard(name, read::<BasicSection>(table)?.guard(secrets)?)),
        "bearer" => Ok(builder.guard(name, read::<BearerSection>(table)?.guard(secrets)?)),
        "key" => Ok(builder.guard(name, read::<KeySection>(table)?.guard(secrets)?)),
        #[cfg(feature = "jwt")]
        "jwt" => Ok(builder.guard(name, read::<super::tokens::JwtSection>(table)?.guard())),
        #[cfg(feature = "introspection")]
        "introspection" => {
            Ok(builder.guard(name, read::<super::tokens::IntrospectionSection>(table)?.guard(secrets)?))
        }
        #[cfg(feature = "oauth2")]
        "oauth2" => Ok(builder.guard(name, read::<Login>(table)?.oauth2(secrets)?)),
        #[cfg(feature = "github")]
        "github" => Ok(builder.guard(name, read::<Login>(table)?.github(secrets)?)),
        #[cfg(feature = "oidc")]
        "oidc" => Ok(builder.guard(name, read::<Login>(table)?.oidc(secrets)?)),
        #[cfg(feature = "google")]
        "google" => Ok(builder.guard(name, read::<Login>(table)?.google(secrets)?)),
        "code" => read::<CodeSection>(table).map(|CodeSection {}| builder),
        other => Err(format!("there is no type \"{other}\" (a type needs its feature of the crate)")),
    }
}

fn read<T: DeserializeOwned>(table: toml::Table) -> Result<T, String> {
    table.try_into().map_err(|fault: toml::de::Error| fault.message().to_owned())
}

/// A guard that the application adds itself: there is nothing to say of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeSection {}

/// Each credential with the record of whoever holds it.
fn holders(
    credentials: &[Credential],
    secrets: &dyn SecretSource,
) -> Result<Vec<(KeyDigest, UserInfo)>, String> {
    let holder = |credential: &Credential| {
        let user = UserInfo::new("local", &*credential.id).with_scopes(credential.scopes.clone());
        Ok((credential.digest(secrets)?, user))
    };
    credentials.iter().map(holder).collect()
}

/// `type = "basic"`: a few users of the application's own, with long random passwords.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BasicSection {
    realm: Option<String>,
    users: Vec<Credential>,
}

impl BasicSection {
    fn guard(self, secrets: &dyn SecretSource) -> Result<Basic, String> {
        let none = Basic::users(std::iter::empty::<(String, String)>());
        let users = holders(&self.users, secrets)?;
        let guard =
            users.into_iter().fold(none, |guard, (digest, user)| guard.user_with_digest(user, digest));
        Ok(match self.realm {
            Some(realm) => guard.realm(realm),
            None => guard,
        })
    }
}

/// `type = "bearer"`: tokens that the application has given out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BearerSection {
    realm: Option<String>,
    tokens: Vec<Credential>,
    #[serde(default)]
    form: bool,
    #[serde(default)]
    query: bool,
}

impl BearerSection {
    fn guard(self, secrets: &dyn SecretSource) -> Result<Bearer, String> {
        let mut guard = Bearer::digests(holders(&self.tokens, secrets)?);
        if let Some(realm) = self.realm {
            guard = guard.realm(realm);
        }
        if self.form {
            guard = guard.in_form();
        }
        Ok(if self.query { guard.in_query() } else { guard })
    }
}

/// `type = "key"`: keys in a header or a cookie, whose they are told or not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySection {
    header: Option<String>,
    cookie: Option<String>,
    secret: Option<Named>,
    #[serde(default)]
    sha256: Vec<String>,
    #[serde(default)]
    keys: Vec<Credential>,
}

impl KeySection {
    fn guard(self, secrets: &dyn SecretSource) -> Result<ApiKey, String> {
        let mut guard = match (self.header, self.cookie) {
            (Some(header), None) => ApiKey::header(&header),
            (None, Some(cookie)) => ApiKey::cookie(cookie),
            _ => return Err("a key is either in a `header` or in a `cookie`".to_owned()),
        };
        if self.secret.is_none() && self.sha256.is_empty() && self.keys.is_empty() {
            return Err("needs `secret`, `sha256` or `keys`: without a key nobody gets in".to_owned());
        }
        if let Some(named) = self.secret {
            guard = guard.secret(named.find(secrets)?.reveal());
        }
        for hex in &self.sha256 {
            guard = guard.digest(digest(hex).map_err(|fault| format!("sha256: {fault}"))?);
        }
        Ok(guard.digests(holders(&self.keys, secrets)?))
    }
}
