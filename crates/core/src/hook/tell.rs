//! What listeners are told: the audit log.
//!
//! A cursor for each listener says how far it has been told, so nothing is lost when the server stops, nothing is kept twice, and
//! a listener that is away for long only falls behind.
//!
//! Does not call anybody: the server's `outside` does.

use crate::audit::chain::Record;
use crate::audit::{AuditFilter, Deed, PAGE_MAX};
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::time::{Timestamp, Ttl};

/// A line that could not be delivered so often is passed over.
const ATTEMPTS_MAX: u32 = 24;
/// The first wait after a failure; each further one is twice as long,
const FIRST_WAIT: Ttl = Ttl::from_seconds(2);
/// up to this one.
const LONGEST_WAIT: Ttl = Ttl::from_minutes(60);
/// The longest word on a failure that is kept, in characters.
const ERROR_MAX: usize = 300;

/// How far a listener has been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last line it was told, or that was none of its business.
    pub seq: i64,
    /// How often the next one could not be delivered.
    pub attempts: u32,
    /// Not before this moment is it tried again.
    pub retry_at: Timestamp,
    /// When it last took what it was told.
    pub told_at: Option<Timestamp>,
    /// When it last did not.
    pub failed_at: Option<Timestamp>,
    /// What went wrong then.
    pub last_error: String,
}

/// What there is to tell a listener.
#[derive(Debug)]
pub struct Telling {
    cursor: Cursor,
    /// The lines, oldest first.
    pub records: Vec<Record>,
    last: i64,
}

/// How far a telling got.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// How many of its lines the listener was told, or does not want.
    pub passed: usize,
    /// Whether it was told one at least.
    pub is_heard: bool,
    /// Why the next one could not be told.
    pub fault: Option<String>,
}

/// A listener as the people who run the server see it.
#[derive(Debug, Clone)]
pub struct ListenerState {
    /// What the operator calls it: its address.
    pub name: String,
    /// How far it has been told; `None` before the server has run with it.
    pub cursor: Option<Cursor>,
    /// How many lines the log has beyond that.
    pub backlog: i64,
}

impl Core {
    /// What `listener` has not been told yet of the lines it wants; `None` when there is nothing to do for now. A new listener is
    /// told what comes from now on.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn untold(&self, listener: &str, wanted: &AuditFilter) -> Result<Option<Telling>, Error> {
        let Some(cursor) = self.ports().store.hook_cursor(listener).await? else {
            let to = Cursor {
                seq: self.ports().store.audit_head().await?.seq,
                attempts: 0,
                retry_at: self.now(),
                told_at: None,
                failed_at: None,
                last_error: String::new(),
            };
            self.move_cursor(listener, None, to).await?;
            return Ok(None);
        };
        if cursor.retry_at > self.now() {
            return Ok(None);
        }
        let page = self.audit_news(wanted, Some(cursor.seq)).await?;
        let last = page.next.unwrap_or(cursor.seq);
        debug_assert!(page.records.len() <= PAGE_MAX as usize);
        Ok((last > cursor.seq).then_some(Telling { cursor, records: page.records, last }))
    }

    /// Notes how far `telling` got. Says whether a line was passed over for good.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn note_told(
        &self,
        listener: &str,
        telling: &Telling,
        delivery: Delivery,
    ) -> Result<bool, Error> {
        let (from, now) = (&telling.cursor, self.now());
        let mut to = Cursor { seq: telling.last, attempts: 0, retry_at: now, ..from.clone() };
        if delivery.is_heard {
            to.told_at = Some(now);
        }
        let mut is_passed_over = false;
        if let Some(failed) = telling.records.get(delivery.passed) {
            let attempts = if delivery.passed == 0 { from.attempts + 1 } else { 1 };
            is_passed_over = attempts >= ATTEMPTS_MAX;
            to.seq = failed.link.seq;
            to.failed_at = Some(now);
            to.last_error = delivery.fault.unwrap_or_default().chars().take(ERROR_MAX).collect();
            if !is_passed_over {
                let wait = FIRST_WAIT.times(1 << (attempts - 1).min(20)).min(LONGEST_WAIT);
                (to.seq, to.attempts, to.retry_at) = (failed.link.seq - 1, attempts, now + wait);
            }
        }
        self.move_cursor(listener, Some(from), to).await?;
        Ok(is_passed_over)
    }

    /// The listeners of the configuration, in its order.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn listeners(&self) -> Result<Vec<ListenerState>, Error> {
        let (store, names) = (&self.ports().store, &self.ports().outside.listeners);
        let head = store.audit_head().await?.seq;
        let mut listeners = Vec::with_capacity(names.len());
        for name in names {
            let cursor = store.hook_cursor(name).await?;
            let backlog = cursor.as_ref().map_or(0, |cursor| (head - cursor.seq).max(0));
            listeners.push(ListenerState { name: name.clone(), cursor, backlog });
        }
        Ok(listeners)
    }

    /// Lets listeners that could not be told be tried at once; says how many there are.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn retry_listeners(&self, who: &Principal, client: &Client) -> Result<usize, Error> {
        let now = self.now();
        let mut due = 0;
        for ListenerState { name, cursor, .. } in self.listeners().await? {
            if let Some(from) = cursor.filter(|cursor| cursor.retry_at > now) {
                self.move_cursor(&name, Some(&from), Cursor { retry_at: now, ..from.clone() }).await?;
                due += 1;
            }
        }
        let event = self.event_by(Deed::WebhooksRetried, who, client).because(due.to_string());
        self.apply(Changes::new().recorded(event)).await?;
        Ok(due)
    }

    /// Another node may have told the same lines at the same time; then its word stands.
    async fn move_cursor(&self, listener: &str, from: Option<&Cursor>, to: Cursor) -> Result<(), Error> {
        let change = Change::MoveCursor { listener: listener.to_owned(), from: from.cloned(), to };
        match self.apply(change).await {
            Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }
}
