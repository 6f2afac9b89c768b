//! A piece of news, as its issuer has signed it.

use serde::Deserialize;

/// `typ` of news: no token passes for one.
pub(super) const TYP: &str = "revocation+jwt";

/// A piece of news.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    /// When it was signed, in seconds since 1970.
    pub(super) iat: i64,
    /// When it matters no longer.
    pub(super) exp: i64,
    /// Which run of numbers it belongs to.
    pub(super) stream: String,
    /// With it everything is told up to this number.
    pub(super) seq: u64,
    #[serde(flatten)]
    pub(super) said: Said,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Said {
    /// Part of all that matters; so many parts follow.
    Start {
        left: usize,
        #[serde(flatten)]
        ended: Ended,
    },
    /// What has ended since the number `after`.
    Ends {
        after: u64,
        #[serde(flatten)]
        ended: Ended,
    },
    /// All was told that had ended at `as_of`; said at `at`, good for `bound`: all in milliseconds.
    Heartbeat { at: i64, as_of: i64, bound: i64 },
    /// Of a newer issuer.
    #[serde(other)]
    Unknown,
}

/// Ends; moments are milliseconds since 1970.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    pub(super) sessions: Vec<Box<str>>,
    /// Tokens of these that were given before a moment.
    pub(super) subjects: Vec<(Box<str>, i64)>,
    pub(super) keys: Vec<Box<str>>,
    /// Tokens that carry these scopes and were given before a moment.
    pub(super) scopes: Vec<(Box<str>, i64)>,
    pub(super) everybody: Option<Everybody>,
    /// All tokens that were given before this moment.
    pub(super) issued_before: Option<i64>,
}

/// All sessions that were opened at a moment or before it, but one.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Everybody {
    pub(super) until: i64,
    #[serde(default)]
    pub(super) but: Option<Box<str>>,
}
