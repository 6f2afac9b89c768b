//! What holds where the operator says nothing.

use doorward_core::settings::Settings;

use super::length::{Length, Size};
use super::outside::WhenUnreachable;
use super::sections::{
    Audit, Auth, Crypto, HashProvider, Limits, Log, LogFormat, Password, Quota, Registration, Server,
    Sessions, Tokens,
};

impl Default for Server {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:7272".to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls_cert_file: None,
            tls_key_file: None,
            insecure_plain_http: false,
            max_body: Size(64 * 1024),
            max_head: Size(16 * 1024),
            head_timeout: seconds(10),
            request_timeout: seconds(30),
            max_connections: 10_000,
            leave: seconds(0),
            drain: seconds(10),
            workers: 0,
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self { keep: Length(Settings::default().audit.keep) }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            provider: None,
            registration: Registration::Open,
            require_authentication: true,
            everybody_is_admin_on_this_network: false,
            require_email_verification: false,
            default_admin_email: "admin@example.com".to_owned(),
            default_admin_password: None,
            default_admin_password_file: None,
            access_token_lifetime_in_minutes: None,
            access_token_minutes_lifetime: None,
            refresh_token_lifetime_in_days: None,
            access_token_days_lifetime: None,
            secret_key: None,
            secret_key_file: None,
        }
    }
}

impl Default for Crypto {
    fn default() -> Self {
        Self {
            provider: HashProvider::Argon2id,
            argon2_memory: Size(19 * 1024 * 1024),
            argon2_passes: 2,
            argon2_lanes: 1,
            bcrypt_rounds: None,
            salt_rounds: None,
            hash_threads: 0,
            hash_max_wait: seconds(1),
            master_key_file: None,
            secret_key: None,
            secret_key_file: None,
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        let Settings { tokens, audience, .. } = Settings::default();
        Self {
            algorithm: None,
            access_ttl: None,
            refresh_retry_window: Length(tokens.refresh_retry_window),
            key_rotation: Length(tokens.key_rotation),
            issuer: None,
            audience,
            leeway: Length(tokens.leeway),
            cache_capacity: tokens.cache_capacity,
        }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        let Settings { sessions, .. } = Settings::default();
        Self { idle: None, absolute: Length(sessions.absolute), fresh: Length(sessions.fresh) }
    }
}

impl Default for Password {
    fn default() -> Self {
        let policy = Settings::default().password;
        Self {
            min_length: policy.min_length,
            max_length: policy.max_length,
            min_strength: policy.min_strength,
            breached_file: None,
            breached_url: None,
            breached_when_unreachable: WhenUnreachable::Allow,
            breached_timeout: seconds(2),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let limits = Settings::default().limits;
        let quota =
            |quota: doorward_core::port::Quota| Quota { burst: quota.burst, refill: Length(quota.refill) };
        Self {
            login_per_account_and_network: quota(limits.login_per_account_and_network),
            login_per_account: quota(limits.login_per_account),
            login_per_network: quota(limits.login_per_network),
            login_per_device: quota(limits.login_per_device),
            register_per_network: quota(limits.register_per_network),
            delay_growth: limits.delay_growth,
            false_tokens_per_network: quota(limits.false_tokens_per_network),
            mail_per_address: quota(limits.mail_per_address),
            mail_per_network: quota(limits.mail_per_network),
            codes_per_network: quota(limits.codes_per_network),
            known_network: Length(limits.known_network),
            known_device: Length(limits.known_device),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Auto, level: "info".to_owned() }
    }
}

const fn seconds(seconds: u32) -> Length {
    Length(doorward_core::Ttl::from_seconds(seconds))
}
