//! Which settings can be changed while the server runs, and what they may be.
//!
//! They have the names and the forms of the configuration. A value is judged beside all others, so that no two settings
//! contradict each other.

use serde_json::Value;

use super::Settings;
use crate::time::Ttl;

/// One setting that can be changed.
#[derive(Debug)]
pub struct Runtime {
    /// Its name, as in the configuration.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// Its value in `Settings`.
    pub(crate) write: fn(&Settings) -> Value,
    /// Puts a value into `Settings`; `None` when it does not have the form.
    pub(crate) read: fn(&mut Settings, &Value) -> Option<()>,
}

macro_rules! runtime {
    ($($name:literal, $about:literal, $kind:ident, $($field:ident).+;)*) => {
        /// Every setting that can be changed while the server runs.
        pub const ALL: &[Runtime] = &[$(Runtime {
            name: $name,
            about: $about,
            write: |settings| form::$kind::write(&settings.$($field).+),
            read: |settings, value| {
                settings.$($field).+ = form::$kind::read(value)?;
                Some(())
            },
        },)*];
    };
}

runtime! {
    "auth.registration", "Whether strangers may make accounts: `open` or `closed`.", open, is_registration_open;
    "auth.require_email_verification", "Whether an address has to be verified before the first login.", switch,
        requires_verified_email;
    "tokens.access_ttl", "How long an access token lives.", length, tokens.access_ttl;
    "sessions.idle", "A session that is not used for so long ends.", length, sessions.idle;
    "sessions.absolute", "A new session ends so long after its login.", length, sessions.absolute;
    "password.min_length", "The fewest characters of a new password.", count, password.min_length;
    "password.max_length", "The most characters of a new password.", count, password.max_length;
    "password.min_strength", "The least zxcvbn score of a new password, 0 to 4.", score, password.min_strength;
    "limits.login_per_account_and_network", "Failed logins to one account from one network.", quota,
        limits.login_per_account_and_network;
    "limits.login_per_account", "Failed logins to one account from networks its owner has not used of late.", quota,
        limits.login_per_account;
    "limits.login_per_network", "Failed logins from one network, to any account.", quota, limits.login_per_network;
    "limits.login_per_device", "Failed logins from a device that the owner has logged in from, before it counts like any other.",
        quota, limits.login_per_device;
    "limits.register_per_network", "New accounts from one network.", quota, limits.register_per_network;
    "limits.mail_per_address", "Mails of one kind to one address.", quota, limits.mail_per_address;
    "limits.mail_per_network", "Mails that one network asks for, to any address.", quota, limits.mail_per_network;
    "limits.codes_per_network", "Codes from mails that one network tries.", quota, limits.codes_per_network;
    "limits.known_network", "How long a network stays known to an account after a login from it.", length,
        limits.known_network;
    "limits.known_device", "How long a device stays known to an account after a login from it; `0` means that none is.", length,
        limits.known_device;
}

/// The setting called `name`.
pub(crate) fn named(name: &str) -> Option<&'static Runtime> {
    ALL.iter().find(|setting| setting.name == name)
}

/// What makes no sense in `settings`, in a sentence with the name of the setting.
pub(crate) fn judge(settings: &Settings) -> Result<(), &'static str> {
    let (password, sessions) = (&settings.password, &settings.sessions);
    let rules: [(bool, &'static str); 7] = [
        (
            settings.tokens.access_ttl > Ttl::ZERO,
            "tokens.access_ttl: an access token has to live for a while.",
        ),
        (sessions.idle > Ttl::ZERO, "sessions.idle: a session has to live for a while."),
        (sessions.absolute > Ttl::ZERO, "sessions.absolute: a session has to live for a while."),
        (
            password.min_length >= 8,
            "password.min_length: eight characters are the least that can be asked for.",
        ),
        (
            (64..=1_024).contains(&password.max_length) && password.max_length >= password.min_length,
            "password.max_length: between 64 and 1024, and not less than password.min_length.",
        ),
        (password.min_strength <= 4, "password.min_strength: 0 to 4."),
        (has_good_quotas(settings), "limits: burst and refill are greater than zero."),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why))
}

fn has_good_quotas(settings: &Settings) -> bool {
    let limits = &settings.limits;
    [
        limits.login_per_account_and_network,
        limits.login_per_account,
        limits.login_per_network,
        limits.login_per_device,
        limits.register_per_network,
        limits.mail_per_address,
        limits.mail_per_network,
        limits.codes_per_network,
    ]
    .iter()
    .all(|quota| quota.burst > 0 && quota.refill > Ttl::ZERO)
}

/// The forms that values have, as JSON.
mod form {
    use serde_json::{Value, json};

    use crate::port::Quota;
    use crate::settings::{read_length, write_length};
    use crate::time::Ttl;

    macro_rules! form {
        ($name:ident, $kind:ty, $write:expr, $read:expr) => {
            pub(super) mod $name {
                use super::*;

                pub(crate) fn write(value: &$kind) -> Value {
                    let write: fn(&$kind) -> Value = $write;
                    write(value)
                }

                pub(crate) fn read(value: &Value) -> Option<$kind> {
                    let read: fn(&Value) -> Option<$kind> = $read;
                    read(value)
                }
            }
        };
    }

    form!(switch, bool, |is_on| json!(is_on), Value::as_bool);
    form!(open, bool, |is_open| json!(if *is_open { "open" } else { "closed" }), |value| {
        match value.as_str()? {
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        }
    });
    form!(length, Ttl, |length| json!(write_length(*length)), |value| read_length(value.as_str()?));
    form!(count, usize, |count| json!(count), |value| value.as_u64()?.try_into().ok());
    form!(score, u8, |score| json!(score), |value| value.as_u64()?.try_into().ok());
    form!(
        quota,
        Quota,
        |quota| json!({ "burst": quota.burst, "refill": write_length(quota.refill) }),
        |value| {
            let members = value.as_object().filter(|members| members.len() == 2)?;
            let burst = members.get("burst")?.as_u64()?.try_into().ok()?;
            Some(Quota { burst, refill: read_length(members.get("refill")?.as_str()?)? })
        }
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_setting_reads_what_it_writes_and_nothing_else() {
        for setting in ALL {
            let mut settings = Settings::default();
            let value = (setting.write)(&settings);

            assert_eq!((setting.read)(&mut settings, &value), Some(()), "{}", setting.name);
            assert_eq!((setting.write)(&settings), value, "{}", setting.name);
            for wrong in [json!(null), json!([]), json!("x"), json!(-1), json!({ "burst": 1 })] {
                assert_eq!((setting.read)(&mut settings, &wrong), None, "{}: {wrong}", setting.name);
            }
        }
    }

    #[test]
    fn the_defaults_make_sense() {
        assert_eq!(judge(&Settings::default()), Ok(()));
    }
}
