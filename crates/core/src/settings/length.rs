//! Lengths of time as people write them: `"15m"`, `"30d"`.

use crate::time::Ttl;

const UNITS: [(&str, i64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// The length that `text` says: `0`, or a whole number and one of `ms`, `s`, `m`, `h`, `d`, `w`.
pub fn read_length(text: &str) -> Option<Ttl> {
    let text = text.trim();
    if text == "0" {
        return Some(Ttl::ZERO);
    }
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = (text[..at].parse::<i64>().ok()?, text[at..].trim());
    let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    Some(Ttl::from_millis(number.checked_mul(millis)?))
}

/// The text of a length, in the largest unit up to days that it is a whole number of.
pub fn write_length(length: Ttl) -> String {
    let millis = length.as_millis();
    let unit = UNITS.iter().take(5).rev().find(|(_, unit)| millis >= *unit && millis % unit == 0);
    match unit {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}
