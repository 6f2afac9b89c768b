//! JSON of bounded depth.
//!
//! Does not read it: headers are read in [`crate::key_set`], claims in [`crate::payload`], both without duplicate members,
//! because parsers disagree about which of two counts (RFC 8725 §2.4).

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
