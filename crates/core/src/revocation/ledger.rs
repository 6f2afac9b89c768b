//! What has ended, in the order in which this node has heard of it.
//!
//! Does not sign and does not wait: see [`super::publish`].
//!
//! Invariant: numbers grow by one with each end; what may still matter is kept, or the tokens it was about are refused as a
//! whole.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::End;
use crate::id::{ApiKeyId, ClientId, SessionId, UserId};
use crate::port::{Clock, Entropy};
use crate::time::{Timestamp, Ttl};

/// The ends that a listener who was away can be told one by one.
const HISTORY_MAX: usize = 20_000;
/// The ends that are kept for a listener who starts over.
const KNOWN_MAX: usize = 500_000;
/// The ends in one record at most.
pub(super) const RECORD_MAX: usize = 500;
/// An end matters for so long at least, however short tokens live now: they may have lived longer a while ago.
const LEAST_HORIZON: Ttl = Ttl::from_minutes(60);
/// Stands for the end of an account among the versions of its rights.
const GONE: i64 = i64::MAX;

/// What this node knows to have ended.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Names this run of numbers: another node, or this one after a restart, counts anew.
    stream: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    written: Notify,
    wanted: Notify,
}

#[derive(Debug)]
struct State {
    seq: u64,
    /// The last ends; the last one has the number `seq`.
    history: VecDeque<End>,
    /// What may still matter, and when it was heard of.
    known: HashMap<End, Timestamp>,
    /// The rights that were told, by version.
    rights: HashMap<UserId, (i64, Timestamp)>,
    /// What the database held at this moment has been told.
    as_of: Timestamp,
    horizon: Ttl,
}

/// What comes next for a listener.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It has heard everything.
    Nothing,
    /// These; with them it has heard everything up to this number.
    Ends(u64, Vec<End>),
    /// What it has missed is no longer told one by one.
    Lost,
}

impl Ledger {
    pub(crate) fn new(clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        let state = State {
            seq: 0,
            history: VecDeque::new(),
            known: HashMap::new(),
            rights: HashMap::new(),
            as_of: clock.now(),
            horizon: LEAST_HORIZON,
        };
        Self {
            stream: URL_SAFE_NO_PAD.encode(entropy.bytes::<9>()),
            clock,
            state: Mutex::new(state),
            written: Notify::new(),
            wanted: Notify::new(),
        }
    }

    /// A session has ended.
    pub(crate) fn session(&self, user: UserId, session: SessionId) {
        self.tell(End::Session(user, session));
    }

    /// Whether the end of a session was heard of, and may still matter.
    pub(crate) fn has_ended(&self, user: UserId, session: SessionId) -> bool {
        self.state.lock().known.contains_key(&End::Session(user, session))
    }

    /// An API key was revoked.
    pub(crate) fn key(&self, key: ApiKeyId) {
        self.tell(End::Key(key));
    }

    /// What an account may do has changed: its tokens tell of what it might do before.
    pub(crate) fn rights(&self, user: UserId, version: i64) {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let known = state.rights.entry(user).or_insert((i64::MIN, now));
        if known.0 >= version {
            return;
        }
        *known = (version, now);
        self.add(&mut state, End::TokensOf(user, now), now);
    }

    /// A role allows `scope` no longer; tokens that carry it and were given before `before` are too old.
    pub(crate) fn scope(&self, scope: &str, before: Timestamp) {
        self.tell(End::Scope(scope.into(), before));
    }

    /// An account is gone.
    pub(crate) fn account(&self, user: UserId) {
        self.rights(user, GONE);
    }

    /// Tokens that an application was given for itself before `before` count no more.
    pub(crate) fn client(&self, client: ClientId, before: Timestamp) {
        self.tell(End::TokensOfClient(client, before));
    }

    /// All sessions have ended that were opened at `before` or earlier, but `but`.
    pub(crate) fn everybody(&self, before: Timestamp, but: Option<SessionId>) {
        self.tell(End::Everybody(before, but));
    }

    /// Asks for a look into the database: something has ended that it knows better.
    pub(crate) fn want_look(&self) {
        self.wanted.notify_one();
    }

    /// Done when somebody wants a look into the database.
    pub(crate) fn look_wanted(&self) -> Notified<'_> {
        self.wanted.notified()
    }

    /// Done when there is another end, counted from this call on.
    pub(crate) fn written(&self) -> Notified<'_> {
        self.written.notified()
    }

    /// Notes that all is told that the database held at `at`.
    pub(crate) fn looked(&self, at: Timestamp) {
        let mut state = self.state.lock();
        state.as_of = state.as_of.max(at);
    }

    /// Notes how long tokens live now. A horizon never shrinks: older tokens live on.
    pub(crate) fn reach(&self, token_life: Ttl) {
        let mut state = self.state.lock();
        state.horizon = state.horizon.max(token_life);
    }

    /// For how long an end matters.
    pub(crate) fn horizon(&self) -> Ttl {
        self.state.lock().horizon
    }

    /// Forgets what matters no longer.
    pub(crate) fn forget_old(&self) {
        let mut state = self.state.lock();
        let oldest = self.clock.now() - state.horizon;
        state.known.retain(|_, at| *at >= oldest);
        state.rights.retain(|_, (_, at)| *at >= oldest);
    }

    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    /// The number of the last end, and of which moment the database is told.
    pub(super) fn state(&self) -> (u64, Timestamp) {
        let state = self.state.lock();
        (state.seq, state.as_of)
    }

    /// What comes after the number `seq`.
    pub(super) fn after(&self, seq: u64) -> Next {
        let state = self.state.lock();
        let Some(missing) = state.seq.checked_sub(seq) else { return Next::Lost };
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        let Some(skip) = state.history.len().checked_sub(missing) else { return Next::Lost };
        let ends: Vec<End> = state.history.iter().skip(skip).take(RECORD_MAX).cloned().collect();
        match ends.len() {
            0 => Next::Nothing,
            count => Next::Ends(seq.saturating_add(count as u64), ends),
        }
    }

    /// All that may still matter, and the number of the last end.
    pub(super) fn all(&self) -> (u64, Vec<End>) {
        let state = self.state.lock();
        (state.seq, state.known.keys().cloned().collect())
    }

    fn tell(&self, end: End) {
        let now = self.clock.now();
        let mut state = self.state.lock();
        if !state.known.contains_key(&end) {
            self.add(&mut state, end, now);
        }
    }

    fn add(&self, state: &mut State, end: End, now: Timestamp) {
        state.known.insert(end.clone(), now);
        state.push(end);
        if state.known.len() > KNOWN_MAX {
            state.fold(now);
        }
        self.written.notify_waiters();
    }
}

impl State {
    fn push(&mut self, end: End) {
        self.seq += 1;
        self.history.push_back(end);
        if self.history.len() > HISTORY_MAX {
            self.history.pop_front();
        }
    }

    /// Tells the older half as one: what ended by a moment ended tokens given before it, and those can be fetched anew by
    /// whoever still may.
    fn fold(&mut self, now: Timestamp) {
        let mut moments: Vec<Timestamp> = self.known.values().copied().collect();
        let half = moments.len() / 2;
        let (_, middle, _) = moments.select_nth_unstable(half);
        // A token of the very millisecond is among them.
        let before = *middle + Ttl::from_millis(1);
        self.known.retain(|_, at| *at >= before);
        self.known.insert(End::Tokens(before), now);
        self.push(End::Tokens(before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::{FakeClock, FixedEntropy};

    const USER: UserId = UserId::from_bytes([7; 16]);

    fn ledger() -> (Ledger, Arc<FakeClock>) {
        let clock = Arc::new(FakeClock::default());
        (Ledger::new(clock.clone(), &FixedEntropy::default()), clock)
    }

    fn session(number: u32) -> SessionId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        SessionId::from_bytes(bytes)
    }

    #[test]
    fn an_end_is_told_once_however_often_it_is_heard_of() {
        let (ledger, _) = ledger();

        ledger.session(USER, session(1));
        ledger.session(USER, session(1));
        ledger.account(UserId::from_bytes([1; 16]));
        ledger.account(UserId::from_bytes([1; 16]));

        assert_eq!(ledger.state().0, 2);
    }

    #[test]
    fn a_listener_hears_what_it_has_not_heard_and_is_sent_back_when_it_was_away_too_long() {
        let (ledger, _) = ledger();
        for number in 0..3 {
            ledger.session(USER, session(number));
        }

        assert_eq!(ledger.after(2), Next::Ends(3, vec![End::Session(USER, session(2))]));
        assert_eq!(ledger.after(3), Next::Nothing);
        assert_eq!(ledger.after(4), Next::Lost);
        for number in 0..=u32::try_from(HISTORY_MAX).unwrap() {
            ledger.session(USER, session(10 + number));
        }
        assert_eq!(ledger.after(3), Next::Lost);
    }

    #[test]
    fn older_rights_are_no_news_and_younger_ones_are() {
        let (ledger, clock) = ledger();
        let user = UserId::from_bytes([1; 16]);
        ledger.rights(user, 2);
        clock.advance(Ttl::from_seconds(1));

        ledger.rights(user, 1);
        ledger.rights(user, 2);
        assert_eq!(ledger.state().0, 1);
        ledger.rights(user, 3);

        assert_eq!(ledger.after(1), Next::Ends(2, vec![End::TokensOf(user, clock.now())]));
    }

    #[test]
    fn what_matters_no_longer_is_forgotten() {
        let (ledger, clock) = ledger();
        ledger.reach(Ttl::from_minutes(90));
        ledger.session(USER, session(1));
        clock.advance(Ttl::from_minutes(90));
        ledger.session(USER, session(2));

        ledger.forget_old();
        assert_eq!(ledger.all().1.len(), 2);
        clock.advance(Ttl::from_millis(1));
        ledger.forget_old();

        assert_eq!(ledger.all(), (2, vec![End::Session(USER, session(2))]));
    }

    #[test]
    fn more_than_is_kept_is_told_as_a_whole_and_nothing_is_lost() {
        let (ledger, clock) = ledger();
        let count = u32::try_from(KNOWN_MAX).unwrap() + 1;
        let mut ended_at = Vec::new();
        for number in 0..count {
            if number % 1_000 == 0 {
                clock.advance(Ttl::from_millis(1));
            }
            ended_at.push(clock.now());
            ledger.session(USER, session(number));
        }

        let (_, all) = ledger.all();

        assert!(all.len() <= KNOWN_MAX / 2 + 1_001, "{}", all.len());
        let before =
            all.iter().find_map(|end| if let End::Tokens(before) = end { Some(*before) } else { None });
        let kept: std::collections::HashSet<_> = all.into_iter().collect();
        for number in 0..count {
            let is_told = kept.contains(&End::Session(USER, session(number)));
            assert!(is_told || ended_at[number as usize] < before.unwrap(), "{number}");
        }
    }
}
