//! What a proven caller may do: a set of plain words.
//!
//! Scopes are compared letter by letter: no wild cards, no prefixes, no hierarchy. Order is kept for printing alone.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of scopes; cheap to clone.
///
/// ```
/// use doorward_guard::ScopeSet;
///
/// let granted = ScopeSet::from(["read", "write", "read"]);
/// assert_eq!(granted.len(), 2);
/// assert!(granted.contains("write"));
/// assert_eq!(ScopeSet::parse("write read"), granted);
/// ```
#[derive(Clone, Default)]
pub struct ScopeSet(Option<Arc<[Box<str>]>>);

impl ScopeSet {
    /// No scopes.
    pub const EMPTY: Self = Self(None);

    /// Reads scopes separated by white space, as OAuth writes them (RFC 6749 §3.3).
    pub fn parse(text: &str) -> Self {
        text.split_ascii_whitespace().collect()
    }

    /// Reads scopes separated by `delimiter`; some services use a comma.
    pub fn parse_with(text: &str, delimiter: &str) -> Self {
        if delimiter.trim().is_empty() {
            return Self::parse(text);
        }
        text.split(delimiter).map(str::trim).collect()
    }

    /// Whether `scope` is in it.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|known| known == scope)
    }

    /// Whether all of `other` are in it.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.contains(scope))
    }

    /// The scopes of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            _ => self.iter().chain(other.iter()).collect(),
        }
    }

    /// The scopes of `self` that `other` lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.iter().filter(|scope| !other.contains(scope)).collect()
    }

    /// How many scopes there are.
    pub fn len(&self) -> usize {
        self.0.as_deref().map_or(0, <[_]>::len)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The scopes, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.as_deref().unwrap_or_default().iter().map(|scope| &**scope)
    }

    /// The first scope that OAuth and HTTP cannot carry (RFC 6749 §3.3 names the characters).
    pub(crate) fn first_unprintable(&self) -> Option<&str> {
        let printable = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        self.iter().find(|scope| !scope.bytes().all(printable))
    }
}

impl<T: AsRef<str>> FromIterator<T> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = T>>(scopes: I) -> Self {
        let mut unique: Vec<Box<str>> = Vec::new();
        for scope in scopes {
            let scope = scope.as_ref();
            if !scope.is_empty() && !unique.iter().any(|known| **known == *scope) {
                unique.push(scope.into());
            }
        }
        Self((!unique.is_empty()).then(|| unique.into()))
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for ScopeSet {
    fn from(scopes: [T; N]) -> Self {
        scopes.into_iter().collect()
    }
}

impl<T: AsRef<str>> From<Vec<T>> for ScopeSet {
    fn from(scopes: Vec<T>) -> Self {
        scopes.into_iter().collect()
    }
}

/// Equal if the same scopes are in both, in whatever order.
impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.contains_all(other)
    }
}

impl Eq for ScopeSet {}

/// Prints the scopes with spaces between them, as OAuth writes them.
impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                out.write_str(" ")?;
            }
            out.write_str(scope)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(deserializer).map(Self::from)
    }
}
