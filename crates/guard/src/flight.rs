//! One call at a time for each key: whoever asks for the same thing meanwhile waits for the answer of the first.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::secret::KeyDigest;

/// Answers, and calls under way, by the digest of what is asked for. Bounded: the least used are forgotten.
pub(crate) struct Flights<T> {
    slots: Cache<KeyDigest, Arc<Mutex<Option<T>>>>,
}

impl<T> Flights<T> {
    pub(crate) fn new(max: usize) -> Self {
        Self { slots: Cache::new(max) }
    }

    /// The place for the answer about `key`, once nobody else is busy with it: the answer so far, or nothing.
    pub(crate) async fn enter(&self, key: KeyDigest) -> OwnedMutexGuard<Option<T>> {
        let slot = self.slots.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let slot = match slot {
            Ok(slot) => slot,
            Err(never) => match never {},
        };
        slot.lock_owned().await
    }
}
