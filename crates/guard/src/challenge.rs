//! `WWW-Authenticate`: how a refused caller is told what to send (RFC 9110 §11.6.1).

use std::borrow::Cow;
use std::fmt;

use http::HeaderValue;

/// One challenge: a scheme and its parameters. Printing it quotes and escapes every value.
///
/// ```
/// use doorward_guard::Challenge;
///
/// let challenge = Challenge::new("Bearer").with("realm", "a \"b\"");
/// assert_eq!(challenge.to_string(), r#"Bearer realm="a \"b\"""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: &'static str,
    parameters: Vec<(&'static str, Cow<'static, str>)>,
}

impl Challenge {
    /// A challenge of `scheme` without parameters.
    pub const fn new(scheme: &'static str) -> Self {
        Self { scheme, parameters: Vec::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// The scheme.
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (*name, &**value))
    }

    /// The line as a header; `None` if a value has characters that no header may have.
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.to_string().as_bytes()).ok()
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.scheme)?;
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            let before = if index == 0 { " " } else { ", " };
            write!(out, "{before}{name}=\"")?;
            for character in value.chars() {
                if matches!(character, '"' | '\\') {
                    out.write_str("\\")?;
                }
                write!(out, "{character}")?;
            }
            out.write_str("\"")?;
        }
        Ok(())
    }
}

/// Whether `realm` can stand in a header: printable, and not empty.
#[cfg(any(feature = "basic", feature = "bearer", feature = "jwt", feature = "introspection"))]
pub(crate) fn is_printable(realm: &str) -> bool {
    !realm.is_empty() && realm.chars().all(|character| !character.is_control())
}
