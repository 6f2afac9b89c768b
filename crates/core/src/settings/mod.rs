//! The numbers and switches that rules go by.
//!
//! Does not read files or the environment: the server's configuration makes these once at start. Some can be changed while the
//! server runs: see [`runtime`].

mod change;
mod current;
mod length;
pub mod runtime;

use std::collections::{BTreeMap, BTreeSet};

use doorward_jose::Algorithm;

pub use change::SettingValue;
pub(crate) use current::CurrentSettings;
pub use length::{read_length, write_length};

use crate::account::FieldRule;
use crate::id::UserId;
use crate::port::Quota;
use crate::revocation::RevocationSettings;
use crate::ticket::Purpose;
use crate::time::{Timestamp, Ttl};

/// Everything the rules can be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who signs: `iss` of every token.
    pub issuer: String,
    /// For whom access tokens are: `aud`. Empty: they do not say.
    pub audience: String,
    /// How tokens are made and how long they live.
    pub tokens: TokenSettings,
    /// How long sessions live.
    pub sessions: SessionSettings,
    /// What a good password is.
    pub password: PasswordPolicy,
    /// How often something may be tried.
    pub limits: Limits,
    /// What is kept of the audit log.
    pub audit: AuditSettings,
    /// How services are told what has ended.
    pub revocations: RevocationSettings,
    /// When callers have to show that they are human.
    pub captcha: CaptchaSettings,
    /// Whether strangers may make accounts.
    pub is_registration_open: bool,
    /// The scopes of the applications, each with what it allows.
    pub scopes: BTreeMap<String, String>,
    /// Whether an address has to be verified before the first login.
    pub requires_verified_email: bool,
    /// How long what is mailed can be used.
    pub tickets: TicketSettings,
    /// What the application keeps about each account, by name.
    pub fields: BTreeMap<String, FieldRule>,
}

/// How long what is mailed can be used.
#[derive(Debug, Clone)]
pub struct TicketSettings {
    /// The link that verifies an address.
    pub verify_ttl: Ttl,
    /// The link that sets a new password.
    pub reset_ttl: Ttl,
    /// The link that changes an address.
    pub change_ttl: Ttl,
    /// The link that accepts an invitation.
    pub invitation_ttl: Ttl,
    /// A code.
    pub code_ttl: Ttl,
}

impl TicketSettings {
    /// How long the link of a ticket for `purpose` can be used.
    pub const fn ttl(&self, purpose: Purpose) -> Ttl {
        match purpose {
            Purpose::VerifyEmail => self.verify_ttl,
            Purpose::ResetPassword => self.reset_ttl,
            Purpose::ChangeEmail => self.change_ttl,
            Purpose::Invitation => self.invitation_ttl,
        }
    }
}

/// How tokens are made and how long they live.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The algorithm of new access tokens.
    pub algorithm: Algorithm,
    /// How long an access token lives.
    pub access_ttl: Ttl,
    /// How far clocks may differ when a token is checked.
    pub leeway: Ttl,
    /// How long the answer to a refresh may be asked for again with the same token; zero means never.
    pub refresh_retry_window: Ttl,
    /// How long a signing key signs before the next one takes over; zero means for ever.
    pub key_rotation: Ttl,
    /// How many verified tokens are remembered at most.
    pub cache_capacity: usize,
    /// The claims that a hook may add to access tokens.
    pub added_claims: BTreeSet<String>,
    /// How long after an access token was exchanged for a fresh one the next exchange of its session may follow.
    pub extend_every: Ttl,
    /// How long after its end an access token still counts here. Zero unless other services go by the same.
    pub expiry_leeway: Ttl,
    /// Whether access tokens also say whose they are in the claims `user_id`, `username`, `scopes` and `token_type`.
    pub tells_account: bool,
}

/// How long sessions live.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// A session that is not used for so long ends.
    pub idle: Ttl,
    /// A session ends so long after its login, however much it is used.
    pub absolute: Ttl,
    /// So long after a login, deeds that ask for a fresh one do without the password.
    pub fresh: Ttl,
}

/// What a good password is.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub min_length: usize,
    /// The most characters.
    pub max_length: usize,
    /// The least zxcvbn score, 0 to 4; 0 asks for nothing.
    pub min_strength: u8,
}

/// When callers have to show that they are human, where there is a provider of captchas.
#[derive(Debug, Clone, Default)]
pub struct CaptchaSettings {
    /// For each new account.
    pub on_registration: bool,
    /// Whenever a letter to reset a password is asked for.
    pub on_reset: bool,
    /// Whenever a letter to verify an address is asked for.
    pub on_verification: bool,
    /// For a login to an account at which the caller's network has failed so often.
    pub after_failures: Option<u32>,
}

/// What is kept of the audit log.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// Lines are kept for so long at least; zero means for ever.
    pub keep: Ttl,
}

/// How often something may be tried.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Failed logins to one account from one network.
    pub login_per_account_and_network: Quota,
    /// Failed logins to one account from all networks its owner has not used of late.
    pub login_per_account: Quota,
    /// Failed logins from one network, to any account.
    pub login_per_network: Quota,
    /// Failed logins from a device that the owner has logged in from, before it counts like any other.
    pub login_per_device: Quota,
    /// New accounts from one network.
    pub register_per_network: Quota,
    /// How much longer the delay between failed logins to one account from one network grows with each of its steps; 1 means
    /// not at all.
    pub delay_growth: u32,
    /// Tokens and keys from one network that nobody was given.
    pub false_tokens_per_network: Quota,
    /// Mails of one kind to one address.
    pub mail_per_address: Quota,
    /// Mails that one network asks for, to any address.
    pub mail_per_network: Quota,
    /// Codes from mails that one network tries.
    pub codes_per_network: Quota,
    /// How long a network stays known to an account after a login from it.
    pub known_network: Ttl,
    /// How long a device stays known to an account after a login from it; zero means that none is.
    pub known_device: Ttl,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:7272".to_owned(),
            audience: "doorward".to_owned(),
            tokens: TokenSettings::default(),
            sessions: SessionSettings {
                idle: Ttl::from_days(7),
                absolute: Ttl::from_days(30),
                fresh: Ttl::from_minutes(10),
            },
            password: PasswordPolicy { min_length: 8, max_length: 128, min_strength: 0 },
            limits: Limits::default(),
            audit: AuditSettings { keep: Ttl::from_days(400) },
            revocations: RevocationSettings::default(),
            captcha: CaptchaSettings::default(),
            is_registration_open: true,
            scopes: BTreeMap::new(),
            requires_verified_email: false,
            tickets: TicketSettings::default(),
            fields: BTreeMap::new(),
        }
    }
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::EdDsa,
            access_ttl: Ttl::from_minutes(10),
            leeway: Ttl::from_seconds(30),
            refresh_retry_window: Ttl::from_seconds(10),
            key_rotation: Ttl::from_days(90),
            cache_capacity: 200_000,
            added_claims: BTreeSet::new(),
            extend_every: Ttl::from_minutes(2),
            expiry_leeway: Ttl::ZERO,
            tells_account: false,
        }
    }
}

impl Default for TicketSettings {
    fn default() -> Self {
        Self {
            verify_ttl: Ttl::from_days(1),
            reset_ttl: Ttl::from_minutes(60),
            change_ttl: Ttl::from_days(1),
            invitation_ttl: Ttl::from_days(7),
            code_ttl: Ttl::from_minutes(10),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_per_account_and_network: Quota { burst: 10, refill: Ttl::from_minutes(1) },
            login_per_account: Quota { burst: 50, refill: Ttl::from_minutes(1) },
            login_per_network: Quota { burst: 60, refill: Ttl::from_seconds(5) },
            login_per_device: Quota { burst: 5, refill: Ttl::from_minutes(60) },
            register_per_network: Quota { burst: 30, refill: Ttl::from_minutes(2) },
            delay_growth: 4,
            false_tokens_per_network: Quota { burst: 100, refill: Ttl::from_seconds(5) },
            mail_per_address: Quota { burst: 2, refill: Ttl::from_minutes(15) },
            mail_per_network: Quota { burst: 20, refill: Ttl::from_minutes(1) },
            codes_per_network: Quota { burst: 30, refill: Ttl::from_seconds(10) },
            known_network: Ttl::from_days(30),
            known_device: Ttl::from_days(90),
        }
    }
}

/// A setting that was changed while the server runs, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSetting {
    /// Which.
    pub name: String,
    /// The value, as JSON.
    pub value: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// By whom; `None` for the command line.
    pub set_by: Option<UserId>,
}
