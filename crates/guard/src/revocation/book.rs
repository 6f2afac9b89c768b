//! What is known to have ended: asked at every request by all threads, written by one.
//!
//! Bounded: an end is kept while it matters, and when there are too many, the tokens that the oldest ones were about are
//! refused as a whole, so that their holders fetch new ones. Invariant: what was entered is refused until it matters no longer.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::record::{Ended, Everybody};
use crate::guards::TokenFacts;

const SHARDS: usize = 32;
/// Nothing of the kind.
const NEVER: i64 = i64::MIN;

/// What is known to have ended.
pub(super) struct Book {
    sessions: Table,
    subjects: Table,
    ids: Table,
    scopes: Table,
    /// How often something was entered.
    edition: AtomicU64,
    /// Sessions opened at this moment or before it have ended, in milliseconds.
    everybody_until: AtomicI64,
    /// But this one.
    but: RwLock<Option<Box<str>>>,
    /// Tokens given before this moment are not believed, in milliseconds.
    issued_before: AtomicI64,
    order: Mutex<VecDeque<Line>>,
    capacity: usize,
}

/// One end, in the order in which they were heard.
struct Line {
    kind: Kind,
    name: Box<str>,
    /// When it matters no longer, in seconds.
    until: i64,
    /// Tokens that it is about were given before this moment, in milliseconds.
    before: i64,
}

#[derive(Clone, Copy)]
enum Kind {
    Session,
    Subject,
    Id,
    Scope,
}

/// Names, each with a moment.
struct Table {
    shards: [RwLock<HashMap<Box<str>, Entry>>; SHARDS],
    /// Most of the time there is nothing to look for.
    count: AtomicUsize,
}

#[derive(Clone, Copy)]
struct Entry {
    until: i64,
    before: i64,
}

impl Book {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            sessions: Table::new(),
            subjects: Table::new(),
            ids: Table::new(),
            scopes: Table::new(),
            edition: AtomicU64::new(0),
            everybody_until: AtomicI64::new(NEVER),
            but: RwLock::new(None),
            issued_before: AtomicI64::new(NEVER),
            order: Mutex::new(VecDeque::new()),
            capacity: capacity.max(1),
        }
    }

    /// Whether a token must not be believed any more.
    pub(super) fn is_revoked(&self, token: &TokenFacts) -> bool {
        let before = self.issued_before.load(Ordering::Acquire);
        (before != NEVER && issued_at(token) < before)
            || token.session.as_ref().is_some_and(|session| self.sessions.find(session).is_some())
            || self.is_of_everybody(token)
            || self.subjects.find(&token.subject).is_some_and(|entry| issued_at(token) < entry.before)
            || token.id.as_ref().is_some_and(|id| self.ids.find(id).is_some())
            || self.is_narrowed(token)
    }

    /// Changes with each entry. Who has read it before asking about a token knows as long as it stays what the answer was.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Whether it carries a scope that its holder may have lost since it was given.
    fn is_narrowed(&self, token: &TokenFacts) -> bool {
        let is_older = |scope| self.scopes.find(scope).is_some_and(|entry| issued_at(token) < entry.before);
        !self.scopes.is_empty() && token.scopes.iter().any(is_older)
    }

    fn is_of_everybody(&self, token: &TokenFacts) -> bool {
        let until = self.everybody_until.load(Ordering::Acquire);
        if until == NEVER {
            return false;
        }
        let opened = token.session.as_deref().and_then(made_at);
        opened.unwrap_or_else(|| issued_at(token)) <= until
            && (token.session.is_none() || *self.but.read() != token.session.as_deref().map(Box::from))
    }

    /// Enters what was heard at `iat` and matters until `exp`, both in seconds; drops what matters no longer at `now`.
    pub(super) fn enter(&self, ended: &Ended, (iat, exp): (i64, i64), now: i64) {
        let mut order = self.order.lock();
        let given_before = iat.saturating_add(1).saturating_mul(1000);
        let mut line = |kind, name: &str, before| {
            if self.table(kind).enter(name, Entry { until: exp, before }) {
                order.push_back(Line { kind, name: name.into(), until: exp, before: given_before });
            }
        };
        ended.sessions.iter().for_each(|name| line(Kind::Session, name, given_before));
        ended.keys.iter().for_each(|name| line(Kind::Id, name, given_before));
        ended.subjects.iter().for_each(|(name, before)| line(Kind::Subject, name, *before));
        ended.scopes.iter().for_each(|(name, before)| line(Kind::Scope, name, *before));
        if let Some(Everybody { until, but }) = &ended.everybody
            && *until > self.everybody_until.load(Ordering::Acquire)
        {
            // The exception first: without it, a reader between the two would refuse who is meant to stay.
            *self.but.write() = but.clone();
            self.everybody_until.store(*until, Ordering::Release);
        }
        if let Some(before) = ended.issued_before {
            self.issued_before.fetch_max(before, Ordering::AcqRel);
        }
        self.drop_old(&mut order, now);
        self.edition.fetch_add(1, Ordering::AcqRel);
    }

    /// Drops what matters no longer at `now`, in seconds.
    pub(super) fn tidy(&self, now: i64) {
        self.drop_old(&mut self.order.lock(), now);
    }

    fn drop_old(&self, order: &mut VecDeque<Line>, now: i64) {
        while let Some(line) = order.pop_front() {
            let is_too_much = order.len() >= self.capacity;
            if line.until > now && !is_too_much {
                order.push_front(line);
                return;
            }
            let table = self.table(line.kind);
            match table.find(&line.name) {
                // Heard of again since: it stays for as long as the last news of it.
                Some(entry) if entry.until > now && !is_too_much => {
                    order.push_back(Line { until: entry.until, ..line });
                }
                Some(entry) if entry.until > now => {
                    self.issued_before.fetch_max(line.before.max(entry.before), Ordering::AcqRel);
                    table.remove(&line.name);
                }
                _ => table.remove(&line.name),
            }
        }
    }

    /// How many ends are known one by one.
    pub(super) fn len(&self) -> usize {
        self.order.lock().len()
    }

    const fn table(&self, kind: Kind) -> &Table {
        match kind {
            Kind::Session => &self.sessions,
            Kind::Subject => &self.subjects,
            Kind::Id => &self.ids,
            Kind::Scope => &self.scopes,
        }
    }
}

impl Table {
    fn new() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()), count: AtomicUsize::new(0) }
    }

    /// The last letter of an id is as good as any hash.
    fn shard(&self, name: &str) -> &RwLock<HashMap<Box<str>, Entry>> {
        &self.shards[usize::from(name.as_bytes().last().copied().unwrap_or_default()) % SHARDS]
    }

    fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    fn find(&self, name: &str) -> Option<Entry> {
        if self.is_empty() {
            return None;
        }
        self.shard(name).read().get(name).copied()
    }

    /// Enters a name, or lets it stay for longer; says whether it is new.
    fn enter(&self, name: &str, new: Entry) -> bool {
        let mut shard = self.shard(name).write();
        if let Some(known) = shard.get_mut(name) {
            known.until = known.until.max(new.until);
            known.before = known.before.max(new.before);
            return false;
        }
        shard.insert(name.into(), new);
        self.count.fetch_add(1, Ordering::AcqRel);
        true
    }

    fn remove(&self, name: &str) {
        if self.shard(name).write().remove(name).is_some() {
            self.count.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// When a token was given, in milliseconds: as its name tells, if that is a UUID of version 7, else the start of the second.
fn issued_at(token: &TokenFacts) -> i64 {
    token.id.as_deref().and_then(made_at).unwrap_or_else(|| token.issued_at.saturating_mul(1000))
}

/// The moment in a UUID of version 7 (RFC 9562 §5.7), in milliseconds since 1970.
fn made_at(id: &str) -> Option<i64> {
    let bytes = id.as_bytes();
    let is_uuid =
        bytes.len() == 36 && [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-') && bytes[14] == b'7';
    let millis = i64::from_str_radix(id.get(..8)?, 16).ok()?.checked_shl(16)?;
    is_uuid.then_some(millis | i64::from_str_radix(id.get(9..13)?, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// 2026-01-31T08:00:00.000Z.
    const OPENED: &str = "019c1310-e400-7972-80f5-d4017cdd7b4f";
    const OPENED_AT: i64 = 1_769_846_400_000;

    fn token(claims: Value) -> TokenFacts {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        TokenFacts::new("i", claims.get("sub").and_then(Value::as_str).unwrap_or("ada"), &claims)
    }

    fn ended(said: Value) -> Ended {
        serde_json::from_value(said).unwrap()
    }

    #[test]
    fn a_session_a_key_and_a_subject_are_refused_and_nobody_else() {
        let book = Book::new(10);
        book.enter(
            &ended(json!({ "sessions": ["s-1"], "keys": ["k-1"], "subjects": [["eve", 5_000]] })),
            (9, 100),
            9,
        );

        assert!(book.is_revoked(&token(json!({ "sid": "s-1" }))));
        assert!(book.is_revoked(&token(json!({ "jti": "k-1" }))));
        assert!(book.is_revoked(&token(json!({ "sub": "eve", "iat": 4 }))));
        assert!(!book.is_revoked(&token(json!({ "sub": "eve", "iat": 5 }))));
        assert!(!book.is_revoked(&token(json!({ "sid": "s-2", "jti": "k-2", "iat": 4 }))));
    }

    #[test]
    fn a_scope_that_a_role_has_lost_makes_older_tokens_that_carry_it_too_old() {
        let book = Book::new(10);
        book.enter(&ended(json!({ "scopes": [["write", 5_000]] })), (9, 100), 9);

        assert!(book.is_revoked(&token(json!({ "scope": "read write", "iat": 4 }))));
        assert!(!book.is_revoked(&token(json!({ "scope": "read write", "iat": 5 }))), "given since");
        assert!(!book.is_revoked(&token(json!({ "scope": "read writer", "iat": 4 }))), "another scope");
        assert!(!book.is_revoked(&token(json!({ "iat": 4 }))));
        book.tidy(100);
        assert!(!book.is_revoked(&token(json!({ "scope": "write", "iat": 4 }))), "matters no longer");
    }

    #[test]
    fn each_entry_makes_another_edition() {
        let book = Book::new(10);
        let first = book.edition();

        book.tidy(9);
        assert_eq!(book.edition(), first);
        book.enter(&ended(json!({ "sessions": ["s-1"] })), (9, 100), 9);

        assert_ne!(book.edition(), first);
    }

    #[test]
    fn the_name_of_a_token_tells_the_moment_more_finely_than_its_second() {
        assert_eq!(made_at(OPENED), Some(OPENED_AT));
        for other in
            ["", "s-1", "019c1310-e400-4972-80f5-d4017cdd7b4f", "019c1310xe400-7972-80f5-d4017cdd7b4f"]
        {
            assert_eq!(made_at(other), None, "{other}");
        }
        let book = Book::new(10);
        book.enter(&ended(json!({ "subjects": [["ada", OPENED_AT + 1]] })), (9, i64::MAX), 9);
        let iat = OPENED_AT / 1000;

        assert!(book.is_revoked(&token(json!({ "jti": OPENED, "iat": iat }))));
        assert!(
            !book.is_revoked(&token(json!({ "jti": "019c1310-e401-7972-80f5-d4017cdd7b4f", "iat": iat })))
        );
    }

    #[test]
    fn everybody_is_everybody_who_came_before_but_one() {
        let book = Book::new(10);
        let everybody = json!({ "everybody": { "until": OPENED_AT, "but": "s-kept" } });
        book.enter(&ended(everybody), (9, 100), 9);

        assert!(book.is_revoked(&token(json!({ "sid": OPENED }))));
        assert!(book.is_revoked(&token(json!({ "sid": "s-1", "iat": 1 }))));
        assert!(
            book.is_revoked(&token(json!({ "iat": 1 }))),
            "a token without a session is not the one that is kept"
        );
        assert!(!book.is_revoked(&token(json!({ "sid": "s-kept", "iat": 1 }))));
        assert!(!book.is_revoked(&token(json!({ "sid": "019c1310-e401-7972-80f5-d4017cdd7b4f", "iat": 1 }))));
    }

    #[test]
    fn what_matters_no_longer_is_dropped_and_what_was_heard_of_again_stays() {
        let book = Book::new(10);
        book.enter(&ended(json!({ "sessions": ["s-1", "s-2"] })), (0, 100), 0);
        book.enter(&ended(json!({ "sessions": ["s-1"] })), (50, 150), 50);

        book.tidy(100);
        assert!(book.is_revoked(&token(json!({ "sid": "s-1" }))));
        assert!(!book.is_revoked(&token(json!({ "sid": "s-2" }))));
        book.tidy(150);
        assert_eq!((book.len(), book.is_revoked(&token(json!({ "sid": "s-1" })))), (0, false));
    }

    #[test]
    fn more_than_there_is_room_for_refuses_all_tokens_of_their_time() {
        let book = Book::new(2);
        for (number, at) in [(1, 10), (2, 20), (3, 30)] {
            book.enter(&ended(json!({ "sessions": [format!("s-{number}")] })), (at, 1_000), at);
        }

        assert_eq!(book.len(), 2);
        for session in ["s-1", "s-2", "s-3"] {
            assert!(book.is_revoked(&token(json!({ "sid": session, "iat": 10 }))), "{session}");
        }
        assert!(book.is_revoked(&token(json!({ "sid": "s-9", "iat": 10 }))), "to be fetched anew");
        assert!(!book.is_revoked(&token(json!({ "sid": "s-9", "iat": 11 }))));
    }
}
