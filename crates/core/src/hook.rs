//! Others who are asked before something happens, and told after it.
//!
//! What is asked before is asked by the rule itself, within a bounded time, and what no answer means is said where the hook is
//! set up. What is told after is the audit log: a cursor for each listener says how far it has been told, so nothing is lost
//! when the server stops, nothing is kept twice, and a listener that is away for long only falls behind.
//!
//! Invariant: a hook can refuse and can add claims of the list that the operator allows; it can loosen no rule.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::audit::chain::Record;
use crate::audit::{AuditFilter, PAGE_MAX};
use crate::change::Change;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::port::{ApplyError, Conflict, NoAnswer};
use crate::time::{Timestamp, Ttl};

/// A line that could not be delivered so often is passed over.
const ATTEMPTS_MAX: u32 = 24;
/// The first wait after a failure; each further one is twice as long,
const FIRST_WAIT: Ttl = Ttl::from_seconds(2);
/// up to this one.
const LONGEST_WAIT: Ttl = Ttl::from_minutes(60);
/// The longest reason of a refusal that is passed on, in characters.
const REASON_MAX: usize = 200;
/// Claims that are added have so many bytes of JSON at most: the token has to fit into a header.
const CLAIMS_MAX: usize = 2 * 1024;

/// Others who are asked.
#[async_trait]
pub trait Hooks: Send + Sync + fmt::Debug {
    /// Whether somebody may make an account.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn before_registration(&self, asked: &NewAccount<'_>) -> Result<Verdict, NoAnswer>;

    /// What is to be added to an access token; whatever is not in the operator's list is left out by the rule.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn before_token(&self, asked: &NewToken<'_>) -> Result<Map<String, Value>, NoAnswer>;
}

/// An account that somebody wants to make.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// The address.
    pub email: &'a str,
    /// The user name.
    pub username: Option<&'a str>,
    /// Who is on the other end.
    pub client: &'a Client,
    /// This moment.
    pub now: Timestamp,
}

/// A token that is about to be signed.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// Whose.
    pub user: UserId,
    /// Of which session.
    pub session: SessionId,
    /// Who is on the other end.
    pub client: &'a Client,
    /// This moment.
    pub now: Timestamp,
}

/// What a hook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allow,
    /// Do not, and tell the caller this.
    Refuse(Option<String>),
}

/// How far a listener has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last line it was told, or that was none of its business.
    pub seq: i64,
    /// How often the next one could not be delivered.
    pub attempts: u32,
    /// Not before this moment is it tried again.
    pub retry_at: Timestamp,
}

/// What there is to tell a listener.
#[derive(Debug)]
pub struct Telling {
    cursor: Cursor,
    /// The lines, oldest first.
    pub records: Vec<Record>,
    last: i64,
}

impl Core {
    /// Asks whether somebody may make an account.
    ///
    /// # Errors
    /// [`Code::RefusedByHook`]; [`Code::CheckUnavailable`].
    pub(crate) async fn ask_before_registration(
        &self,
        email: &str,
        username: Option<&str>,
        client: &Client,
    ) -> Result<(), Error> {
        let Some(hooks) = &self.ports().outside.hooks else { return Ok(()) };
        let asked = NewAccount { email, username, client, now: self.now() };
        match hooks.before_registration(&asked).await? {
            Verdict::Allow => Ok(()),
            Verdict::Refuse(None) => Err(Code::RefusedByHook.into()),
            Verdict::Refuse(Some(reason)) => {
                let reason: String = reason.chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
                Err(Error::new(Code::RefusedByHook, reason))
            }
        }
    }

    /// The claims that are added to an access token: those of the operator's list that the hook has given.
    ///
    /// # Errors
    /// [`Code::CheckUnavailable`].
    pub(crate) async fn added_claims(
        &self,
        user: UserId,
        session: SessionId,
        client: &Client,
    ) -> Result<BTreeMap<String, Value>, Error> {
        let allowed = &self.settings().tokens.added_claims;
        let Some(hooks) = self.ports().outside.hooks.as_ref().filter(|_| !allowed.is_empty()) else {
            return Ok(BTreeMap::new());
        };
        let given = hooks.before_token(&NewToken { user, session, client, now: self.now() }).await?;
        let added: BTreeMap<_, _> = given.into_iter().filter(|(name, _)| allowed.contains(name)).collect();
        let length = serde_json::to_string(&added).map_or(usize::MAX, |text| text.len());
        if length > CLAIMS_MAX {
            let fault = NoAnswer(format!("the hook adds {length} bytes of claims, {CLAIMS_MAX} at most fit"));
            return Err(fault.into());
        }
        Ok(added)
    }

    /// What `listener` has not been told yet of the lines it wants; `None` when there is nothing to do for now. A new listener is
    /// told what comes from now on.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn untold(&self, listener: &str, wanted: &AuditFilter) -> Result<Option<Telling>, Error> {
        let Some(cursor) = self.ports().store.hook_cursor(listener).await? else {
            let seq = self.ports().store.audit_head().await?.seq;
            let to = Cursor { seq, attempts: 0, retry_at: self.now() };
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

    /// Notes how many of the lines of `telling` have been delivered; the one after them could not be, if there is one. Says
    /// whether one was passed over for good.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn note_told(
        &self,
        listener: &str,
        telling: &Telling,
        delivered: usize,
    ) -> Result<bool, Error> {
        let from = telling.cursor;
        let Some(failed) = telling.records.get(delivered) else {
            let to = Cursor { seq: telling.last, attempts: 0, retry_at: self.now() };
            self.move_cursor(listener, Some(&from), to).await?;
            return Ok(false);
        };
        let attempts = if delivered == 0 { from.attempts + 1 } else { 1 };
        let is_passed_over = attempts >= ATTEMPTS_MAX;
        let to = if is_passed_over {
            Cursor { seq: failed.link.seq, attempts: 0, retry_at: self.now() }
        } else {
            let wait = FIRST_WAIT.times(1 << (attempts - 1).min(20)).min(LONGEST_WAIT);
            Cursor { seq: failed.link.seq - 1, attempts, retry_at: self.now() + wait }
        };
        self.move_cursor(listener, Some(&from), to).await?;
        Ok(is_passed_over)
    }

    /// Another node may have told the same lines at the same time; then its word stands.
    async fn move_cursor(&self, listener: &str, from: Option<&Cursor>, to: Cursor) -> Result<(), Error> {
        let change = Change::MoveCursor { listener: listener.to_owned(), from: from.copied(), to };
        match self.apply(change).await {
            Ok(()) | Err(ApplyError::Conflict(Conflict::Stale)) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }
}
