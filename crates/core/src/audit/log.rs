//! Reading the audit log, following it, signing and verifying it, and forgetting what is too old.
//!
//! Invariant: no question reads more than a bounded number of lines; whoever wants more asks again from where the answer ended.

use super::chain::{Found, Record};
use super::checkpoint::{Checkpoint, Mark};
use super::verify::{Broken, Verified, Verifier};
use super::{AuditEvent, Deed, Outcome};
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::time::{Timestamp, Ttl};

/// Lines that one answer holds at most.
pub const PAGE_MAX: u32 = 200;
/// Lines that are looked at for one answer at most, whatever the filter leaves of them.
const LOOK_MAX: u32 = 2_000;
/// Lines that are verified in one go.
const VERIFY_AT_ONCE: u32 = 1_000;
/// Nodes may write lines of the same moment in another order than that of their clocks.
const CLOCKS_DIFFER: Ttl = Ttl::from_minutes(5);

/// Whose lines are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    #[default]
    All,
    /// Those about this account.
    About(UserId),
    /// Those of what this account did.
    By(UserId),
}

/// Which lines are wanted; what is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// About this account.
    pub subject: Option<UserId>,
    /// Done by this account.
    pub actor: Option<UserId>,
    /// Of this kind.
    pub deed: Option<Deed>,
    /// Ended so.
    pub outcome: Option<WantedOutcome>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Which ends of a deed are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedOutcome {
    /// It was done.
    Done,
    /// It was refused for whatever reason.
    Refused,
    /// It was refused for this reason.
    RefusedFor(Code),
}

impl WantedOutcome {
    /// `done`, `refused`, or the code of a refusal.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "done" => Some(Self::Done),
            "refused" => Some(Self::Refused),
            code => Code::from_text(code).map(Self::RefusedFor),
        }
    }
}

/// Some lines, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The lines.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` when there is none.
    pub next: Option<i64>,
}

impl AuditFilter {
    fn wants(&self, event: &AuditEvent) -> bool {
        let is_wanted_end = match self.outcome {
            None => true,
            Some(WantedOutcome::Done) => event.outcome == Outcome::Done,
            Some(WantedOutcome::Refused) => event.outcome != Outcome::Done,
            Some(WantedOutcome::RefusedFor(code)) => event.outcome == Outcome::Refused(code),
        };
        is_wanted_end
            && self.subject.is_none_or(|subject| event.subject == Some(subject))
            && self.actor.is_none_or(|actor| event.actor == Some(actor))
            && self.deed.is_none_or(|deed| event.deed == deed)
            && self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
    }

    fn whose(&self) -> Whose {
        match (self.subject, self.actor) {
            (Some(subject), _) => Whose::About(subject),
            (None, Some(actor)) => Whose::By(actor),
            (None, None) => Whose::All,
        }
    }
}

impl Core {
    /// The wanted lines before the one numbered `before`, youngest first, `limit` at most; from the end without `before`.
    /// A page can be empty and still have a next one.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, Error> {
        let store = &self.ports().store;
        let mut start = before.unwrap_or(i64::MAX);
        if let Some(until) = filter.until {
            start = start.min(store.seq_before(until + CLOCKS_DIFFER).await?.saturating_add(1));
        }
        let found = store.records_before(filter.whose(), start, LOOK_MAX).await?;
        let is_last_look = found.len() < LOOK_MAX as usize;
        let first = filter.from.map(|from| from - CLOCKS_DIFFER);
        let (mut records, mut next) = (Vec::new(), None);
        for line in found {
            let Some(record) = line.record else { continue };
            if first.is_some_and(|first| record.event.at < first) {
                return Ok(AuditPage { records, next: None });
            }
            if records.len() >= limit.clamp(1, PAGE_MAX) as usize {
                return Ok(AuditPage { records, next });
            }
            next = Some(line.seq);
            if filter.wants(&record.event) {
                records.push(record);
            }
        }
        Ok(AuditPage { records, next: next.filter(|_| !is_last_look) })
    }

    /// The wanted lines after the one numbered `after`, oldest first, and the number of the last line that was looked at.
    /// Without `after`, no lines and the number of the last one there is.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn audit_news(&self, filter: &AuditFilter, after: Option<i64>) -> Result<AuditPage, Error> {
        let Some(after) = after else {
            let head = self.ports().store.audit_head().await?;
            return Ok(AuditPage { records: Vec::new(), next: Some(head.seq) });
        };
        let found = self.ports().store.records_after(after, PAGE_MAX).await?;
        let next = found.last().map_or(after, |line| line.seq);
        let records = found.into_iter().filter_map(|line| line.record);
        let records = records.filter(|record| filter.wants(&record.event)).collect();
        Ok(AuditPage { records, next: Some(next) })
    }

    /// The account that somebody means by `text`: its id, also that of an account that is gone, or a name it goes by.
    ///
    /// # Errors
    /// [`Code::NotFound`] when nobody is called so; [`Code::StoreUnavailable`].
    pub async fn account_meant(&self, text: &str) -> Result<UserId, Error> {
        match text.parse() {
            Ok(id) => Ok(id),
            Err(_) => Ok(self.user_called(text).await?.id),
        }
    }

    /// Signs the place of the last line as that of today, and keeps the checkpoint.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn checkpoint_audit(&self) -> Result<Checkpoint, Error> {
        let now = self.now();
        let head = self.ports().store.audit_head().await?;
        let checkpoint = self.notary().sign(Mark::day_of(now), head, now);
        self.apply(Change::KeepCheckpoint(Box::new(checkpoint.clone()))).await?;
        Ok(checkpoint)
    }

    /// Whether the log is as it was written; `anchor` is a checkpoint that was kept outside of the database.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn verify_audit(&self, anchor: Option<&Checkpoint>) -> Result<Result<Verified, Broken>, Error> {
        loop {
            let checkpoints = self.ports().store.checkpoints().await?;
            let kept = kept_seq(&checkpoints);
            let verdict = self.verify_once(checkpoints, anchor).await?;
            // Lines that were forgotten while they were looked at are missing for a good reason.
            if verdict.is_ok() || kept_seq(&self.ports().store.checkpoints().await?) == kept {
                return Ok(verdict);
            }
        }
    }

    async fn verify_once(
        &self,
        mut checkpoints: Vec<Checkpoint>,
        anchor: Option<&Checkpoint>,
    ) -> Result<Result<Verified, Broken>, Error> {
        checkpoints.extend(anchor.cloned());
        let mut verifier = match Verifier::new(self.notary(), checkpoints) {
            Ok(verifier) => verifier,
            Err(broken) => return Ok(Err(broken)),
        };
        loop {
            let found: Vec<Found> = self.ports().store.records_after(verifier.seq(), VERIFY_AT_ONCE).await?;
            if found.is_empty() {
                return Ok(verifier.finish());
            }
            for line in &found {
                if let Err(broken) = verifier.look_at(line) {
                    return Ok(Err(broken));
                }
            }
        }
    }

    /// What belongs into the write set that deletes `user`: what the log tells of the owner beyond the id is deleted from it,
    /// and a line says so. Comes after the lines about the deletion itself.
    pub fn erase_from_audit(&self, user: UserId, changes: Changes, client: &Client) -> Changes {
        // The line itself tells nothing of whoever is being forgotten.
        let nameless = Client { request_id: client.request_id.clone(), ..Client::default() };
        let event = self.event(Deed::PersonalDataErased, &nameless).about(user);
        changes.recorded(event).with(Change::ErasePersonal { user })
    }

    /// Signs what came since the last checkpoint, and forgets what is older than it has to be kept.
    pub(crate) async fn tend_audit(&self) -> Result<(), Error> {
        let mut checkpoints = self.ports().store.checkpoints().await?;
        checkpoints.retain(|checkpoint| self.notary().knows(checkpoint));
        let signed = checkpoints.iter().map(|checkpoint| checkpoint.link.seq).max().unwrap_or_default();
        if self.ports().store.audit_head().await?.seq > signed {
            self.checkpoint_audit().await?;
        }
        let keep = self.settings().audit.keep;
        if keep == Ttl::ZERO {
            return Ok(());
        }
        let (mut kept, oldest) = (kept_seq(&checkpoints), self.now() - keep);
        let past =
            checkpoints.iter().filter(|checkpoint| checkpoint.mark != Mark::Kept && checkpoint.at < oldest);
        let mut changes = Changes::new();
        if let Some(last) = past.max_by_key(|last| last.link.seq).filter(|last| last.link.seq > kept) {
            kept = last.link.seq;
            let mark = self.notary().sign(Mark::Kept, last.link, self.now());
            changes = changes.with(Change::KeepCheckpoint(Box::new(mark)));
        }
        // Some at a time, so that others do not wait for it: the rest goes next time.
        self.apply(changes.with(Change::ForgetAudit { up_to: kept })).await?;
        Ok(())
    }
}

fn kept_seq(checkpoints: &[Checkpoint]) -> i64 {
    let kept = checkpoints.iter().find(|checkpoint| checkpoint.mark == Mark::Kept);
    kept.map_or(0, |kept| kept.link.seq)
}
