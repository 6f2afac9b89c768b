//! The section about services of the operator's own, and what it means.

use std::collections::BTreeSet;
use std::path::PathBuf;

use doorward_core::audit::Deed;
use doorward_core::{Secret, Ttl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::outside::{WhenUnreachable, address, bounded};
use super::secret::{secret, secret_text};
use super::settle::{Checked, refused};

/// What the server alone says in a token.
const RESERVED: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "sid",
    "client_id",
    "scope",
    "act",
    "cnf",
    "acr",
    "amr",
    "auth_time",
    "token_type",
];
/// Fewer bytes of a secret can be guessed.
const SECRET_MIN: usize = 24;

/// Services of your own that are asked before something happens and told after it, signed as Standard Webhooks are.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// What calls are signed with: `whsec_` and base64, or any text of 24 characters and more.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Asked before each new account; may refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_registration: Option<String>,
    /// `refuse` or `allow`, when it does not answer.
    pub before_registration_when_unreachable: WhenUnreachable,
    /// Asked before each access token; may add claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_token: Option<String>,
    /// `refuse` or `allow`, when it does not answer.
    pub before_token_when_unreachable: WhenUnreachable,
    /// The claims it may add; others are left out.
    pub before_token_claims: Vec<String>,
    /// Told of each line of the audit log, in order, until they answer.
    pub after: Vec<String>,
    /// They are told of these deeds alone, as `["account_registered"]`; of all when empty.
    pub after_deeds: Vec<String>,
    /// How long an answer may take; 5 seconds at most. Also that of an application that is told of an end.
    pub timeout: Length,
    /// Call addresses that are not on the public network too, and without TLS; also those of applications that are told of ends.
    pub allow_private_addresses: bool,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            secret: None,
            secret_file: None,
            before_registration: None,
            before_registration_when_unreachable: WhenUnreachable::Refuse,
            before_token: None,
            before_token_when_unreachable: WhenUnreachable::Refuse,
            before_token_claims: Vec::new(),
            after: Vec::new(),
            after_deeds: Vec::new(),
            timeout: Length(Ttl::from_seconds(2)),
            allow_private_addresses: false,
        }
    }
}

/// The operator's services.
#[derive(Debug, Clone)]
pub struct HooksConfig {
    /// What calls are signed with.
    pub secret: Secret<String>,
    /// Asked before each new account.
    pub before_registration: Option<HookConfig>,
    /// Asked before each access token.
    pub before_token: Option<HookConfig>,
    /// Told of what has happened.
    pub after: Vec<String>,
    /// Of these deeds; of all when empty.
    pub after_deeds: Vec<Deed>,
    /// How long an answer may take.
    pub timeout: Ttl,
    /// Whether addresses may be called that are not on the public network.
    pub allows_private_addresses: bool,
}

/// How applications are told that what they were given has ended.
#[derive(Debug, Clone, Copy)]
pub struct LogoutsConfig {
    /// How long an answer may take.
    pub timeout: Ttl,
    /// Whether addresses may be called that are not on the public network.
    pub allows_private_addresses: bool,
}

impl Default for LogoutsConfig {
    fn default() -> Self {
        let Hooks { timeout, allow_private_addresses, .. } = Hooks::default();
        Self { timeout: timeout.0, allows_private_addresses: allow_private_addresses }
    }
}

/// One service.
#[derive(Debug, Clone)]
pub struct HookConfig {
    /// Where.
    pub url: String,
    /// What holds without an answer.
    pub when_unreachable: WhenUnreachable,
}

/// What the section means; `None` when nobody is asked or told.
pub(super) fn hooks(section: &Hooks, warnings: &mut Vec<String>) -> Checked<Option<HooksConfig>> {
    let key = secret("hooks.secret", section.secret.as_ref(), section.secret_file.as_deref(), warnings)?;
    let is_used =
        section.before_registration.is_some() || section.before_token.is_some() || !section.after.is_empty();
    if !is_used {
        return Ok(None);
    }
    let Some(secret) = key.filter(|key| key.expose().len() >= SECRET_MIN) else {
        return refused(format!(
            "hooks.secret: {SECRET_MIN} characters or more; the services tell by it who calls them"
        ));
    };
    let one = |name: &str, url: &Option<String>, when_unreachable| -> Checked<Option<HookConfig>> {
        let url = url.as_deref().map(|url| address(name, url)).transpose()?;
        Ok(url.map(|url| HookConfig { url, when_unreachable }))
    };
    let deed = |text: &String| match Deed::from_text(text) {
        Some(deed) => Ok(deed),
        None => refused(format!("hooks.after_deeds: {text:?} is no deed of the audit log")),
    };
    Ok(Some(HooksConfig {
        secret,
        before_registration: one(
            "hooks.before_registration",
            &section.before_registration,
            section.before_registration_when_unreachable,
        )?,
        before_token: one(
            "hooks.before_token",
            &section.before_token,
            section.before_token_when_unreachable,
        )?,
        after: section.after.iter().map(|url| address("hooks.after", url)).collect::<Result<_, _>>()?,
        after_deeds: section.after_deeds.iter().map(deed).collect::<Result<_, _>>()?,
        timeout: bounded("hooks.timeout", section.timeout)?,
        allows_private_addresses: section.allow_private_addresses,
    }))
}

/// What the section means for applications that are told of ends.
pub(super) fn logouts(section: &Hooks) -> Checked<LogoutsConfig> {
    Ok(LogoutsConfig {
        timeout: bounded("hooks.timeout", section.timeout)?,
        allows_private_addresses: section.allow_private_addresses,
    })
}

/// The claims that a hook may add.
pub(super) fn added_claims(section: &Hooks) -> Checked<BTreeSet<String>> {
    match section.before_token_claims.iter().find(|name| RESERVED.contains(&name.as_str())) {
        Some(name) => refused(format!("hooks.before_token_claims: {name} is the server's own")),
        None => Ok(section.before_token_claims.iter().cloned().collect()),
    }
}
