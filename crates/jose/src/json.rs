//! JSON read as strictly as security asks: objects without duplicate members, of bounded depth.
//!
//! Parsers disagree about which of two members counts (RFC 8725 §2.4); here neither does.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};

/// The deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// Refuses what is nested too deeply, before any parser recurses into it.
pub(crate) fn is_shallow(json: &[u8]) -> bool {
    // What opens so few objects and lists cannot nest them deeply: true of every honest token, and cheap to see.
    if json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() <= DEPTH_MAX {
        return true;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return false;
        }
    }
    true
}

/// An object whose members were counted: none comes twice.
pub(crate) struct NoDuplicates;

impl<'de> Deserialize<'de> for NoDuplicates {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = NoDuplicates;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object without duplicate members")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<NoDuplicates, M::Error> {
                let mut names: Vec<Cow<'de, str>> = Vec::with_capacity(16);
                while let Some(Name(name)) = map.next_key()? {
                    map.next_value::<IgnoredAny>()?;
                    names.push(name);
                }
                names.sort_unstable();
                if names.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err(de::Error::custom("a member comes twice"));
                }
                Ok(NoDuplicates)
            }
        }
        input.deserialize_map(Members)
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
