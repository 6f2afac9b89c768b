//! The sessions in use on this node, and whether they still live.
//!
//! Whoever holds a verified token holds its session's [`Live`]: a check is one atomic load. An end is first made durable
//! and then shown here, so it acts on the very next request.
//!
//! An end that is shown here is told to those who listen for it, too: in one place, so that none is forgotten.
//!
//! Does not remember sessions for ever: those nobody holds are dropped when the server tidies up.
//!
//! Invariant: a session is never shown alive after it was shown ended. A reader enters the session here *before* it asks
//! the database, so an end that it does not see in the database yet finds it here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use parking_lot::RwLock;

use crate::account::{LiveAccount, Rights};
use crate::api_key::LiveKey;
use crate::error::{Code, Error};
use crate::id::{ApiKeyId, ClientId, SessionId, UserId};
use crate::oauth::{LiveClient, LiveClients};
use crate::revocation::Ledger;
use crate::session::SignOut;
use crate::time::{Timestamp, Ttl};

const SHARDS: usize = 16;
/// A sign of life younger than this is not noted again.
const NOTE_EVERY: Ttl = Ttl::from_seconds(1);

/// An application that is removed is given nothing so long after.
const LAST_TOKENS: Ttl = Ttl::from_seconds(60);

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
    pub(crate) fn see(&self, now: Timestamp, idle: Ttl) -> Result<(), Error> {
        let seen = Timestamp::from_millis(self.last_seen_at.load(Ordering::Relaxed));
        let is_over = self.state.load(Ordering::Acquire) != ALIVE
            || now.as_millis() >= self.expires_at.load(Ordering::Relaxed)
            || now.since(seen) >= idle;
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

/// An account in use on this node, with its sessions and keys.
#[derive(Debug, Default)]
struct Entry {
    account: Arc<LiveAccount>,
    sessions: Vec<Arc<Live>>,
    keys: Vec<Arc<LiveKey>>,
}

type Shard = RwLock<HashMap<UserId, Entry>>;

/// Signs of life that have not been written yet.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    pub(crate) sessions: Vec<(SessionId, Timestamp)>,
    pub(crate) keys: Vec<(ApiKeyId, Timestamp)>,
}

/// All sessions and API keys in use on this node, by their owners.
#[derive(Debug)]
pub(crate) struct LiveSessions {
    shards: [Shard; SHARDS],
    clients: LiveClients,
    ledger: Ledger,
}

impl LiveSessions {
    /// Tells `ledger` of each end.
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { shards: Default::default(), clients: LiveClients::default(), ledger }
    }

    /// What has ended.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn shard(&self, user: UserId) -> &Shard {
        // The last byte of a UUIDv7 is random.
        &self.shards[usize::from(user.as_bytes()[15]) % SHARDS]
    }

    /// The session and its account, entered now if nobody used it before. Ask the database about them afterwards, not before.
    pub(crate) fn enter(&self, user: UserId, session: SessionId) -> (Arc<Live>, Arc<LiveAccount>) {
        let mut shard = self.shard(user).write();
        let entry = shard.entry(user).or_default();
        let known = entry.sessions.iter().find(|live| live.session == session).cloned();
        let live = known.unwrap_or_else(|| {
            let live = Arc::new(Live::new(session));
            entry.sessions.push(Arc::clone(&live));
            live
        });
        (live, Arc::clone(&entry.account))
    }

    /// The API key and its account; as [`LiveSessions::enter`].
    pub(crate) fn enter_key(&self, user: UserId, key: ApiKeyId) -> (Arc<LiveKey>, Arc<LiveAccount>) {
        let mut shard = self.shard(user).write();
        let entry = shard.entry(user).or_default();
        let known = entry.keys.iter().find(|live| live.key == key).cloned();
        let live = known.unwrap_or_else(|| {
            let live = Arc::new(LiveKey::new(key));
            entry.keys.push(Arc::clone(&live));
            live
        });
        (live, Arc::clone(&entry.account))
    }

    /// The application that acts by itself; as [`LiveSessions::enter`].
    pub(crate) fn enter_client(&self, client: ClientId) -> Arc<LiveClient> {
        self.clients.enter(client)
    }

    /// Shows that tokens an application was given for itself before `at` count no more.
    pub(crate) fn renew_client(&self, client: ClientId, at: Timestamp) {
        self.clients.renew(client, at);
        self.ledger.client(client, at);
    }

    /// Shows an application gone that was removed at `at`.
    pub(crate) fn end_client(&self, client: ClientId, at: Timestamp) {
        self.clients.renew(client, Timestamp::NEVER);
        // One that had proved itself a moment before may be given its token a moment after.
        self.ledger.client(client, at + LAST_TOKENS);
    }

    /// The session, if it is in use on this node.
    pub(crate) fn find(&self, user: UserId, session: SessionId) -> Option<Arc<Live>> {
        let shard = self.shard(user).read();
        shard.get(&user)?.sessions.iter().find(|live| live.session == session).cloned()
    }

    /// Shows one session ended.
    pub(crate) fn end(&self, user: UserId, session: SessionId) {
        if let Some(live) = self.find(user, session) {
            live.end();
        }
        self.ledger.session(user, session);
    }

    /// Shows one API key ended.
    pub(crate) fn end_key(&self, user: UserId, key: ApiKeyId) {
        if let Some(entry) = self.shard(user).read().get(&user) {
            entry.keys.iter().filter(|live| live.key == key).for_each(|live| live.end());
        }
        self.ledger.key(key);
    }

    /// Shows all sessions of `user` ended, but `keep`.
    pub(crate) fn end_all(&self, user: UserId, keep: Option<SessionId>) {
        if let Some(entry) = self.shard(user).read().get(&user) {
            entry.sessions.iter().filter(|live| Some(live.session) != keep).for_each(|live| live.end());
        }
        // Which ones that were, the database knows.
        self.ledger.want_look();
    }

    /// Shows those sessions ended that `sign_out` has ended.
    pub(crate) fn end_signed_out(&self, sign_out: &SignOut) {
        for shard in &self.shards {
            let shard = shard.read();
            let sessions = shard.values().flat_map(|entry| &entry.sessions);
            sessions.filter(|live| sign_out.has_ended(live.session)).for_each(|live| live.end());
        }
        self.ledger.everybody(sign_out.at(), sign_out.kept());
    }

    /// Shows what the account of `user` may do from now on.
    pub(crate) fn set_rights(&self, user: UserId, rights: Rights) {
        self.ledger.rights(user, rights.version);
        if let Some(entry) = self.shard(user).read().get(&user) {
            entry.account.found(rights);
        }
    }

    /// Shows the account of `user` gone, with all that was its own.
    pub(crate) fn end_account(&self, user: UserId) {
        if let Some(entry) = self.shard(user).read().get(&user) {
            entry.account.end();
            entry.sessions.iter().for_each(|live| live.end());
            entry.keys.iter().for_each(|live| live.end());
        }
        self.ledger.account(user);
    }

    /// Signs of life that have not been written yet; they count as written from now on. What nobody holds is dropped.
    pub(crate) fn sweep(&self) -> Unwritten {
        let mut unwritten = Unwritten::default();
        self.clients.sweep();
        for shard in &self.shards {
            shard.write().retain(|_, entry| {
                unwritten.sessions.extend(entry.sessions.iter().filter_map(|live| live.take_unwritten()));
                unwritten.keys.extend(entry.keys.iter().filter_map(|live| live.take_unwritten()));
                entry.sessions.retain(|live| Arc::strong_count(live) > 1);
                entry.keys.retain(|live| Arc::strong_count(live) > 1);
                !entry.sessions.is_empty() || !entry.keys.is_empty() || Arc::strong_count(&entry.account) > 1
            });
        }
        unwritten
    }

    /// How many sessions are in use on this node.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|s| s.read().values().map(|entry| entry.sessions.len()).sum::<usize>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::{FakeClock, FixedEntropy};

    const USER: UserId = UserId::from_bytes([1; 16]);
    const SESSION: SessionId = SessionId::from_bytes([2; 16]);
    const OTHER: SessionId = SessionId::from_bytes([3; 16]);
    const IDLE: Ttl = Ttl::from_minutes(10);

    fn sessions() -> LiveSessions {
        LiveSessions::new(Ledger::new(Arc::new(FakeClock::default()), &FixedEntropy::default()))
    }

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_millis(0) + Ttl::from_minutes(minutes)
    }

    fn alive(sessions: &LiveSessions, session: SessionId) -> Arc<Live> {
        let (live, _) = sessions.enter(USER, session);
        live.found(at(60), at(0));
        live
    }

    #[test]
    fn an_end_acts_on_the_next_look() {
        let sessions = self::sessions();
        let live = alive(&sessions, SESSION);
        assert!(live.see(at(1), IDLE).is_ok());

        sessions.end(USER, SESSION);

        assert_eq!(live.see(at(1), IDLE).unwrap_err().code(), Code::TokenRevoked);
    }

    #[test]
    fn an_end_that_overtakes_a_reader_stands() {
        let sessions = self::sessions();
        let (reader, _) = sessions.enter(USER, SESSION);

        sessions.end(USER, SESSION);
        reader.found(at(60), at(0));

        assert!(reader.see(at(1), IDLE).is_err());
    }

    #[test]
    fn use_keeps_a_session_alive_and_only_until_its_absolute_end() {
        let sessions = self::sessions();
        let live = alive(&sessions, SESSION);

        for minute in (9..60).step_by(9) {
            assert!(live.see(at(minute), IDLE).is_ok(), "minute {minute}");
        }

        assert!(live.see(at(60), IDLE).is_err());
    }

    #[test]
    fn a_session_that_nobody_uses_ends() {
        let sessions = self::sessions();

        assert!(alive(&sessions, SESSION).see(at(10), IDLE).is_err());
    }

    #[test]
    fn all_sessions_end_but_the_one_that_is_kept() {
        let sessions = self::sessions();
        let (kept, other) = (alive(&sessions, SESSION), alive(&sessions, OTHER));

        sessions.end_all(USER, Some(SESSION));

        assert!(kept.see(at(1), IDLE).is_ok());
        assert!(other.see(at(1), IDLE).is_err());
    }

    #[test]
    fn a_sign_of_life_is_written_once_and_unheld_sessions_are_dropped() {
        let sessions = self::sessions();
        let live = alive(&sessions, SESSION);
        live.see(at(1), IDLE).unwrap();

        assert_eq!(sessions.sweep().sessions, [(SESSION, at(1))]);
        assert_eq!(sessions.sweep().sessions, []);
        assert_eq!(sessions.len(), 1);
        drop(live);
        sessions.sweep();
        assert_eq!(sessions.len(), 0);
    }
}
