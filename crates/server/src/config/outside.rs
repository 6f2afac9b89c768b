//! The sections about others that are asked over HTTP, and what they mean.

use std::path::PathBuf;

use doorward_core::settings::CaptchaSettings;
use doorward_core::{Secret, Ttl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::hooks::{HooksConfig, LogoutsConfig, hooks, logouts};
use super::length::Length;
use super::secret::{secret, secret_text};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// A caller waits for it.
const LONGEST_TIMEOUT: Ttl = Ttl::from_seconds(5);

/// Captchas: for whom it may be a program.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Captcha {
    /// Who checks them: `recaptcha`, `hcaptcha` or `turnstile`. Without it nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<CaptchaProvider>,
    /// The provider's secret for this site.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Where solutions are checked, when it is not where the provider usually does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_url: Option<String>,
    /// Ask for one with each registration.
    pub on_registration: bool,
    /// Ask for one with each request for a letter to reset a password.
    pub on_reset: bool,
    /// Ask for one with each request for a letter to verify an address.
    pub on_verification: bool,
    /// Ask for one at login after so many failures of a network at an account; 0 means never.
    pub after_failures: u32,
    /// `refuse` or `allow`, when the provider does not answer.
    pub when_unreachable: WhenUnreachable,
    /// How long the provider may take; 5 seconds at most.
    pub timeout: Length,
}

/// The providers by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaptchaProvider {
    /// Google's.
    Recaptcha,
    /// Intuition Machines'.
    Hcaptcha,
    /// Cloudflare's.
    Turnstile,
}

/// What holds while somebody who is asked does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenUnreachable {
    /// Nobody passes.
    Refuse,
    /// Everybody passes.
    Allow,
}

impl Default for Captcha {
    fn default() -> Self {
        Self {
            provider: None,
            secret: None,
            secret_file: None,
            verify_url: None,
            on_registration: true,
            on_reset: true,
            on_verification: true,
            after_failures: 3,
            when_unreachable: WhenUnreachable::Refuse,
            timeout: Length(Ttl::from_seconds(3)),
        }
    }
}

/// Those who are asked.
#[derive(Debug, Clone, Default)]
pub struct OutsideConfig {
    /// Who checks captchas.
    pub captcha: Option<CaptchaConfig>,
    /// A file with leaked passwords.
    pub breached_file: Option<PathBuf>,
    /// A service that knows leaked passwords.
    pub breached_range: Option<BreachedRangeConfig>,
    /// The operator's own services.
    pub hooks: Option<HooksConfig>,
    /// How applications are told of ends.
    pub logouts: LogoutsConfig,
}

/// Who checks captchas.
#[derive(Debug, Clone)]
pub struct CaptchaConfig {
    /// Where.
    pub verify_url: String,
    /// The secret of this site.
    pub secret: Secret<String>,
    /// What holds without an answer.
    pub when_unreachable: WhenUnreachable,
    /// How long an answer may take.
    pub timeout: Ttl,
}

/// A service that knows leaked passwords.
#[derive(Debug, Clone)]
pub struct BreachedRangeConfig {
    /// Where, without `/range`.
    pub url: String,
    /// What holds without an answer.
    pub when_unreachable: WhenUnreachable,
    /// How long an answer may take.
    pub timeout: Ttl,
}

/// What the sections say of others.
pub(super) fn outside(sections: &Sections, warnings: &mut Vec<String>) -> Checked<OutsideConfig> {
    let password = &sections.password;
    let range = password.breached_url.as_deref().map(|url| -> Checked<BreachedRangeConfig> {
        Ok(BreachedRangeConfig {
            url: address("password.breached_url", url)?,
            when_unreachable: password.breached_when_unreachable,
            timeout: bounded("password.breached_timeout", password.breached_timeout)?,
        })
    });
    Ok(OutsideConfig {
        captcha: captcha(&sections.captcha, warnings)?,
        breached_file: password.breached_file.clone(),
        breached_range: range.transpose()?,
        hooks: hooks(&sections.hooks, warnings)?,
        logouts: logouts(&sections.hooks)?,
    })
}

fn captcha(section: &Captcha, warnings: &mut Vec<String>) -> Checked<Option<CaptchaConfig>> {
    let key = secret("captcha.secret", section.secret.as_ref(), section.secret_file.as_deref(), warnings)?;
    let Some(provider) = section.provider else { return Ok(None) };
    let Some(secret) = key else {
        return refused(
            "captcha.secret: the provider gives one for each site; say it, or remove captcha.provider",
        );
    };
    let usual = match provider {
        CaptchaProvider::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        CaptchaProvider::Hcaptcha => "https://api.hcaptcha.com/siteverify",
        CaptchaProvider::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    };
    let url = section.verify_url.as_deref().unwrap_or(usual);
    Ok(Some(CaptchaConfig {
        verify_url: address("captcha.verify_url", url)?,
        secret,
        when_unreachable: section.when_unreachable,
        timeout: bounded("captcha.timeout", section.timeout)?,
    }))
}

/// When a captcha is asked for.
pub(super) fn captcha_settings(section: &Captcha) -> CaptchaSettings {
    CaptchaSettings {
        on_registration: section.on_registration,
        on_reset: section.on_reset,
        on_verification: section.on_verification,
        after_failures: (section.after_failures > 0).then_some(section.after_failures),
    }
}

pub(super) fn address(name: &str, text: &str) -> Checked<String> {
    let is_good =
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_good {
        Ok(text.to_owned())
    } else {
        refused(format!("{name}: {text:?} is no address like \"https://…\""))
    }
}

pub(super) fn bounded(name: &str, timeout: Length) -> Checked<Ttl> {
    if timeout.0 == Ttl::ZERO || timeout.0 > LONGEST_TIMEOUT {
        return refused(format!("{name}: more than nothing and 5s at most; a caller waits for it"));
    }
    Ok(timeout.0)
}
