//! What an account in use on this node may do at this moment.
//!
//! Every principal of the account holds the same [`LiveAccount`], so a change of rights is seen by the next request of any of
//! its tokens, cookies and keys.
//!
//! Invariant: rights are never replaced by older ones. A reader enters the account *before* it asks the database, and what
//! it read counts only if nothing younger is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::RwLock;

use super::Rights;
use crate::forward::Person;
use crate::time::{Timestamp, Ttl};

const ACTIVE: u8 = 1;
const SUPERUSER: u8 = 2;
/// A name that was read is believed for so long: it is shown, and decides about nothing.
const NAME_FOR: Ttl = Ttl::from_seconds(1);

/// An account in use on this node.
#[derive(Debug, Default)]
pub(crate) struct LiveAccount {
    /// The two bits that are asked most.
    flags: AtomicU8,
    /// `None` until the database was asked.
    rights: RwLock<Option<Arc<Rights>>>,
    /// How its owner was called when the database was asked last.
    name: RwLock<Option<(Timestamp, Arc<str>)>>,
    /// What was told of its owner last.
    person: RwLock<Option<(Timestamp, Arc<Person>)>>,
}

impl LiveAccount {
    /// Notes what the database said, unless younger rights are known.
    pub(crate) fn found(&self, rights: Rights) {
        let mut known = self.rights.write();
        if known.as_ref().is_some_and(|known| known.version >= rights.version) {
            return;
        }
        let flags = (u8::from(rights.is_active) * ACTIVE) | (u8::from(rights.is_superuser) * SUPERUSER);
        *known = Some(Arc::new(rights));
        self.flags.store(flags, Ordering::Release);
    }

    /// Shows the account gone, for ever.
    pub(crate) fn end(&self) {
        self.found(Rights { version: i64::MAX, ..Rights::default() });
    }

    pub(crate) fn is_active(&self) -> bool {
        self.flags.load(Ordering::Acquire) & ACTIVE != 0
    }

    pub(crate) fn is_superuser(&self) -> bool {
        self.flags.load(Ordering::Acquire) & (ACTIVE | SUPERUSER) == ACTIVE | SUPERUSER
    }

    /// How its owner is called, or was a moment before `now`.
    pub(crate) fn name(&self, now: Timestamp) -> Option<Arc<str>> {
        let known = self.name.read();
        known.as_ref().filter(|(asked_at, _)| now.since(*asked_at) < NAME_FOR).map(|(_, name)| name.clone())
    }

    /// Notes how its owner was called at `now`.
    pub(crate) fn note_name(&self, name: Arc<str>, now: Timestamp) {
        *self.name.write() = Some((now, name));
    }

    /// What is told of its owner, or was a moment before `now`.
    pub(crate) fn person(&self, now: Timestamp) -> Option<Arc<Person>> {
        let known = self.person.read();
        known
            .as_ref()
            .filter(|(asked_at, _)| now.since(*asked_at) < NAME_FOR)
            .map(|(_, person)| person.clone())
    }

    /// Notes what was told of its owner at `now`.
    pub(crate) fn note_person(&self, person: Arc<Person>, now: Timestamp) {
        *self.person.write() = Some((now, person));
    }

    /// What the account may do; nothing until the database was asked.
    pub(crate) fn rights(&self) -> Arc<Rights> {
        self.rights.read().clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(version: i64, is_superuser: bool) -> Rights {
        Rights { version, is_active: true, is_superuser, roles: Vec::new() }
    }

    #[test]
    fn older_rights_do_not_come_back() {
        let account = LiveAccount::default();
        assert!(!account.is_active());

        account.found(rights(2, false));
        account.found(rights(1, true));

        assert!(account.is_active() && !account.is_superuser());
    }

    #[test]
    fn an_account_that_is_gone_may_nothing_whatever_is_read_of_it() {
        let account = LiveAccount::default();
        account.end();

        account.found(rights(7, true));

        assert!(!account.is_active() && !account.is_superuser());
    }
}
