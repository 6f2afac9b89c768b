//! What a name and a password have to be like, in the texts that clients of AuthX show to people.
//!
//! Does not decide what a good password is beyond that: the policy of the rules does.

use doorward_core::Secret;
use doorward_core::account::{EmailAddress, Username};
use doorward_core::settings::PasswordPolicy;

use super::answer::Refused;

/// Characters of a user name.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=20;
/// What a user name would be confused with.
const RESERVED: [&str; 6] = ["edit", "notifications", "settings", "message", "messages", "change_info"];

/// The address, as it was given.
///
/// # Errors
/// The text to show.
pub(super) fn email(given: Option<String>) -> Result<String, Refused> {
    given.filter(|text| EmailAddress::parse(text).is_ok()).ok_or_else(unknown)
}

/// The user name, without blanks around it.
///
/// # Errors
/// The text to show.
pub(super) fn username(given: &str) -> Result<String, Refused> {
    let name = given.trim();
    if !NAME_LENGTH.contains(&name.chars().count()) {
        return Err(Refused::bad("Username must contain from 3 to 20 symbols"));
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if !name.chars().all(is_plain) || !name.starts_with(char::is_alphanumeric) {
        return Err(Refused::bad("Username must not contain special characters"));
    }
    if RESERVED.contains(&&*name.to_lowercase()) {
        return Err(Refused::bad("Wrong username"));
    }
    // Letters of several scripts that look alike.
    Username::parse(name).map_err(|_| Refused::bad("Username must be only in latin or cyrillic"))?;
    Ok(name.to_owned())
}

/// The new password, which was typed twice.
///
/// # Errors
/// The text to show.
pub(super) fn password(
    first: Option<Secret<String>>,
    second: Option<&Secret<String>>,
    policy: &PasswordPolicy,
) -> Result<Secret<String>, Refused> {
    let (Some(first), Some(second)) = (first, second) else { return Err(unknown()) };
    if first.expose().contains(' ') {
        return Err(Refused::bad("Password must not contain spaces"));
    }
    let length = first.expose().chars().count();
    if !(policy.min_length..=policy.max_length).contains(&length) {
        let (min, max) = (policy.min_length, policy.max_length);
        return Err(Refused::bad(format!("Password must contain from {min} to {max} symbols")));
    }
    if first != *second {
        return Err(Refused::bad("Passwords mismatch"));
    }
    Ok(first)
}

/// A part is missing, or is none of its kind.
pub(super) fn unknown() -> Refused {
    Refused::bad("Unknown error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_letters_digits_hyphens_and_underscores() {
        for name in ["anna", "anna1", "an-na", "an_na", " Anna ", "анна", "007"] {
            assert!(username(name).is_ok(), "{name:?}");
        }
        for name in ["", "an", "an na", "an.na", "an@na", "-anna", "settings", "Settings", "p\u{430}ypal"] {
            assert!(username(name).is_err(), "{name:?}");
        }
        assert!(username(&"a".repeat(21)).is_err());
    }
}
