//! The settings at this moment: those of the configuration, with what was changed since laid over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

use super::{Settings, StoredSetting};
use crate::time::Ttl;

/// The settings at this moment.
#[derive(Debug)]
pub(crate) struct CurrentSettings {
    configured: Settings,
    whole: RwLock<Arc<Settings>>,
    /// What is laid over the configured ones.
    stored: RwLock<Arc<Vec<StoredSetting>>>,
    /// Asked at every request.
    idle: AtomicI64,
}

impl CurrentSettings {
    pub(crate) fn new(settings: Settings) -> Self {
        let idle = AtomicI64::new(settings.sessions.idle.as_millis());
        let whole = RwLock::new(Arc::new(settings.clone()));
        Self { configured: settings, whole, stored: RwLock::default(), idle }
    }

    /// As the configuration has them.
    pub(crate) const fn configured(&self) -> &Settings {
        &self.configured
    }

    pub(crate) fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.whole.read())
    }

    pub(crate) fn stored(&self) -> Arc<Vec<StoredSetting>> {
        Arc::clone(&self.stored.read())
    }

    pub(crate) fn replace(&self, whole: Settings, stored: Vec<StoredSetting>) {
        self.idle.store(whole.sessions.idle.as_millis(), Ordering::Relaxed);
        *self.whole.write() = Arc::new(whole);
        *self.stored.write() = Arc::new(stored);
    }

    pub(crate) fn idle(&self) -> Ttl {
        Ttl::from_millis(self.idle.load(Ordering::Relaxed))
    }
}
