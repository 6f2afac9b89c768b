//! Others who are asked before something happens, and told after it.
//!
//! What is asked before is asked by the rule itself, within a bounded time, and what no answer means is said where the hook is
//! set up. What is told after is the audit log: see `tell.rs`.
//!
//! Invariant: a hook can refuse and can add claims of the list that the operator allows; it can loosen no rule.

mod tell;

pub use tell::{Cursor, Delivery, ListenerState, Telling};

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::port::NoAnswer;
use crate::time::Timestamp;

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
}
