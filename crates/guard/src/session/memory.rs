//! Sessions in the memory of the process.

use std::sync::Arc;

use parking_lot::RwLock;

use super::{Session, SessionStore, StoreError};
use crate::secret::{ByDigest, KeyDigest};
use crate::soon::Soon;

/// Parts that are locked apart, so that requests on several cores do not wait for each other.
const PARTS: usize = 16;

/// Keeps sessions in memory. Sessions come from logins alone, so strangers cannot fill it; those that have ended are
/// removed whenever a part has doubled.
#[derive(Debug, Default)]
pub struct MemoryStore {
    parts: [RwLock<Part>; PARTS],
}

#[derive(Debug, Default)]
struct Part {
    sessions: ByDigest<(Arc<Session>, i64)>,
    sweep_at: usize,
}

impl MemoryStore {
    fn part(&self, key: &KeyDigest) -> &RwLock<Part> {
        &self.parts[usize::from(key.as_bytes()[0]) % PARTS]
    }

    /// How many sessions there are, ended ones that were not removed yet among them.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.read().sessions.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SessionStore for MemoryStore {
    fn load(&self, key: &KeyDigest) -> Soon<Result<Option<Arc<Session>>, StoreError>> {
        let part = self.part(key).read();
        Soon::Now(Ok(part.sessions.get(key).map(|(session, _)| session.clone())))
    }

    fn save(&self, key: &KeyDigest, session: Arc<Session>, until: i64) -> Soon<Result<(), StoreError>> {
        let mut part = self.part(key).write();
        let now = session.seen_at;
        part.sessions.insert(*key, (session, until));
        if part.sessions.len() > part.sweep_at {
            part.sessions.retain(|_, (_, until)| *until > now);
            part.sweep_at = (part.sessions.len() * 2).max(64);
        }
        Soon::Now(Ok(()))
    }

    fn remove(&self, key: &KeyDigest) -> Soon<Result<(), StoreError>> {
        self.part(key).write().sessions.remove(key);
        Soon::Now(Ok(()))
    }
}
