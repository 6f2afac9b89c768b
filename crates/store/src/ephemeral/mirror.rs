//! A picture of the living sessions, for services that know the address of the cache and nothing else.
//!
//! | key | what it is |
//! |---|---|
//! | `mirror` | what holds for all: `{"scopes": {…}, "everybody_until": …, "but": …}`; kept alive while somebody sees to the picture, and gone soon after |
//! | `session:{user}:session` | the moment from which on tokens of the session count; gone when it has ended, and with its last token |
//! | `since:{user}` | tokens of the account that were given before this moment count no longer |
//!
//! Moments are milliseconds since 1970. The braces are part of the keys: in a cluster they keep an account's keys together.
//!
//! Does not know which sessions live: it is told. Invariant: no token and nothing about a person is kept there.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use doorward_core::port::{SessionMirror, Shown};
use doorward_core::revocation::End;
use doorward_core::{SessionId, Timestamp, Ttl, UserId};
use futures_util::future::join_all;
use redis::Script;
use serde_json::{Map, Value, json};

use super::cache::Cache;

/// How long the picture counts without a word of those who see to it.
const ALIVE: Duration = Duration::from_secs(5);
/// Ends that are told at the same time.
const AT_ONCE: usize = 64;

/// Shows a session: the moment, the life in milliseconds. The first moment stands, the longest life counts.
static SHOW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
         if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
         return 0",
    )
});

/// Moves the moment from which on tokens of an account count: the moment, the life in milliseconds. It never goes back.
static SINCE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 0 end
         redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
         return 1",
    )
});

/// What has ended for more than one account.
#[derive(Debug, Default)]
pub struct ForAll {
    everybody: Option<(Timestamp, Option<SessionId>)>,
    scopes: BTreeMap<Box<str>, Timestamp>,
}

impl ForAll {
    /// Notes what of `end` holds for all.
    pub fn note(&mut self, end: &End) {
        match end {
            End::Everybody(until, but) if self.everybody.is_none_or(|(known, _)| known < *until) => {
                self.everybody = Some((*until, *but));
            }
            End::Scope(scope, before) => {
                let moment = self.scopes.entry(scope.clone()).or_insert(*before);
                *moment = (*moment).max(*before);
            }
            _ => {}
        }
    }

    fn state(&self) -> Value {
        let scopes: Map<_, _> =
            self.scopes.iter().map(|(name, at)| (name.to_string(), at.as_millis().into())).collect();
        let mut state = json!({ "scopes": scopes });
        if let Some((until, but)) = self.everybody {
            state["everybody_until"] = until.as_millis().into();
            state["but"] = json!(but);
        }
        state
    }
}

/// The picture in a cache.
#[derive(Debug, Clone)]
pub struct MirroredSessions {
    cache: Arc<Cache>,
}

impl MirroredSessions {
    /// The picture in `cache`.
    pub const fn new(cache: Arc<Cache>) -> Self {
        Self { cache }
    }

    /// Grows whenever the cache may have lost or brought back something.
    pub fn lines_made(&self) -> u64 {
        self.cache.lines_made()
    }

    /// Takes `ends` out of the picture, and keeps in mind for `horizon` what ended for whole accounts; says whether all of it was
    /// done.
    pub async fn take_out(&self, ends: &[End], horizon: Ttl) -> bool {
        for ends in ends.chunks(AT_ONCE) {
            if !join_all(ends.iter().map(|end| self.take_one_out(end, horizon)))
                .await
                .into_iter()
                .all(|done| done)
            {
                return false;
            }
        }
        true
    }

    async fn take_one_out(&self, end: &End, horizon: Ttl) -> bool {
        match end {
            End::Session(user, session) => self.hide_one(*user, *session).await,
            End::TokensOf(user, before) => self.since(*user, *before, horizon).await,
            // Keys, and applications by themselves, are not shown; [`ForAll`] has what holds for more than one account; and the rest is told one by one.
            End::Key(_) | End::TokensOfClient(..) | End::Scope(..) | End::Everybody(..) | End::Tokens(_) => {
                true
            }
        }
    }

    /// Says that the picture is seen to, and what holds for all of it.
    pub async fn keep_alive(&self, for_all: &ForAll) -> bool {
        let state = for_all.state();
        let (key, state) = (self.cache.key("mirror"), state.to_string());
        let done = self.cache.ask(async move |mut line| {
            let mut set = redis::cmd("SET");
            set.arg(key).arg(state).arg("PX").arg(u64::try_from(ALIVE.as_millis()).unwrap_or(u64::MAX));
            set.query_async::<()>(&mut line).await
        });
        done.await.is_some()
    }

    async fn hide_one(&self, user: UserId, session: SessionId) -> bool {
        let key = self.session(user, session);
        let done = self
            .cache
            .ask(async move |mut line| redis::cmd("DEL").arg(key).query_async::<i64>(&mut line).await);
        done.await.is_some()
    }

    async fn since(&self, user: UserId, moment: Timestamp, horizon: Ttl) -> bool {
        let key = self.cache.key(&format!("since:{{{user}}}"));
        let done = self.cache.ask(async move |mut line| {
            let mut call = SINCE.key(key);
            call.arg(moment.as_millis()).arg(horizon.as_millis());
            call.invoke_async::<i64>(&mut line).await
        });
        done.await.is_some()
    }

    fn session(&self, user: UserId, session: SessionId) -> String {
        self.cache.key(&format!("session:{{{user}}}:{session}"))
    }
}

#[async_trait]
impl SessionMirror for MirroredSessions {
    async fn show(&self, shown: Shown) {
        let key = self.session(shown.user, shown.session);
        let _ = self
            .cache
            .ask(async move |mut line| {
                let mut call = SHOW.key(key);
                call.arg(shown.given_at.as_millis()).arg(shown.ttl.as_millis().max(1));
                call.invoke_async::<i64>(&mut line).await
            })
            .await;
    }

    async fn hide(&self, user: UserId, session: SessionId) {
        let _ = self.hide_one(user, session).await;
    }
}
