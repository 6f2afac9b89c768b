//! The names an account goes by, each in one normal form.
//!
//! Two spellings of one name are one name: NFKC, then Unicode case folding. Names that mix scripts to look like another
//! name are refused (UTS #39 §5.1). Whether a name is free is the database's word, not decided here.
//!
//! Invariant: equal keys mean the same person; a user name never holds `@`, so no name is both.

use caseless::Caseless;
use email_address::{EmailAddress as Syntax, Options};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, MixedScript};

use crate::error::{Code, Error};

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3).
const EMAIL_MAX_BYTES: usize = 254;
/// User names: this many characters at least,
const USERNAME_MIN: usize = 2;
/// and this many at most.
const USERNAME_MAX: usize = 64;
/// A name longer than this is nobody's; it is cut before it is folded.
const LOGIN_NAME_MAX: usize = 320;

/// An email address, as written and in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    text: String,
    key: String,
}

impl EmailAddress {
    /// Reads `text` as a plain address: no display name, no quotes, no address literal, a domain with a dot.
    ///
    /// # Errors
    /// [`Code::InvalidEmail`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |why| Error::new(Code::InvalidEmail, why).about("email");
        let text = text.trim();
        if text.len() > EMAIL_MAX_BYTES {
            return Err(refused("An email address has at most 254 bytes."));
        }
        let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
        let key = fold(text);
        let address = Syntax::parse_with_options(&key, options)
            .map_err(|_| refused("This is not a plain email address like ada@example.com."))?;
        if address.local_part().starts_with('"') || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refused("Quotes and spaces cannot be used in an email address here."));
        }
        let parts = std::iter::once(address.local_part()).chain(address.domain().split('.'));
        if !parts.into_iter().all(MixedScript::is_single_script) {
            return Err(refused("This email address mixes scripts that look alike."));
        }
        Ok(Self { text: text.to_owned(), key })
    }

    /// The address as it was stored; both forms are believed.
    pub const fn from_stored(text: String, key: String) -> Self {
        Self { text, key }
    }

    /// The address as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normal form, unique among accounts.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The part before the `@`, in normal form.
    pub fn local_part(&self) -> &str {
        self.key.rsplit_once('@').map_or(&*self.key, |(local, _)| local)
    }
}

/// A user name, as written and in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    text: String,
    key: String,
}

impl Username {
    /// Reads `text` as a user name: 2 to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or digit, of one
    /// script.
    ///
    /// # Errors
    /// [`Code::InvalidUsername`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |why| Error::new(Code::InvalidUsername, why).about("username");
        let text = text.trim();
        let key = fold(text);
        let length = key.chars().count();
        if !(USERNAME_MIN..=USERNAME_MAX).contains(&length) || text.chars().count() > USERNAME_MAX {
            return Err(refused("A user name has 2 to 64 characters."));
        }
        let is_allowed =
            |c: char| c.is_alphanumeric() && c.identifier_allowed() || matches!(c, '-' | '_' | '.');
        if !key.chars().all(is_allowed) || !key.starts_with(char::is_alphanumeric) {
            return Err(refused(
                "A user name begins with a letter or digit and has letters, digits, '-', '_' and '.'.",
            ));
        }
        if !key.as_str().is_single_script() {
            return Err(refused("This user name mixes scripts that look alike."));
        }
        Ok(Self { text: text.to_owned(), key })
    }

    /// The name as it was stored; both forms are believed.
    pub const fn from_stored(text: String, key: String) -> Self {
        Self { text, key }
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normal form, unique among accounts.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What somebody typed to say who they are. Any text is one: a name that nobody can have is simply nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginName {
    /// The normal form of an address.
    Email(String),
    /// The normal form of a user name.
    Username(String),
}

impl LoginName {
    /// The account name that `text` stands for.
    pub fn read(text: &str) -> Self {
        let cut: String = text.trim().chars().take(LOGIN_NAME_MAX).collect();
        let key = fold(&cut);
        if key.contains('@') { Self::Email(key) } else { Self::Username(key) }
    }

    /// The normal form.
    pub fn key(&self) -> &str {
        match self {
            Self::Email(key) | Self::Username(key) => key,
        }
    }
}

/// NFKC and full case folding, until nothing changes any more (Unicode 3.13, D147).
pub(super) fn fold(text: &str) -> String {
    let once: String = text.nfkc().default_case_fold().nfkc().collect();
    once.chars().default_case_fold().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email_key(text: &str) -> String {
        EmailAddress::parse(text).unwrap().key().to_owned()
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        assert_eq!(email_key(" Ada@Example.COM "), "ada@example.com");
        assert_eq!(email_key("ａｄａ@example.com"), "ada@example.com");
        assert_eq!(email_key("STRASSE@example.com"), email_key("straße@example.com"));
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for text in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "Ada <ada@example.com>",
            "a b@example.com",
            "\"a b\"@example.com",
            "ada@[127.0.0.1]",
            "ada@example.com\0",
            "ada@exa\u{202e}mple.com",
            "a@b@c.com",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap_err().code(), Code::InvalidEmail, "{text:?}");
        }
    }

    #[test]
    fn an_address_that_mixes_scripts_is_refused() {
        let cyrillic_a = "\u{430}da@example.com";

        assert_eq!(EmailAddress::parse(cyrillic_a).unwrap_err().code(), Code::InvalidEmail);
    }

    #[test]
    fn user_names_of_one_script_are_taken_whatever_the_script() {
        for text in ["ada", "Ada.Lovelace", "ada_1815", "ада", "エイダ", "a1"] {
            assert!(Username::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn user_names_that_could_deceive_are_refused() {
        let long = "a".repeat(65);
        for text in [
            "",
            "a",
            "-ada",
            "ada@example.com",
            "ada lovelace",
            "p\u{430}ypal",
            "ada\u{200b}",
            "a\nda",
            &long,
        ] {
            assert_eq!(Username::parse(text).unwrap_err().code(), Code::InvalidUsername, "{text:?}");
        }
    }

    #[test]
    fn a_login_finds_the_name_however_it_is_typed() {
        assert_eq!(LoginName::read(" ADA@example.com"), LoginName::Email("ada@example.com".into()));
        assert_eq!(LoginName::read("ＡＤＡ"), LoginName::Username("ada".into()));
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".*") {
            let once = fold(&text);

            proptest::prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn any_text_can_be_typed_at_a_login(text in ".*") {
            LoginName::read(&text);
        }
    }
}
