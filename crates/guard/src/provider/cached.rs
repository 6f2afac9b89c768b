//! What another service publishes, fetched once for everybody.
//!
//! One fetch at a time; while a fresh copy cannot be had, the old one serves, for a day at most.

use std::sync::Arc;

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use parking_lot::RwLock;

/// Seconds for which a copy is fresh if the service does not say.
const FRESH: i64 = 3_600;
/// The least and the most that is believed.
const FRESH_RANGE: (i64, i64) = (60, 86_400);
/// Seconds for which an old copy serves when there is no fresh one.
const STALE: i64 = 86_400;
/// Seconds after a failure in which nobody asks again.
const PAUSE: i64 = 5;

pub(crate) struct Cached<T, E> {
    kept: RwLock<Option<Kept<T>>>,
    failed: RwLock<Option<(i64, E)>>,
    flight: tokio::sync::Mutex<()>,
}

struct Kept<T> {
    value: Arc<T>,
    at: i64,
    fresh_for: i64,
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self { kept: RwLock::new(None), failed: RwLock::new(None), flight: tokio::sync::Mutex::new(()) }
    }
}

impl<T, E: Clone> Cached<T, E> {
    /// The copy, if there is one and it is fresh.
    pub(crate) fn fresh(&self, now: i64) -> Option<Arc<T>> {
        let kept = self.kept.read();
        let kept = kept.as_ref().filter(|kept| now < kept.at.saturating_add(kept.fresh_for))?;
        Some(kept.value.clone())
    }

    /// A fresh copy, fetched if need be; an old one if it cannot be.
    pub(crate) async fn get<F>(&self, now: i64, fetch: impl FnOnce() -> F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<(T, Option<i64>), E>>,
    {
        if let Some(fresh) = self.fresh(now) {
            return Ok(fresh);
        }
        let _one_at_a_time = self.flight.lock().await;
        if let Some(fresh) = self.fresh(now) {
            return Ok(fresh);
        }
        let lately = self.failed.read().clone().filter(|(at, _)| now < at.saturating_add(PAUSE));
        let failure = match lately {
            Some((_, failure)) => failure,
            None => match fetch().await {
                Ok((value, fresh_for)) => return Ok(self.keep(value, fresh_for, now)),
                Err(failure) => {
                    *self.failed.write() = Some((now, failure.clone()));
                    failure
                }
            },
        };
        let kept = self.kept.read();
        let old = kept.as_ref().filter(|kept| now < kept.at.saturating_add(kept.fresh_for + STALE));
        old.map(|kept| kept.value.clone()).ok_or(failure)
    }

    /// A copy that is newer than `than`: fetched anew, unless somebody else has done so meanwhile.
    pub(crate) async fn renewed<F>(
        &self,
        than: &Arc<T>,
        now: i64,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<(T, Option<i64>), E>>,
    {
        let _one_at_a_time = self.flight.lock().await;
        let other = self.kept.read().as_ref().map(|kept| kept.value.clone());
        if let Some(other) = other.filter(|other| !Arc::ptr_eq(other, than)) {
            return Ok(other);
        }
        let (value, fresh_for) = fetch().await?;
        Ok(self.keep(value, fresh_for, now))
    }

    fn keep(&self, value: T, fresh_for: Option<i64>, now: i64) -> Arc<T> {
        let value = Arc::new(value);
        let fresh_for = fresh_for.unwrap_or(FRESH).clamp(FRESH_RANGE.0, FRESH_RANGE.1);
        *self.kept.write() = Some(Kept { value: value.clone(), at: now, fresh_for });
        *self.failed.write() = None;
        value
    }
}

/// The seconds for which an answer may be kept (RFC 9111 §5.2.2.1), if it says.
pub(crate) fn max_age(headers: &HeaderMap) -> Option<i64> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let mut directives = lines.flat_map(|line| line.split(',')).map(str::trim);
    directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}
