//! Moments as clients of AuthX show them, in UTC.

use doorward_core::Timestamp;
use time::OffsetDateTime;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// As `23 November 2026, 04:31`.
pub(super) fn long(at: Timestamp) -> String {
    let at = read(at);
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    format!("{:02} {month} {}, {:02}:{:02}", at.day(), at.year(), at.hour(), at.minute())
}

/// As `23.11.2026, 04:31 UTC`.
pub(super) fn short(at: Timestamp) -> String {
    let at = read(at);
    let month = u8::from(at.month());
    format!("{:02}.{month:02}.{}, {:02}:{:02} UTC", at.day(), at.year(), at.hour(), at.minute())
}

fn read(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_both_forms() {
        let at = Timestamp::parse("2026-11-03T04:05:59Z").unwrap();

        assert_eq!((&*long(at), &*short(at)), ("03 November 2026, 04:05", "03.11.2026, 04:05 UTC"));
    }
}
