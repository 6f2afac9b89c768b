//! Lengths of time and sizes as people write them: `"15m"`, `"30d"`, `"64KiB"`.

use std::borrow::Cow;
use std::fmt;

use doorward_core::Ttl;
use doorward_core::settings::{read_length, write_length};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const SIZES: [(&str, usize); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];

/// A length of time: a whole number and one of `ms`, `s`, `m`, `h`, `d`, `w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub Ttl);

/// A number of bytes: a whole number and one of `B`, `KiB`, `MiB`, `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Length {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        read_length(text).map(Self)
    }
}

impl Size {
    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split(text)?;
        let (_, bytes) = SIZES.into_iter().find(|(name, _)| *name == unit)?;
        Some(Self(number.parse::<usize>().ok()?.checked_mul(bytes)?))
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    (!number.is_empty()).then(|| (number, unit.trim()))
}

impl fmt::Display for Length {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&write_length(self.0))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = [SIZES[2], SIZES[1], SIZES[0], SIZES[3]];
        match unit.iter().find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes)) {
            Some((name, bytes)) => write!(out, "{}{name}", self.0 / bytes),
            None => write!(out, "{}B", self.0),
        }
    }
}

macro_rules! as_text {
    ($name:ident, $form:literal, $pattern:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
                output.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = String::deserialize(input).map_err(|_| de::Error::custom($form))?;
                Self::parse(&text).ok_or_else(|| de::Error::custom($form))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

as_text!(
    Length,
    "a length of time is text like \"90s\", \"15m\", \"12h\" or \"30d\"",
    r"^(0|[0-9]+ *(ms|s|m|h|d|w))$"
);
as_text!(Size, "a size is text like \"64KiB\" or \"1MiB\"", r"^[0-9]+ *(B|KiB|MiB|GiB)$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_what_they_print() {
        for (text, millis) in [
            ("0", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("15m", 900_000),
            ("12h", 43_200_000),
            ("30d", 2_592_000_000),
        ] {
            let length = Length::parse(text).unwrap();
            assert_eq!(length.0.as_millis(), millis);
            assert_eq!(Length::parse(&length.to_string()), Some(length));
        }
        assert_eq!(Length::parse("2w").unwrap().to_string(), "14d");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in
            ["", "15", "m", "-5m", "1.5h", "15 minutes", "99999999999999999999d", "9223372036854775807d"]
        {
            assert_eq!(Length::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_read_what_they_print() {
        assert_eq!(Size::parse("64KiB"), Some(Size(65_536)));
        assert_eq!(Size(65_536).to_string(), "64KiB");
        assert_eq!(Size(1_000).to_string(), "1000B");
        assert_eq!(Size::parse("64KB"), None);
    }
}
