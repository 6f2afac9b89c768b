//! Which passwords are good enough.
//!
//! Length, not composition (NIST SP 800-63B-4): any character of any script, nothing forced, nothing forbidden but what an
//! attacker tries first. Does not limit how often a password may be guessed: see [`crate::login`].
//!
//! Invariant: a password is brought to NFKC here and nowhere else, once, before it is measured, hashed or compared.

use unicode_normalization::UnicodeNormalization;

use super::common::is_common;
use crate::account::{EmailAddress, Username};
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::settings::PasswordPolicy;

/// A name shorter than this may be part of a password.
const NAME_MIN: usize = 4;
/// No password is read beyond this many bytes.
const READ_MAX_BYTES: usize = 4096;

/// The names that an account's password must not repeat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The account's address.
    pub(crate) email: &'a EmailAddress,
    /// The account's user name.
    pub(crate) username: Option<&'a Username>,
    /// The name to show.
    pub(crate) shown: Option<&'a str>,
}

/// The form in which a password is measured, hashed and compared: NFKC of what was typed.
///
/// # Errors
/// [`Code::PasswordTooLong`] beyond 4,096 bytes, so that nobody can make the server normalise megabytes.
pub(crate) fn normal_form(typed: &Secret<String>) -> Result<Secret<String>, Error> {
    if typed.expose().len() > READ_MAX_BYTES {
        return Err(Error::from(Code::PasswordTooLong).about("password"));
    }
    Ok(Secret::new(typed.expose().nfkc().collect()))
}

impl PasswordPolicy {
    /// Says whether `plain`, in normal form, is good enough for the account with these `names`.
    ///
    /// # Errors
    /// [`Code::PasswordTooShort`], [`Code::PasswordTooLong`], [`Code::PasswordTooCommon`], [`Code::PasswordHoldsName`],
    /// [`Code::PasswordTooWeak`].
    pub(crate) fn check(&self, plain: &Secret<String>, names: Names<'_>) -> Result<(), Error> {
        let refused = |code, text: String| Err(Error::new(code, text).about("password"));
        let length = plain.expose().chars().count();
        if length < self.min_length {
            return refused(
                Code::PasswordTooShort,
                format!("A password has {} characters or more.", self.min_length),
            );
        }
        if length > self.max_length {
            return refused(
                Code::PasswordTooLong,
                format!("A password has {} characters at most.", self.max_length),
            );
        }
        let folded = plain.expose().to_lowercase();
        if is_common(&folded) {
            return Err(Error::from(Code::PasswordTooCommon).about("password"));
        }
        if names.all().iter().any(|name| repeats(&folded, name)) {
            return Err(Error::from(Code::PasswordHoldsName).about("password"));
        }
        if self.min_strength > 0 && strength(plain.expose(), names) < self.min_strength {
            return Err(Error::from(Code::PasswordTooWeak).about("password"));
        }
        Ok(())
    }
}

impl Names<'_> {
    fn all(&self) -> Vec<String> {
        let mut names =
            vec![self.email.key().to_owned(), self.email.local_part().to_owned(), "doorward".to_owned()];
        names.extend(self.username.map(|name| name.key().to_owned()));
        names.extend(self.shown.map(str::to_lowercase));
        names.retain(|name| name.chars().count() >= NAME_MIN);
        names
    }
}

/// Whether little is left of `password` once `name` is taken out of it.
fn repeats(password: &str, name: &str) -> bool {
    password.contains(name) && password.replace(name, "").chars().count() < NAME_MIN
}

/// The zxcvbn score, 0 (at once) to 4 (very hard).
fn strength(plain: &str, names: Names<'_>) -> u8 {
    let names = names.all();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(plain, &inputs).score() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &PasswordPolicy, typed: &str) -> Result<(), Code> {
        let email = EmailAddress::parse("lovelace@example.com").unwrap();
        let username = Username::parse("countess").unwrap();
        let names = Names { email: &email, username: Some(&username), shown: Some("Ada Byron") };
        let plain = normal_form(&Secret::new(typed.to_owned())).map_err(|error| error.code())?;
        policy.check(&plain, names).map_err(|error| error.code())
    }

    const POLICY: PasswordPolicy = PasswordPolicy { min_length: 8, max_length: 128, min_strength: 0 };

    #[test]
    fn length_is_counted_in_characters_after_normalisation() {
        assert_eq!(check(&POLICY, "tr0ub4d"), Err(Code::PasswordTooShort));
        assert_eq!(check(&POLICY, "вода-лёд"), Ok(()));
        assert_eq!(check(&POLICY, "e\u{301}e\u{301}e\u{301}e\u{301}"), Err(Code::PasswordTooShort));
        assert_eq!(check(&POLICY, &"水".repeat(128)), Ok(()));
        assert_eq!(check(&POLICY, &"水".repeat(129)), Err(Code::PasswordTooLong));
        assert_eq!(check(&POLICY, &"a".repeat(5000)), Err(Code::PasswordTooLong));
    }

    #[test]
    fn no_kind_of_character_is_asked_for_or_forbidden() {
        for typed in [
            "only lower case here",
            " leading and trailing ",
            "🐎🔋📎✅🐎🔋📎✅",
            "ひみつのあいことば",
            "nul\0inside it",
        ] {
            assert_eq!(check(&POLICY, typed), Ok(()), "{typed:?}");
        }
    }

    #[test]
    fn the_first_guesses_are_refused() {
        for typed in ["password", "12345678", "Password1", "QWERTYUIOP", "iloveyou1"] {
            assert_eq!(check(&POLICY, typed), Err(Code::PasswordTooCommon), "{typed:?}");
        }
    }

    #[test]
    fn the_accounts_own_names_are_no_password() {
        for typed in ["lovelace", "Lovelace1", "lovelace@example.com", "countess!", "ada byron1", "doorward1"]
        {
            assert_eq!(check(&POLICY, typed), Err(Code::PasswordHoldsName), "{typed:?}");
        }
        assert_eq!(check(&POLICY, "lovelace wrote the first program"), Ok(()));
    }

    #[test]
    fn strength_is_asked_for_only_when_configured() {
        let strict = PasswordPolicy { min_strength: 3, ..POLICY };

        assert_eq!(check(&POLICY, "abcdefgh1"), Ok(()));
        assert_eq!(check(&strict, "abcdefgh1"), Err(Code::PasswordTooWeak));
        assert_eq!(check(&strict, "vermilion kettle orbits twice"), Ok(()));
    }
}
