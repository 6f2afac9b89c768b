//! Moments and lengths of time, in whole milliseconds.
//!
//! Does not read a clock: see [`crate::port::Clock`].

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// The length of a printed moment.
const TEXT_BYTES: usize = 24;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
const END_OF_TIME: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time: how long something lives, in milliseconds; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(i64);

impl Timestamp {
    /// After every other moment.
    pub const NEVER: Self = Self(i64::MAX);

    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down: the `NumericDate` of RFC 7519.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment that `text` names in the form of RFC 3339; parts of a millisecond are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }

    /// The day of this moment in UTC, counted from 1970-01-01.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The first moment of this day.
    pub const fn of_day(day: i64) -> Self {
        Self(day.saturating_mul(DAY))
    }

    /// How long after `earlier` this moment is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Ttl {
        Ttl(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl Ttl {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// `millis` milliseconds; a negative number counts as zero.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// `seconds` seconds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds as i64 * 1000)
    }

    /// `minutes` minutes.
    pub const fn from_minutes(minutes: u32) -> Self {
        Self(minutes as i64 * 60_000)
    }

    /// `days` days of 24 hours.
    pub const fn from_days(days: u32) -> Self {
        Self(days as i64 * 86_400_000)
    }

    /// `count` times as long, within what can be counted.
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(count as i64))
    }

    /// The length in milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The length in whole seconds, rounded up: what `Retry-After` and `expires_in` carry.
    pub const fn as_seconds_ceil(self) -> i64 {
        self.0 / 1000 + (self.0 % 1000 > 0) as i64
    }
}

impl Add<Ttl> for Timestamp {
    type Output = Self;

    fn add(self, ttl: Ttl) -> Self {
        Self(self.0.saturating_add(ttl.0))
    }
}

impl Sub<Ttl> for Timestamp {
    type Output = Self;

    fn sub(self, ttl: Ttl) -> Self {
        Self(self.0.saturating_sub(ttl.0))
    }
}

impl From<Duration> for Ttl {
    fn from(length: Duration) -> Self {
        Self(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
    }
}

impl From<Ttl> for Duration {
    fn from(ttl: Ttl) -> Self {
        Self::from_millis(ttl.0.unsigned_abs())
    }
}

impl Timestamp {
    /// The text of the moment, as [`Display`](fmt::Display) prints it, in `room`.
    pub fn text_in(self, room: &mut [u8; TEXT_BYTES]) -> &str {
        *room = self.to_text();
        std::str::from_utf8(room).unwrap_or_default()
    }

    /// Written by hand: this is on the path of every guarded request, and the general formatter is ten times dearer.
    fn to_text(self) -> [u8; TEXT_BYTES] {
        let moment = OffsetDateTime::from_unix_timestamp(self.as_seconds()).unwrap_or(END_OF_TIME);
        let (date, time, millis) = (moment.date(), moment.time(), self.0.rem_euclid(1000));
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0..4, date.year().unsigned_abs()),
            (5..7, u32::from(u8::from(date.month()))),
            (8..10, u32::from(date.day())),
            (11..13, u32::from(time.hour())),
            (14..16, u32::from(time.minute())),
            (17..19, u32::from(time.second())),
            (20..23, u32::try_from(millis).unwrap_or_default()),
        ];
        for (place, mut number) in parts {
            for digit in text[place].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        text
    }
}

/// RFC 3339 in UTC with milliseconds, as in `2026-01-31T08:00:00.250Z`. Moments beyond the year 9999 print as its end.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text_in(&mut [0; TEXT_BYTES]))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(self.text_in(&mut [0; TEXT_BYTES]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_rfc_3339() {
        assert_eq!(Timestamp::from_millis(1_769_846_400_250).to_string(), "2026-01-31T08:00:00.250Z");
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.807Z");
    }

    #[test]
    fn a_moment_is_read_as_it_prints() {
        let moment = Timestamp::from_millis(1_769_846_400_250);

        assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        assert_eq!(Timestamp::parse("2026-01-31T09:00:00.2509+01:00"), Some(moment));
        assert_eq!(Timestamp::parse("2026-01-31"), None);
    }

    #[test]
    fn a_started_second_counts_whole_in_retry_after() {
        assert_eq!(Ttl::from_millis(1).as_seconds_ceil(), 1);
        assert_eq!(Ttl::from_millis(2000).as_seconds_ceil(), 2);
    }

    #[test]
    fn time_does_not_run_backwards() {
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Ttl::ZERO);
    }
}
