//! Whether the database answers at all.
//!
//! A server that hangs, or a network that swallows everything, would cost each request all its patience, one after the other.
//! So the first statement that hears nothing in time speaks for all: whatever waits is refused with it, and so is whatever
//! comes, until somebody has been answered again. Who asks meanwhile: see `connect.rs`.
//!
//! Does not count refusals: a server that says no is there.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

/// Connections are not made anew more often.
const MOMENT: Duration = Duration::from_secs(1);

/// Whether the database answers, for all who wait for it.
#[derive(Debug)]
pub(super) struct Pulse {
    is_silent: watch::Sender<bool>,
    /// Connections that were made before this moment are used no more.
    trusted_since: Mutex<Option<Instant>>,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { is_silent: watch::Sender::new(false), trusted_since: Mutex::new(None) }
    }

    /// Whether nobody was answered lately.
    pub(super) fn is_silent(&self) -> bool {
        *self.is_silent.borrow()
    }

    /// Done when the database has fallen silent.
    pub(super) async fn silence(&self) {
        // This holds the sending end, so there is always something to wait for.
        let _ = self.is_silent.subscribe().wait_for(|is_silent| *is_silent).await;
    }

    /// Notes that somebody has waited in vain; says whether that is news.
    pub(super) fn lose(&self) -> bool {
        self.distrust();
        !self.is_silent.send_replace(true)
    }

    /// Notes that somebody was answered.
    pub(super) fn find(&self) {
        self.is_silent.send_replace(false);
    }

    /// Wants new connections in place of those there are: they lead to a server that is not what it was. Not twice within a
    /// moment: new ones may lead to the same.
    pub(super) fn distrust(&self) {
        let mut since = self.trusted_since.lock();
        if since.is_none_or(|since| since.elapsed() >= MOMENT) {
            *since = Some(Instant::now());
        }
    }

    /// Whether a connection that was made at `made` may be used.
    pub(super) fn trusts(&self, made: Instant) -> bool {
        self.trusted_since.lock().is_none_or(|since| made > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_who_waits_in_vain_speaks_for_all() {
        let pulse = Pulse::new();
        let before = Instant::now();

        assert!(pulse.lose());
        assert!(!pulse.lose(), "no news");

        pulse.silence().await;
        assert!(pulse.is_silent() && !pulse.trusts(before) && pulse.trusts(Instant::now()));
        pulse.find();
        assert!(!pulse.is_silent() && !pulse.trusts(before));
    }
}
