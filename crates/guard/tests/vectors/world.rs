//! What an application stands on: a clock that moves, sessions that can be looked into, and who was asked.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use doorward_guard::{Clock, KeyDigest, Session, SessionStore, Soon, StoreError};
use serde_json::{Value, json};

use crate::provider::Provider;

/// The time at which every case begins.
pub(crate) const START: i64 = 1_800_000_000;

#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) clock: MovableClock,
    pub(crate) sessions: OpenStore,
    pub(crate) revoked: Arc<Mutex<HashSet<String>>>,
    /// The guards that were asked, in order.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    pub(crate) provider: Provider,
    /// What the validators of guards that log people in answer.
    pub(crate) validate: Option<Value>,
    /// What the handler behind the guards answers.
    pub(crate) inner: Value,
    /// Whether such guards replay bodies.
    pub(crate) replays_bodies: bool,
}

#[derive(Clone)]
pub(crate) struct MovableClock(Arc<AtomicI64>);

impl Default for MovableClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl MovableClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sessions that the harness can look into.
#[derive(Clone, Default)]
pub(crate) struct OpenStore(Arc<Mutex<HashMap<KeyDigest, Arc<Session>>>>);

impl SessionStore for OpenStore {
    fn load(&self, name: &KeyDigest) -> Soon<Result<Option<Arc<Session>>, StoreError>> {
        Soon::Now(Ok(self.0.lock().unwrap().get(name).cloned()))
    }

    fn save(&self, name: &KeyDigest, session: Arc<Session>, _until: i64) -> Soon<Result<(), StoreError>> {
        self.0.lock().unwrap().insert(*name, session);
        Soon::Now(Ok(()))
    }

    fn remove(&self, name: &KeyDigest) -> Soon<Result<(), StoreError>> {
        self.0.lock().unwrap().remove(name);
        Soon::Now(Ok(()))
    }
}

impl OpenStore {
    /// Keeps a session with these entries, guard by guard, under the cookie `value`.
    pub(crate) fn put(&self, value: &str, entries: &Value) -> Result<(), String> {
        let mut session = json!({ "id": "put", "created_at": START, "seen_at": START, "entries": {} });
        for (guard, user) in entries.as_object().into_iter().flatten() {
            let mut user = user.clone();
            let token = user.as_object_mut().and_then(|user| user.remove("token"));
            session["entries"][guard] = json!({ "user": user, "token": token });
        }
        let session: Session = serde_json::from_value(session).map_err(|fault| fault.to_string())?;
        self.0.lock().unwrap().insert(KeyDigest::of(value), Arc::new(session));
        Ok(())
    }

    /// How many sessions there are.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether the session under the cookie `value` has an entry of `guard`.
    pub(crate) fn has(&self, value: Option<&str>, guard: &str) -> bool {
        let sessions = self.0.lock().unwrap();
        value
            .and_then(|value| sessions.get(&KeyDigest::of(value)))
            .is_some_and(|session| session.entries.contains_key(guard))
    }

    /// Forgets the session under the cookie `value`.
    pub(crate) fn drop_of(&self, value: Option<&str>) {
        if let Some(value) = value {
            self.0.lock().unwrap().remove(&KeyDigest::of(value));
        }
    }

    /// Takes the entries of `guards` out of the session under the cookie `value`.
    pub(crate) fn clear(&self, value: Option<&str>, guards: &[&str]) {
        let mut sessions = self.0.lock().unwrap();
        if let Some(session) = value.and_then(|value| sessions.get_mut(&KeyDigest::of(value))) {
            let mut rest = (**session).clone();
            rest.entries.retain(|guard, _| !guards.contains(&&**guard));
            *session = Arc::new(rest);
        }
    }
}
