//! The audit log and the cursors of its listeners in memory, for [`super::fake_store`].

use std::collections::BTreeMap;

use crate::audit::chain::{Found, Link, Record};
use crate::audit::checkpoint::{Checkpoint, Mark};
use crate::audit::{AuditEvent, Whose};
use crate::change::Change;
use crate::hook::Cursor;
use crate::id::UserId;
use crate::port::Conflict;
use crate::time::Timestamp;

/// The log with its checkpoints, and how far others have been told of it.
#[derive(Debug, Default, Clone)]
pub(super) struct Log {
    records: Vec<Record>,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) cursors: BTreeMap<String, Cursor>,
}

impl Log {
    pub(super) fn apply(&mut self, change: Change) -> Result<(), Conflict> {
        match change {
            Change::Record(event) => {
                let record = Record::after(&self.head(), *event);
                self.records.push(record);
            }
            Change::KeepCheckpoint(checkpoint) => {
                self.checkpoints.retain(|other| other.mark != checkpoint.mark);
                self.checkpoints.push(*checkpoint);
            }
            Change::ForgetAudit { up_to } => {
                self.records.retain(|record| record.link.seq > up_to);
                self.checkpoints.retain(|other| other.mark == Mark::Kept || other.link.seq > up_to);
            }
            Change::ErasePersonal { user } => {
                let about = self.records.iter_mut().filter(|record| record.event.subject == Some(user));
                about.for_each(|record| record.event.personal = None);
            }
            Change::MoveCursor { listener, from, to } => {
                let was = self.cursors.insert(listener, to);
                (was == from).then_some(()).ok_or(Conflict::Stale)?;
            }
            // Figures are the real store's business.
            Change::NoteActive { .. } | Change::FoldDays { .. } => {}
            _ => return Err(Conflict::Stale),
        }
        Ok(())
    }

    pub(super) fn head(&self) -> Link {
        let kept = self.checkpoints.iter().find(|checkpoint| checkpoint.mark == Mark::Kept);
        let last = self.records.last().map(|record| record.link);
        last.or(kept.map(|kept| kept.link)).unwrap_or(Link::START)
    }

    /// The events, oldest first.
    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = &AuditEvent> {
        self.records.iter().map(|record| &record.event)
    }

    pub(super) fn after(&self, seq: i64, limit: u32) -> Vec<Found> {
        let after = self.records.iter().filter(|record| record.link.seq > seq);
        after.take(limit as usize).map(found).collect()
    }

    pub(super) fn before(&self, whose: Whose, seq: i64, limit: u32) -> Vec<Found> {
        let is_of = |event: &AuditEvent| match whose {
            Whose::All => true,
            Whose::About(user) => event.subject == Some(user),
            Whose::By(user) => event.actor == Some(user),
        };
        let before = self.records.iter().rev().filter(|r| r.link.seq < seq && is_of(&r.event));
        before.take(limit as usize).map(found).collect()
    }

    pub(super) fn seq_before(&self, at: Timestamp) -> i64 {
        let last = self.records.iter().rev().find(|record| record.event.at < at);
        last.map_or(0, |record| record.link.seq)
    }

    /// The youngest events about `user`, youngest first.
    pub(super) fn about(&self, user: UserId, limit: u32) -> Vec<AuditEvent> {
        let about = self.events().rev().filter(|event| event.subject == Some(user));
        about.take(limit as usize).cloned().collect()
    }
}

fn found(record: &Record) -> Found {
    Found { seq: record.link.seq, record: Some(record.clone()) }
}
