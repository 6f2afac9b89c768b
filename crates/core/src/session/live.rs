//! The sessions in use on this node, and whether they still live.
//!
//! Whoever holds a verified token holds its session's [`Live`]: a check is one atomic load. An end is first made durable
//! and then shown here, so it acts on the very next request.
//!
//! Does not remember sessions for ever: those nobody holds are dropped when the server tidies up.
//!
//! Invariant: a session is never shown alive after it was shown ended. A reader enters the session here *before* it asks
//! the database, so an end that it does not see in the database yet finds it here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use parking_lot::RwLock;

use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::settings::SessionSettings;
use crate::time::{Timestamp, Ttl};

const SHARDS: usize = 16;
/// A sign of life younger than this is not noted again.
const NOTE_EVERY: Ttl = Ttl::from_seconds(1);

const UNKNOWN: u8 = 0;
const ALIVE: u8 = 1;
const ENDED: u8 = 2;

/// One session in use on this node.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) session: SessionId,
    state: AtomicU8,
    expires_at: AtomicI64,
    last_seen_at: AtomicI64,
    written_at: AtomicI64,
}

impl Live {
    fn new(session: SessionId) -> Self {
        Self {
            session,
            state: AtomicU8::new(UNKNOWN),
            expires_at: AtomicI64::new(0),
            last_seen_at: AtomicI64::new(0),
            written_at: AtomicI64::new(0),
        }
    }

    /// Notes what the database said; an end noted meanwhile stands.
    pub(crate) fn found(&self, expires_at: Timestamp, last_seen_at: Timestamp) {
        self.expires_at.store(expires_at.as_millis(), Ordering::Relaxed);
        self.last_seen_at.fetch_max(last_seen_at.as_millis(), Ordering::Relaxed);
        self.written_at.fetch_max(last_seen_at.as_millis(), Ordering::Relaxed);
        let _ = self.state.compare_exchange(UNKNOWN, ALIVE, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Shows the session ended, for ever.
    pub(crate) fn end(&self) {
        self.state.store(ENDED, Ordering::Release);
    }

    /// Notes a sign of life, if the session lives.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`] when it was ended, or its idle or absolute time is over.
    pub(crate) fn see(&self, now: Timestamp, settings: &SessionSettings) -> Result<(), Error> {
        let seen = Timestamp::from_millis(self.last_seen_at.load(Ordering::Relaxed));
        let is_over = self.state.load(Ordering::Acquire) != ALIVE
            || now.as_millis() >= self.expires_at.load(Ordering::Relaxed)
            || now.since(seen) >= settings.idle;
        if is_over {
            return Err(Code::TokenRevoked.into());
        }
        if now.since(seen) >= NOTE_EVERY {
            self.last_seen_at.fetch_max(now.as_millis(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// The last sign of life on this node.
    pub(crate) fn last_seen_at(&self) -> Timestamp {
        Timestamp::from_millis(self.last_seen_at.load(Ordering::Relaxed))
    }

    /// The last sign of life, when it is younger than what was written of it; counts as written from now on.
    fn take_unwritten(&self) -> Option<(SessionId, Timestamp)> {
        let seen = self.last_seen_at.load(Ordering::Relaxed);
        let written = self.written_at.fetch_max(seen, Ordering::Relaxed);
        (seen > written).then(|| (self.session, Timestamp::from_millis(seen)))
    }
}

type Shard = RwLock<HashMap<UserId, Vec<Arc<Live>>>>;

/// All sessions in use on this node, by their owners.
#[derive(Debug, Default)]
pub(crate) struct LiveSessions {
    shards: [Shard; SHARDS],
}

impl LiveSessions {
    fn shard(&self, user: UserId) -> &Shard {
        // The last byte of a UUIDv7 is random.
        &self.shards[usize::from(user.as_bytes()[15]) % SHARDS]
    }

    /// The session, entered now if nobody used it before. Ask the database about it afterwards, not before.
    pub(crate) fn enter(&self, user: UserId, session: SessionId) -> Arc<Live> {
        if let Some(live) = self.find(user, session) {
            return live;
        }
        let mut shard = self.shard(user).write();
        let sessions = shard.entry(user).or_default();
        // Another request may have entered it while this one waited for the lock.
        if let Some(live) = sessions.iter().find(|live| live.session == session) {
            return Arc::clone(live);
        }
        let live = Arc::new(Live::new(session));
        sessions.push(Arc::clone(&live));
        live
    }

    /// The session, if it is in use on this node.
    pub(crate) fn find(&self, user: UserId, session: SessionId) -> Option<Arc<Live>> {
        let shard = self.shard(user).read();
        shard.get(&user)?.iter().find(|live| live.session == session).cloned()
    }

    /// Shows one session ended.
    pub(crate) fn end(&self, user: UserId, session: SessionId) {
        if let Some(live) = self.find(user, session) {
            live.end();
        }
    }

    /// Shows all sessions of `user` ended, but `keep`.
    pub(crate) fn end_all(&self, user: UserId, keep: Option<SessionId>) {
        let shard = self.shard(user).read();
        let sessions = shard.get(&user).map_or(&[][..], Vec::as_slice);
        sessions.iter().filter(|live| Some(live.session) != keep).for_each(|live| live.end());
    }

    /// Signs of life that have not been written yet; they count as written from now on. Sessions nobody holds are dropped.
    pub(crate) fn sweep(&self) -> Vec<(SessionId, Timestamp)> {
        let mut unwritten = Vec::new();
        for shard in &self.shards {
            shard.write().retain(|_, sessions| {
                unwritten.extend(sessions.iter().filter_map(|live| live.take_unwritten()));
                sessions.retain(|live| Arc::strong_count(live) > 1);
                !sessions.is_empty()
            });
        }
        unwritten
    }

    /// How many sessions are in use on this node.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().values().map(Vec::len).sum::<usize>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: UserId = UserId::from_bytes([1; 16]);
    const SESSION: SessionId = SessionId::from_bytes([2; 16]);
    const OTHER: SessionId = SessionId::from_bytes([3; 16]);
    const SETTINGS: SessionSettings =
        SessionSettings { idle: Ttl::from_minutes(10), absolute: Ttl::from_days(1) };

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_millis(0) + Ttl::from_minutes(minutes)
    }

    fn alive(sessions: &LiveSessions, session: SessionId) -> Arc<Live> {
        let live = sessions.enter(USER, session);
        live.found(at(60), at(0));
        live
    }

    #[test]
    fn an_end_acts_on_the_next_look() {
        let sessions = LiveSessions::default();
        let live = alive(&sessions, SESSION);
        assert!(live.see(at(1), &SETTINGS).is_ok());

        sessions.end(USER, SESSION);

        assert_eq!(live.see(at(1), &SETTINGS).unwrap_err().code(), Code::TokenRevoked);
    }

    #[test]
    fn an_end_that_overtakes_a_reader_stands() {
        let sessions = LiveSessions::default();
        let reader = sessions.enter(USER, SESSION);

        sessions.end(USER, SESSION);
        reader.found(at(60), at(0));

        assert!(reader.see(at(1), &SETTINGS).is_err());
    }

    #[test]
    fn use_keeps_a_session_alive_and_only_until_its_absolute_end() {
        let sessions = LiveSessions::default();
        let live = alive(&sessions, SESSION);

        for minute in (9..60).step_by(9) {
            assert!(live.see(at(minute), &SETTINGS).is_ok(), "minute {minute}");
        }

        assert!(live.see(at(60), &SETTINGS).is_err());
    }

    #[test]
    fn a_session_that_nobody_uses_ends() {
        let sessions = LiveSessions::default();

        assert!(alive(&sessions, SESSION).see(at(10), &SETTINGS).is_err());
    }

    #[test]
    fn all_sessions_end_but_the_one_that_is_kept() {
        let sessions = LiveSessions::default();
        let (kept, other) = (alive(&sessions, SESSION), alive(&sessions, OTHER));

        sessions.end_all(USER, Some(SESSION));

        assert!(kept.see(at(1), &SETTINGS).is_ok());
        assert!(other.see(at(1), &SETTINGS).is_err());
    }

    #[test]
    fn a_sign_of_life_is_written_once_and_unheld_sessions_are_dropped() {
        let sessions = LiveSessions::default();
        let live = alive(&sessions, SESSION);
        live.see(at(1), &SETTINGS).unwrap();

        assert_eq!(sessions.sweep(), [(SESSION, at(1))]);
        assert_eq!(sessions.sweep(), []);
        assert_eq!(sessions.len(), 1);
        drop(live);
        sessions.sweep();
        assert_eq!(sessions.len(), 0);
    }
}
