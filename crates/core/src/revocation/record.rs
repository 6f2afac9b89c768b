//! What a piece of news looks like: a JWS of a type of its own, with the claims of a token.

use serde::Serialize;

use super::End;
use crate::id::{ApiKeyId, ClientId, SessionId, UserId};
use crate::time::Timestamp;

/// `typ` of a piece of news: no token passes for one, and none for a token.
pub(super) const TYP: &str = "revocation+jwt";

/// What a piece of news is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsKind {
    /// Part of all that may still matter: forget your numbers, go on from here.
    Start,
    /// What has ended since.
    Ends,
    /// All was told.
    Heartbeat,
}

impl NewsKind {
    /// The name of the kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Ends => "ends",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// The claims of a piece of news. Moments are milliseconds since 1970, but those of RFC 7519.
#[derive(Serialize)]
pub(super) struct Claims<'a> {
    pub(super) iss: &'a str,
    pub(super) aud: &'a str,
    pub(super) iat: i64,
    /// It matters no longer then.
    pub(super) exp: i64,
    pub(super) stream: &'a str,
    /// With it everything is told up to this number.
    pub(super) seq: u64,
    #[serde(flatten)]
    pub(super) said: Said,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Said {
    Start {
        /// How many parts follow this one.
        left: usize,
        #[serde(flatten)]
        ended: Ended,
    },
    Ends {
        /// The number that has to be known before.
        after: u64,
        #[serde(flatten)]
        ended: Ended,
    },
    Heartbeat {
        at: i64,
        /// All is told that had ended at this moment.
        as_of: i64,
        /// Milliseconds for which a listener may go on without hearing more.
        bound: i64,
    },
}

/// Whom tokens are about: `sub` in them.
#[derive(Serialize)]
#[serde(untagged)]
enum Subject {
    Account(UserId),
    Client(ClientId),
}

/// Ends, by what they are.
#[derive(Default, Serialize)]
pub(super) struct Ended {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<SessionId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subjects: Vec<(Subject, i64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<ApiKeyId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<(Box<str>, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    everybody: Option<Everybody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_before: Option<i64>,
}

#[derive(Serialize)]
struct Everybody {
    until: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    but: Option<SessionId>,
}

impl Ended {
    pub(super) fn new(ends: &[End]) -> Self {
        let mut ended = Self::default();
        for end in ends {
            match end {
                End::Session(_, session) => ended.sessions.push(*session),
                End::TokensOf(user, before) => {
                    ended.subjects.push((Subject::Account(*user), before.as_millis()));
                }
                End::TokensOfClient(client, before) => {
                    ended.subjects.push((Subject::Client(*client), before.as_millis()));
                }
                End::Key(key) => ended.keys.push(*key),
                End::Scope(scope, before) => ended.scopes.push((scope.clone(), before.as_millis())),
                End::Everybody(until, but) => ended.everybody_until(*until, *but),
                End::Tokens(before) => {
                    ended.issued_before = ended.issued_before.max(Some(before.as_millis()));
                }
            }
        }
        ended
    }

    /// The last one says it for all: the session that it keeps was kept, or not yet opened, before.
    fn everybody_until(&mut self, until: Timestamp, but: Option<SessionId>) {
        let until = until.as_millis();
        if self.everybody.as_ref().is_none_or(|known| known.until < until) {
            self.everybody = Some(Everybody { until, but });
        }
    }
}
