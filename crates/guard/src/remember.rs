//! What a session remembers: read before the verdict, written after it.

use std::sync::Arc;

use http::request::Parts;

use crate::ask::Outcomes;
use crate::flow::GuardSet;
use crate::gate::{AskedBy, Checked, Guards};
use crate::guard::{Guard, Identity, Outcome};
use crate::login::LoginDesk;
use crate::look::{Cookies, Looked};
use crate::rule::{Asks, Rule};
use crate::session::{Entry, Loaded, StoreError};
use crate::soon::Soon;

/// Seconds after which a request may be tried again when sessions cannot be read.
const RETRY_AFTER: u32 = 5;

impl Guards {
    /// Joins what the guards have said with what the session of the request remembers.
    pub(crate) fn look_in_session(
        &self,
        rule: Arc<Rule>,
        parts: &Parts,
        outcomes: Soon<Outcomes>,
        asked_by: AskedBy,
    ) -> Soon<Looked> {
        let inner = self.inner();
        let loaded = match &inner.desk {
            Some(desk) => desk.sessions().load(&parts.headers, inner.clock.now()),
            None => Soon::Now(Ok(Loaded::default())),
        };
        match (outcomes, loaded) {
            (Soon::Now(outcomes), Soon::Now(loaded)) => self.recall(rule, outcomes, loaded, asked_by),
            (outcomes, loaded) => {
                let guards = self.clone();
                Soon::later(async move {
                    let (outcomes, loaded) = (outcomes.wait().await, loaded.wait().await);
                    guards.recall(rule, outcomes, loaded, asked_by).wait().await
                })
            }
        }
    }

    fn recall(
        &self,
        rule: Arc<Rule>,
        mut outcomes: Outcomes,
        loaded: Result<Loaded, StoreError>,
        asked_by: AskedBy,
    ) -> Soon<Looked> {
        let (Some(asks), Some(desk)) = (&rule.asks, &self.inner().desk) else {
            return Soon::Now(Looked::new(rule, outcomes, asked_by));
        };
        let mut loaded = match loaded {
            Ok(loaded) => loaded,
            Err(fault) => {
                self.forget(asks, &mut outcomes, &fault);
                return Soon::Now(Looked::new(rule, outcomes, asked_by));
            }
        };
        let mut cookies: Cookies = loaded.renewal.take().into_iter().collect();
        let mut recalled = GuardSet::EMPTY;
        let mut renewing = Vec::new();
        for index in 0..outcomes.len() {
            let is_asked = matches!(outcomes[index], Outcome::Missing) && self.remembers(asks, index);
            let Some(entry) = is_asked.then(|| entry(asks, index, &loaded)).flatten() else { continue };
            recalled = recalled.union(GuardSet::only(index));
            if !asks.plan.interactive().contains(index) {
                outcomes[index] = Outcome::Pass(Identity::new(entry.user().clone()));
                continue;
            }
            match desk.current(&asks.plan.guards()[index], &loaded) {
                Soon::Now(found) => outcomes[index] = outcome(found, &mut cookies),
                later @ Soon::Later(_) => renewing.push((index, later)),
            }
        }
        let finish = move |outcomes, cookies| Looked {
            checked: Checked::decided(rule, outcomes, asked_by),
            cookies,
            recalled,
            loaded,
        };
        if renewing.is_empty() {
            return Soon::Now(finish(outcomes, cookies));
        }
        Soon::later(async move {
            for (index, found) in renewing {
                outcomes[index] = outcome(found.wait().await, &mut cookies);
            }
            finish(outcomes, cookies)
        })
    }

    fn guard_of(&self, asks: &Asks, index: usize) -> Option<&dyn Guard> {
        Some(&*self.inner().guards.get(*asks.guards.get(index)?)?.guard)
    }

    fn remembers(&self, asks: &Asks, index: usize) -> bool {
        self.guard_of(asks, index).is_some_and(Guard::is_remembered)
    }

    /// Sessions cannot be read: whether somebody is logged in is not known.
    fn forget(&self, asks: &Asks, outcomes: &mut Outcomes, fault: &StoreError) {
        tracing::warn!(%fault, "Cannot read the session of a request");
        for index in 0..outcomes.len() {
            if matches!(outcomes[index], Outcome::Missing) && self.remembers(asks, index) {
                outcomes[index] = Outcome::unavailable(RETRY_AFTER, "sessions cannot be read");
            }
        }
    }

    /// The guards whose proof the session should keep from now on.
    pub(crate) fn to_remember(&self, looked: &Looked) -> Vec<(Arc<str>, Entry)> {
        let Some(asks) = looked.checked.rule.as_ref().and_then(|rule| rule.asks.as_ref()) else {
            return Vec::new();
        };
        let fresh = |index: usize| {
            let is_kept = asks.plan.interactive().contains(index) || looked.recalled.contains(index);
            let identity = match &looked.checked.outcomes[index] {
                Outcome::Pass(identity) if !is_kept && self.remembers(asks, index) => identity,
                _ => return None,
            };
            let is_known = entry(asks, index, &looked.loaded).is_some_and(|entry| {
                let (old, new) = (entry.user(), identity.user());
                old.id == new.id && old.provider == new.provider && old.scopes == new.scopes
            });
            (!is_known).then(|| (asks.plan.guards()[index].clone(), Entry::new(identity.user().clone())))
        };
        (0..looked.checked.outcomes.len()).filter_map(fresh).collect()
    }

    /// Writes what [`to_remember`](Self::to_remember) has found into a new session; the cookie goes into `looked`.
    pub(crate) async fn remember(
        &self,
        desk: &LoginDesk,
        looked: &mut Looked,
        entries: Vec<(Arc<str>, Entry)>,
    ) -> Result<(), StoreError> {
        let now = self.inner().clock.now();
        for (name, entry) in entries {
            let changed = desk.sessions().sign_in(&looked.loaded, &name, entry, now).await?;
            looked.cookies.push(changed.set_cookie);
        }
        Ok(())
    }
}

fn entry<'l>(asks: &Asks, index: usize, loaded: &'l Loaded) -> Option<&'l Entry> {
    loaded.session.as_ref()?.entries.get(&*asks.plan.guards()[index])
}

type Current = Result<Option<(Entry, Option<http::HeaderValue>)>, StoreError>;

fn outcome(found: Current, cookies: &mut Cookies) -> Outcome {
    match found {
        Ok(Some((entry, cookie))) => {
            cookies.extend(cookie);
            Outcome::Pass(Identity::new(entry.user().clone()))
        }
        Ok(None) => Outcome::Missing,
        Err(fault) => {
            tracing::warn!(%fault, "Cannot renew a login");
            Outcome::unavailable(RETRY_AFTER, "the login cannot be renewed now")
        }
    }
}
