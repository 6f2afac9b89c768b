//! An API key in use on this node, and whether it still counts.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::error::{Code, Error};
use crate::id::ApiKeyId;
use crate::time::{Timestamp, Ttl};

/// A use younger than this is not noted again.
const NOTE_EVERY: Ttl = Ttl::from_seconds(1);

/// One API key in use on this node.
#[derive(Debug)]
pub(crate) struct LiveKey {
    pub(crate) key: ApiKeyId,
    is_ended: AtomicBool,
    last_used_at: AtomicI64,
    written_at: AtomicI64,
}

impl LiveKey {
    pub(crate) const fn new(key: ApiKeyId) -> Self {
        Self {
            key,
            is_ended: AtomicBool::new(false),
            last_used_at: AtomicI64::new(0),
            written_at: AtomicI64::new(0),
        }
    }

    /// Shows the key ended, for ever.
    pub(crate) fn end(&self) {
        self.is_ended.store(true, Ordering::Release);
    }

    /// Notes a use, if the key counts.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`].
    pub(crate) fn see(&self, now: Timestamp) -> Result<(), Error> {
        if self.is_ended.load(Ordering::Acquire) {
            return Err(Code::TokenRevoked.into());
        }
        let used = Timestamp::from_millis(self.last_used_at.load(Ordering::Relaxed));
        if now.since(used) >= NOTE_EVERY {
            self.last_used_at.fetch_max(now.as_millis(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// The last use, when it is younger than what was written of it; counts as written from now on.
    pub(crate) fn take_unwritten(&self) -> Option<(ApiKeyId, Timestamp)> {
        let used = self.last_used_at.load(Ordering::Relaxed);
        let written = self.written_at.fetch_max(used, Ordering::Relaxed);
        (used > written).then(|| (self.key, Timestamp::from_millis(used)))
    }
}
