//! One request held against one rule: guards are asked, the session is read, and both are put together.
//!
//! Answers at once where every guard does. Invariant: what a request brings goes before what a session remembers.

use http::HeaderValue;
use http::request::Parts;
use smallvec::SmallVec;
use std::sync::Arc;

use bytes::Bytes;

use crate::ask::{Outcomes, ask};
use crate::gate::{AskedBy, Checked, Guards};
use crate::request::GuardRequest;
use crate::rule::Rule;
use crate::soon::Soon;

/// `Set-Cookie` lines that the answer will have.
pub(crate) type Cookies = SmallVec<[HeaderValue; 1]>;

/// What is known of a request.
pub(crate) struct Looked {
    pub(crate) checked: Checked,
    pub(crate) cookies: Cookies,
    /// Guards that passed by what the session remembers.
    #[cfg(feature = "session")]
    pub(crate) recalled: crate::flow::GuardSet,
    #[cfg(feature = "session")]
    pub(crate) loaded: crate::session::Loaded,
}

impl Looked {
    pub(crate) fn new(rule: Arc<Rule>, outcomes: Outcomes, asked_by: AskedBy) -> Self {
        Self {
            checked: Checked::decided(rule, outcomes, asked_by),
            cookies: Cookies::new(),
            #[cfg(feature = "session")]
            recalled: crate::flow::GuardSet::EMPTY,
            #[cfg(feature = "session")]
            loaded: crate::session::Loaded::default(),
        }
    }
}

impl Guards {
    /// Holds a request against `rule`.
    pub(crate) fn look(&self, rule: Arc<Rule>, parts: &Parts, form: Option<&Bytes>) -> Soon<Looked> {
        let Some(asks) = &rule.asks else {
            return Soon::Now(Looked::new(rule, Outcomes::new(), AskedBy::Script));
        };
        let inner = self.inner();
        let outcomes = ask(asks, &inner.guards, &GuardRequest::new(parts, form, &*inner.clock));
        let asked_by = AskedBy::of(parts, asks);
        #[cfg(feature = "session")]
        if asks.needs_session {
            return self.look_in_session(rule, parts, outcomes, asked_by);
        }
        match outcomes {
            Soon::Now(outcomes) => Soon::Now(Looked::new(rule, outcomes, asked_by)),
            Soon::Later(outcomes) => Soon::later(async move { Looked::new(rule, outcomes.await, asked_by) }),
        }
    }
}
