//! The numbers that the rules of `doorward-core` go by, from the sections and R2R's older names for some of them.

use std::collections::BTreeMap;

use doorward_core::Ttl;
use doorward_core::password::{HashFunction, HashSettings};
use doorward_core::scope::{is_of_person, is_scope};
use doorward_core::settings::{AuditSettings, PasswordPolicy, SessionSettings, Settings, TokenSettings};
use doorward_jose::Algorithm;

use super::hooks::added_claims;
use super::outside::captcha_settings;
use super::read::{ConfigError, Environment};
use super::revocations::revocations;
use super::sections::{self, HashProvider, Registration, Sections};
use super::settle::{Checked, Http, or_cores, refused};
use super::{fields, mail};

/// With it the last step is four thousand times the first.
const MOST_GROWTH: u32 = 16;
const MOST_LEEWAY: Ttl = Ttl::from_minutes(5);
/// Keys are published some minutes before they sign: faster, and none would ever sign.
const LEAST_ROTATION: Ttl = Ttl::from_minutes(60);

/// What the rules go by.
pub(super) fn rules(
    sections: &Sections,
    environment: &Environment,
    http: &Http,
    has_secret: bool,
) -> Checked<Settings> {
    let defaults = Settings::default();
    let limits = &sections.limits;
    let quota = |name: &str, quota: sections::Quota| {
        if quota.burst == 0 || quota.refill.0 == Ttl::ZERO {
            return refused(format!("limits.{name}: burst and refill are greater than zero"));
        }
        Ok(doorward_core::port::Quota { burst: quota.burst, refill: quota.refill.0 })
    };
    Ok(Settings {
        issuer: sections.tokens.issuer.clone().unwrap_or_else(|| http.public_url.clone()),
        audience: sections.tokens.audience.clone(),
        tokens: tokens(sections, environment, has_secret, &defaults)?,
        sessions: sessions(sections, environment, &defaults)?,
        password: password(&sections.password)?,
        limits: doorward_core::settings::Limits {
            login_per_account_and_network: quota(
                "login_per_account_and_network",
                limits.login_per_account_and_network,
            )?,
            login_per_account: quota("login_per_account", limits.login_per_account)?,
            login_per_network: quota("login_per_network", limits.login_per_network)?,
            login_per_device: quota("login_per_device", limits.login_per_device)?,
            register_per_network: quota("register_per_network", limits.register_per_network)?,
            delay_growth: limits.delay_growth.clamp(1, MOST_GROWTH),
            false_tokens_per_network: quota("false_tokens_per_network", limits.false_tokens_per_network)?,
            mail_per_address: quota("mail_per_address", limits.mail_per_address)?,
            mail_per_network: quota("mail_per_network", limits.mail_per_network)?,
            codes_per_network: quota("codes_per_network", limits.codes_per_network)?,
            known_network: limits.known_network.0,
            known_device: limits.known_device.0,
        },
        audit: AuditSettings { keep: sections.audit.keep.0 },
        revocations: revocations(&sections.revocations)?,
        captcha: captcha_settings(&sections.captcha),
        is_registration_open: sections.auth.registration == Registration::Open,
        scopes: scopes(&sections.scopes)?,
        requires_verified_email: sections.auth.require_email_verification,
        tickets: mail::tickets(&sections.mail)?,
        fields: fields::fields(&sections.fields)?,
    })
}

/// The applications' scopes.
fn scopes(named: &BTreeMap<String, String>) -> Checked<BTreeMap<String, String>> {
    for name in named.keys() {
        if !is_scope(name) {
            return refused(format!(
                "scopes.{name:?}: a scope has 1 to 100 printable ASCII characters, no blank, quote or backslash"
            ));
        }
        if name.starts_with("admin:") {
            return refused(format!("scopes.{name:?}: names that begin with \"admin:\" are Doorward's own"));
        }
        if is_of_person(name) {
            return refused(format!("scopes.{name:?}: applications are told of people by this name"));
        }
    }
    Ok(named.clone())
}

fn tokens(
    sections: &Sections,
    environment: &Environment,
    has_secret: bool,
    defaults: &Settings,
) -> Checked<TokenSettings> {
    let tokens = &sections.tokens;
    let named = tokens.algorithm.as_deref().map(str::parse::<Algorithm>).transpose();
    let algorithm = match named.map_err(|fault| ConfigError(format!("tokens.algorithm: {fault}")))? {
        Some(other) if has_secret && other != Algorithm::Hs256 => {
            return refused(format!(
                "tokens.algorithm is {other} and a secret key is given, which signs with HS256: remove one of the two"
            ));
        }
        Some(algorithm) => algorithm,
        None if has_secret => Algorithm::Hs256,
        None => defaults.tokens.algorithm,
    };
    let auth = &sections.auth;
    let minutes = |minutes: Option<u32>| minutes.map(Ttl::from_minutes);
    let access_ttl = agree(&[
        ("tokens.access_ttl", tokens.access_ttl.map(|length| length.0)),
        ("auth.access_token_lifetime_in_minutes", minutes(auth.access_token_lifetime_in_minutes)),
        ("auth.access_token_minutes_lifetime", minutes(auth.access_token_minutes_lifetime)),
        ("R2R_ACCESS_LIFE_IN_MINUTES", minutes(number(environment, "R2R_ACCESS_LIFE_IN_MINUTES")?)),
    ])?
    .unwrap_or(defaults.tokens.access_ttl);
    if access_ttl == Ttl::ZERO {
        return refused("tokens.access_ttl: an access token has to live for a while");
    }
    check_lengths(sections)?;
    Ok(TokenSettings {
        algorithm,
        access_ttl,
        leeway: tokens.leeway.0,
        refresh_retry_window: tokens.refresh_retry_window.0,
        key_rotation: tokens.key_rotation.0,
        cache_capacity: tokens.cache_capacity.max(1),
        added_claims: added_claims(&sections.hooks)?,
        ..defaults.tokens.clone()
    })
}

/// Lengths that would undo what they belong to.
fn check_lengths(sections: &Sections) -> Checked<()> {
    let tokens = &sections.tokens;
    if tokens.leeway.0 > MOST_LEEWAY {
        return refused("tokens.leeway: 5m at most; tokens would live long beyond their end");
    }
    if tokens.refresh_retry_window.0 > MOST_LEEWAY {
        return refused(
            "tokens.refresh_retry_window: 5m at most; a stolen token would go unnoticed for as long",
        );
    }
    let rotation = tokens.key_rotation.0;
    if rotation != Ttl::ZERO && rotation < LEAST_ROTATION {
        return refused("tokens.key_rotation: 1h or more, or \"0\" for never");
    }
    if tokens.audience.is_empty() && !sections.dialect.tp.enabled {
        return refused("tokens.audience: say for whom tokens are, or remove the key");
    }
    Ok(())
}

fn sessions(sections: &Sections, environment: &Environment, defaults: &Settings) -> Checked<SessionSettings> {
    let days = |days: Option<u32>| days.map(Ttl::from_days);
    let idle = agree(&[
        ("sessions.idle", sections.sessions.idle.map(|length| length.0)),
        ("auth.refresh_token_lifetime_in_days", days(sections.auth.refresh_token_lifetime_in_days)),
        ("auth.access_token_days_lifetime", days(sections.auth.access_token_days_lifetime)),
        ("R2R_REFRESH_LIFE_IN_DAYS", days(number(environment, "R2R_REFRESH_LIFE_IN_DAYS")?)),
    ])?
    .unwrap_or(defaults.sessions.idle);
    let absolute = sections.sessions.absolute.0;
    if idle == Ttl::ZERO || absolute == Ttl::ZERO {
        return refused("sessions.idle and sessions.absolute: a session has to live for a while");
    }
    Ok(SessionSettings { idle, absolute, fresh: sections.sessions.fresh.0 })
}

/// The one value that several spellings of a setting agree on.
fn agree(spellings: &[(&str, Option<Ttl>)]) -> Checked<Option<Ttl>> {
    let mut given = spellings.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    let Some((first, value)) = given.next() else { return Ok(None) };
    match given.find(|(_, other)| *other != value) {
        Some((other, _)) => {
            refused(format!("{first} and {other} are the same setting with different values: keep one"))
        }
        None => Ok(Some(value)),
    }
}

fn password(policy: &sections::Password) -> Checked<PasswordPolicy> {
    if policy.min_length < 8 {
        return refused("password.min_length: eight characters are the least that can be asked for");
    }
    if policy.max_length < 64 || policy.max_length > 1_024 || policy.max_length < policy.min_length {
        return refused("password.max_length: between 64 and 1024, and not less than password.min_length");
    }
    if policy.min_strength > 4 {
        return refused("password.min_strength: 0 to 4");
    }
    Ok(PasswordPolicy {
        min_length: policy.min_length,
        max_length: policy.max_length,
        min_strength: policy.min_strength,
    })
}

/// How passwords are hashed, and on how many threads.
pub(super) fn hash(crypto: &sections::Crypto) -> Checked<HashSettings> {
    let function = match crypto.provider {
        HashProvider::Argon2id => argon2id(crypto)?,
        HashProvider::Bcrypt => {
            let cost = match (crypto.bcrypt_rounds, crypto.salt_rounds) {
                (Some(one), Some(other)) if one != other => {
                    return refused(
                        "crypto.bcrypt_rounds and crypto.salt_rounds are the same setting with different values: keep one",
                    );
                }
                (one, other) => one.or(other).unwrap_or(12),
            };
            if !(4..=31).contains(&cost) {
                return refused("crypto.bcrypt_rounds: 4 to 31");
            }
            HashFunction::Bcrypt { cost }
        }
    };
    Ok(HashSettings { function, threads: or_cores(crypto.hash_threads), max_wait: crypto.hash_max_wait.0 })
}

fn argon2id(crypto: &sections::Crypto) -> Checked<HashFunction> {
    let memory_kib = u32::try_from(crypto.argon2_memory.0 / 1024).unwrap_or(u32::MAX);
    let (passes, lanes) = (crypto.argon2_passes, crypto.argon2_lanes);
    if passes == 0 || lanes == 0 || lanes > 255 || memory_kib < 8 * lanes || memory_kib > 1024 * 1024 {
        return refused(
            "crypto.argon2_*: at least one pass and one lane, 8KiB of memory per lane, and at most 1GiB",
        );
    }
    Ok(HashFunction::Argon2id { memory_kib, passes, lanes })
}

fn number(environment: &Environment, name: &str) -> Checked<Option<u32>> {
    let value = environment.get(name).map(str::parse::<u32>).transpose();
    value.map_err(|_| ConfigError(format!("{name}: a whole number")))
}
