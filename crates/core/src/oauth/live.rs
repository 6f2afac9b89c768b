//! Applications that act by themselves on this node, and which of their tokens still count.
//!
//! Such a token hangs on no session: it counts as long as its application is there, unless the application was given a new secret
//! after it. Invariant: as for sessions, whoever looks enters the application *before* the database is asked about it, so an end
//! that is not in the database yet is found here; and what was shown ended does not come back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

use crate::error::{Code, Error};
use crate::id::ClientId;
use crate::time::Timestamp;

/// An application whose tokens are in use on this node.
#[derive(Debug)]
pub(crate) struct LiveClient {
    /// Tokens that were given before this moment count no more.
    since: AtomicI64,
}

impl LiveClient {
    /// Tokens that were given before `at` count no more; a later moment that is known stands.
    pub(crate) fn renewed(&self, at: Timestamp) {
        self.since.fetch_max(at.as_millis(), Ordering::AcqRel);
    }

    /// Whether a token that was given at `given_at` counts.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`].
    pub(crate) fn see(&self, given_at: Timestamp) -> Result<(), Error> {
        let counts = given_at.as_millis() >= self.since.load(Ordering::Acquire);
        counts.then_some(()).ok_or_else(|| Code::TokenRevoked.into())
    }
}

/// Those that are in use.
#[derive(Debug, Default)]
pub(crate) struct LiveClients(RwLock<HashMap<ClientId, Arc<LiveClient>>>);

impl LiveClients {
    /// The application, entered now if nobody used it before. Ask the database about it afterwards, not before.
    pub(crate) fn enter(&self, client: ClientId) -> Arc<LiveClient> {
        let unknown = || Arc::new(LiveClient { since: AtomicI64::new(i64::MIN) });
        Arc::clone(self.0.write().entry(client).or_insert_with(unknown))
    }

    /// Shows that tokens of the application that were given before `at` count no more.
    pub(crate) fn renew(&self, client: ClientId, at: Timestamp) {
        if let Some(live) = self.0.read().get(&client) {
            live.renewed(at);
        }
    }

    /// Forgets those that nobody holds.
    pub(crate) fn sweep(&self) {
        self.0.write().retain(|_, live| Arc::strong_count(live) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_ended_stays_ended_whatever_is_read_of_it() {
        let (clients, id) = (LiveClients::default(), ClientId::from_bytes([1; 16]));
        let at = Timestamp::from_millis;
        let live = clients.enter(id);
        assert!(live.see(at(1)).is_ok());

        clients.renew(id, at(5));
        live.renewed(at(2));

        assert!(live.see(at(4)).is_err() && live.see(at(5)).is_ok());
        clients.renew(id, Timestamp::NEVER);
        assert!(live.see(at(1_000_000)).is_err());
    }
}
