//! What a caller may do: a set of plain words.
//!
//! Scopes are compared letter by letter: no wild cards, no prefixes, no hierarchy. Those that begin with `admin:` are Doorward's
//! own and guard its administrators' API; whoever runs the server holds all of them.
//!
//! Does not say who holds which: see [`crate::role`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error};

/// The longest scope.
const SCOPE_MAX: usize = 100;
/// The most scopes in one set.
const SCOPES_MAX: usize = 200;

macro_rules! built_in {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        $(#[doc = $about] pub const $name: &str = $text;)*

        /// Doorward's own scopes, each with what it allows.
        pub const BUILT_IN: &[(&str, &str)] = &[$(($text, $about),)*];
    };
}

built_in! {
    ADMIN_USERS = "admin:users", "See, make, change and delete accounts.";
    ADMIN_SESSIONS = "admin:sessions", "See and end the sessions and API keys of others.";
    ADMIN_ROLES = "admin:roles", "Define roles, and give and take them.";
    ADMIN_SETTINGS = "admin:settings", "See and change the settings of the running server.";
    ADMIN_AUDIT = "admin:audit", "Read the audit log.";
    ADMIN_ANALYTICS = "admin:analytics", "Read figures about accounts and logins.";
    ADMIN_MAIL = "admin:mail", "See and manage mail that waits to be sent.";
    ADMIN_STATUS = "admin:status", "See how the server is.";
    ADMIN_CLIENTS = "admin:clients", "See, add and remove applications that people sign in to.";
    ADMIN_WEBHOOKS = "admin:webhooks", "See and manage webhooks.";
    ADMIN_REVOCATIONS = "admin:revocations", "Hear which sessions have ended: for services that check tokens by themselves.";
    ADMIN_INTROSPECTION = "admin:introspection", "Ask what tokens and API keys are worth: for services that do not check them by themselves.";
}

/// Read and search documents.
pub const DOCUMENTS_READ: &str = "documents:read";
/// Keep, change, share and delete documents.
pub const DOCUMENTS_WRITE: &str = "documents:write";
/// What every account may do with what is its own. No role gives it and no token says it: it is asked of credentials alone that
/// were made for less than their account may do.
pub const OF_ALL: &[&str] = &[DOCUMENTS_READ, DOCUMENTS_WRITE];

/// Whether `scope` is one of [`OF_ALL`].
pub fn is_of_all(scope: &str) -> bool {
    OF_ALL.contains(&scope)
}

/// What services need that check tokens: an application can be let have it by itself.
pub const OF_SERVICES: &[&str] = &[ADMIN_REVOCATIONS, ADMIN_INTROSPECTION];

/// Whether `scope` is one of [`OF_SERVICES`].
pub fn is_of_service(scope: &str) -> bool {
    OF_SERVICES.contains(&scope)
}

/// That it is a login: an application is told who somebody is (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// Name, user name and picture.
pub const PROFILE: &str = "profile";
/// The email address, and whether it was verified.
pub const EMAIL: &str = "email";

/// What an application may be told of somebody (OpenID Connect Core §5.4), each with what it is called on the page that asks. No role
/// gives it: whoever signs in does.
pub const OF_PERSON: &[(&str, &str)] = &[
    (OPENID, "Know that it is you."),
    (PROFILE, "See your name, user name and picture."),
    (EMAIL, "See your email address."),
];

/// Whether `scope` is one of [`OF_PERSON`].
pub fn is_of_person(scope: &str) -> bool {
    OF_PERSON.iter().any(|(name, _)| *name == scope)
}

/// A set of scopes, sorted; cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Arc<BTreeSet<Box<str>>>);

impl Scopes {
    /// Reads scopes separated by blanks (RFC 6749 §3.3).
    ///
    /// # Errors
    /// [`Code::InvalidScope`] when one has characters that scopes do not have, or there are too many.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scopes: Self = text.split(' ').filter(|scope| !scope.is_empty()).collect();
        let is_good = scopes.len() <= SCOPES_MAX && scopes.iter().all(is_scope);
        is_good.then_some(scopes).ok_or_else(|| Error::from(Code::InvalidScope).about("scope"))
    }

    /// Whether `scope` is in it.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether all of it is in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        self.iter().filter(|scope| other.contains(scope)).collect()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|scope| &**scope)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether `text` has the characters of a scope: printable ASCII but blank, quote and backslash.
pub fn is_scope(text: &str) -> bool {
    let is_good = |c: u8| matches!(c, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.len() <= SCOPE_MAX && text.bytes().all(is_good)
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        Self(Arc::new(scopes.into_iter().map(Box::from).collect()))
    }
}

/// Separated by blanks.
impl fmt::Display for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            let blank = if at == 0 { "" } else { " " };
            write!(out, "{blank}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_what_it_prints_whatever_the_order() {
        let scopes = Scopes::parse("write read  write").unwrap();

        assert_eq!(scopes.to_string(), "read write");
        assert_eq!(Scopes::parse(&scopes.to_string()).unwrap(), scopes);
        assert_eq!(Scopes::parse("").unwrap(), Scopes::default());
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        let long = "a".repeat(101);
        let many = (0..201).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        for text in ["a\"b", "a\\b", "a\tb", "\u{e9}", &long, &many] {
            assert_eq!(Scopes::parse(text).unwrap_err().code(), Code::InvalidScope, "{text:?}");
        }
    }

    #[test]
    fn no_scope_stands_for_another() {
        let scopes = Scopes::parse("admin:* admin").unwrap();

        assert!(!scopes.contains(ADMIN_USERS));
        assert!(!Scopes::parse(ADMIN_USERS).unwrap().is_within(&scopes));
    }
}
