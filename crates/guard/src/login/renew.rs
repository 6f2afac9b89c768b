//! Fresh tokens for logins whose token is over.
//!
//! Invariant: a refresh token is sent once. Providers take a second time for theft and end the login, so whoever comes with
//! the same token meanwhile, or with the cookie from before, gets the answer of the first.

use std::sync::Arc;

use http::HeaderValue;

use super::desk::LoginDesk;
use super::{Login, LoginFault};
use crate::flight::Flights;
use crate::flow::GuardName;
use crate::secret::KeyDigest;
use crate::session::{Entry, Loaded, Sessions, StoreError, Updated};
use crate::soon::Soon;

/// Renewals that are remembered; beyond it the least used are forgotten.
const KEPT_MAX: usize = 10_000;
/// Seconds for which an answer is given again: long enough for every request that was under way.
const GOOD_FOR: i64 = 60;
/// Seconds for which a refusal is given again.
const REFUSED_FOR: i64 = 600;
/// Seconds after which a provider that could not be reached is asked again.
const RETRY_AFTER: i64 = 5;

/// The login to go on with and the cookie that keeps it; `None` if it is over.
pub(crate) type Current = Result<Option<(Entry, Option<HeaderValue>)>, StoreError>;

pub(super) struct Renewals(Flights<(i64, Current)>);

impl Default for Renewals {
    fn default() -> Self {
        Self(Flights::new(KEPT_MAX))
    }
}

/// All that a renewal needs, on its own: it is finished even if the one who asked for it goes away.
struct Renewal {
    renewals: Arc<Renewals>,
    sessions: Sessions,
    login: Arc<dyn Login>,
    guard: GuardName,
    loaded: Loaded,
    entry: Entry,
    now: i64,
}

impl LoginDesk {
    /// The login of `guard` to use for a request: with a fresh token, if its own is over and a refresh token is there.
    /// Must be called within a tokio runtime.
    pub(crate) fn current(&self, guard: &GuardName, loaded: &Loaded) -> Soon<Current> {
        let found = loaded.session.as_ref().and_then(|session| session.entries.get(&**guard));
        let Some(entry) = found else { return Soon::Now(Ok(None)) };
        let now = self.clock.now();
        let refresh = entry.token().and_then(|token| {
            if token.is_known_to_be_over(now) { token.refresh_token.as_ref() } else { None }
        });
        let login = self.logins.iter().find(|(name, _)| name == guard).map(|(_, login)| login.clone());
        let (Some(refresh), Some(login)) = (refresh, login) else {
            return Soon::Now(Ok(Some((entry.clone(), None))));
        };
        let key = KeyDigest::of(refresh.reveal());
        let renewal = Renewal {
            renewals: self.renewals.clone(),
            sessions: self.sessions.clone(),
            login,
            guard: guard.clone(),
            loaded: loaded.clone(),
            entry: entry.clone(),
            now,
        };
        Soon::later(async move {
            let broken = |_| Err(StoreError::new("a renewal broke off"));
            tokio::spawn(renewal.run(key)).await.unwrap_or_else(broken)
        })
    }
}

impl Renewal {
    async fn run(self, key: KeyDigest) -> Current {
        let mut slot = self.renewals.0.enter(key).await;
        if let Some((at, current)) = &*slot {
            let life = match current {
                Ok(Some(_)) => GOOD_FOR,
                Ok(None) => REFUSED_FOR,
                Err(_) => RETRY_AFTER,
            };
            if self.now < at.saturating_add(life) {
                return current.clone();
            }
        }
        let current = self.ask().await;
        *slot = Some((self.now, current.clone()));
        current
    }

    async fn ask(&self) -> Current {
        let guard = &*self.guard;
        match self.login.renew(self.entry.clone(), self.now).await {
            Ok(Some(entry)) => {
                match self.sessions.update(&self.loaded, guard, entry.clone(), self.now).await? {
                    Updated::Cookie(cookie) => Ok(Some((entry, Some(cookie)))),
                    Updated::Kept => Ok(Some((entry, None))),
                    Updated::Ended => Ok(None),
                }
            }
            Ok(None) => {
                tracing::info!(guard, "A provider does not renew a login: it is over");
                Ok(None)
            }
            Err(LoginFault::Unreachable(reason)) => Err(StoreError::new(reason.to_string())),
            Err(fault) => {
                tracing::warn!(guard, %fault, "A login cannot be renewed: it is over");
                Ok(None)
            }
        }
    }
}
