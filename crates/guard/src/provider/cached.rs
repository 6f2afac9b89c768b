//! What another service publishes, fetched once for everybody.
//!
//! One fetch at a time; while a fresh copy cannot be had, the old one serves, for a day at most. Invariant: whatever strangers
//! send, there is one fetch in ten seconds at most while the service is down, and one unscheduled fetch in a minute while it
//! is up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use parking_lot::RwLock;

/// Seconds for which a copy is fresh if the service does not say.
const FRESH: i64 = 3_600;
/// The least and the most that is believed.
const FRESH_RANGE: (i64, i64) = (60, 86_400);
/// Seconds for which an old copy serves when there is no fresh one.
const STALE: i64 = 86_400;
/// Seconds after the start of a fetch that failed in which nobody asks again: twice as long as one may take.
const PAUSE: i64 = 10;
/// Seconds between fetches for something that the copy lacks.
const RENEWAL_PAUSE: i64 = 60;

pub(crate) struct Cached<T, E> {
    kept: RwLock<Option<Kept<T>>>,
    /// The last failure, and until when it stands.
    failed: RwLock<Option<(i64, E)>>,
    flight: tokio::sync::Mutex<()>,
    renewable_at: AtomicI64,
    edition: AtomicU64,
}

struct Kept<T> {
    value: Arc<T>,
    at: i64,
    fresh_for: i64,
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self {
            kept: RwLock::new(None),
            failed: RwLock::new(None),
            flight: tokio::sync::Mutex::new(()),
            renewable_at: AtomicI64::new(i64::MIN),
            edition: AtomicU64::new(0),
        }
    }
}

impl<T: PartialEq, E: Clone> Cached<T, E> {
    /// The copy, if there is one and it is fresh.
    pub(crate) fn fresh(&self, now: i64) -> Option<Arc<T>> {
        self.kept_for(now, 0)
    }

    /// How often the copy has changed. Another copy with the same content is no change.
    pub(crate) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// A fresh copy, fetched if need be; an old one if it cannot be, or while somebody else is fetching.
    pub(crate) async fn get<F>(&self, now: i64, fetch: impl FnOnce() -> F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<(T, Option<i64>), E>>,
    {
        if let Some(fresh) = self.fresh(now) {
            return Ok(fresh);
        }
        let _one_at_a_time = match (self.flight.try_lock(), self.kept_for(now, STALE)) {
            (Ok(turn), _) => turn,
            (Err(_), Some(old)) => return Ok(old),
            (Err(_), None) => self.flight.lock().await,
        };
        if let Some(fresh) = self.fresh(now) {
            return Ok(fresh);
        }
        let failure = match self.failure(now) {
            Some(failure) => failure,
            None => match fetch().await {
                Ok((value, fresh_for)) => return Ok(self.keep(value, fresh_for, now)),
                Err(failure) => self.fail(failure, now),
            },
        };
        self.kept_for(now, STALE).ok_or(failure)
    }

    /// A copy that was fetched because the one at hand lacks something; one in a minute is, and who comes meanwhile waits for
    /// it.
    pub(crate) async fn renewed<F>(&self, now: i64, fetch: impl FnOnce() -> F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<(T, Option<i64>), E>>,
    {
        let _one_at_a_time = self.flight.lock().await;
        if now < self.renewable_at.load(Ordering::Relaxed) {
            if let Some(failure) = self.failure(now) {
                return Err(failure);
            }
            if let Some(kept) = self.kept_for(now, STALE) {
                return Ok(kept);
            }
        }
        // Whoever goes away before the answer comes does not make up for the fetch.
        self.renewable_at.store(now.saturating_add(PAUSE), Ordering::Relaxed);
        match fetch().await {
            Ok((value, fresh_for)) => {
                self.renewable_at.store(now.saturating_add(RENEWAL_PAUSE), Ordering::Relaxed);
                Ok(self.keep(value, fresh_for, now))
            }
            Err(failure) => Err(self.fail(failure, now)),
        }
    }

    /// Whether what the copy lacks is not to be had now either.
    pub(crate) fn is_settled(&self, now: i64) -> bool {
        now < self.renewable_at.load(Ordering::Relaxed)
            && self.flight.try_lock().is_ok()
            && self.failure(now).is_none()
    }

    fn kept_for(&self, now: i64, longer: i64) -> Option<Arc<T>> {
        let kept = self.kept.read();
        let is_good = |kept: &&Kept<T>| now < kept.at.saturating_add(kept.fresh_for).saturating_add(longer);
        kept.as_ref().filter(is_good).map(|kept| kept.value.clone())
    }

    fn failure(&self, now: i64) -> Option<E> {
        self.failed.read().as_ref().filter(|(until, _)| now < *until).map(|(_, failure)| failure.clone())
    }

    fn fail(&self, failure: E, now: i64) -> E {
        *self.failed.write() = Some((now.saturating_add(PAUSE), failure.clone()));
        failure
    }

    fn keep(&self, value: T, fresh_for: Option<i64>, now: i64) -> Arc<T> {
        let fresh_for = fresh_for.unwrap_or(FRESH).clamp(FRESH_RANGE.0, FRESH_RANGE.1);
        let mut kept = self.kept.write();
        let same = kept.as_ref().filter(|old| *old.value == value).map(|old| old.value.clone());
        let value = same.unwrap_or_else(|| {
            self.edition.fetch_add(1, Ordering::Release);
            Arc::new(value)
        });
        *kept = Some(Kept { value: value.clone(), at: now, fresh_for });
        drop(kept);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// A service that counts how often it is asked, and answers with what it is told.
    #[derive(Default)]
    struct Service(AtomicUsize);

    impl Service {
        async fn says(&self, answer: Result<u8, &'static str>) -> Result<(u8, Option<i64>), &'static str> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            answer.map(|value| (value, Some(100)))
        }

        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn an_old_copy_serves_for_a_day_while_the_service_is_down() {
        let (cached, service) = (Cached::default(), Service::default());
        cached.get(0, || service.says(Ok(1))).await.unwrap();

        for now in [100, 109, 100 + STALE - 1] {
            assert_eq!(*cached.get(now, || service.says(Err("down"))).await.unwrap(), 1, "at {now}");
        }

        assert_eq!(cached.get(100 + STALE, || service.says(Err("down"))).await, Err("down"));
        assert_eq!(service.asked(), 3, "a failure stands for {PAUSE} s");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_fetch_while_there_is_an_old_copy() {
        let (cached, service) = (Cached::default(), Service::default());
        cached.get(0, || service.says(Ok(1))).await.unwrap();
        let never = std::future::pending::<Result<(u8, Option<i64>), &'static str>>();
        let stuck = cached.get(100, || never);
        tokio::pin!(stuck);
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(stuck.as_mut().poll(context).is_pending()))
                .await
        );

        assert_eq!(*cached.get(100, || service.says(Ok(2))).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_lacking_is_asked_for_once_in_a_minute() {
        let (cached, service) = (Cached::default(), Service::default());
        cached.get(0, || service.says(Ok(1))).await.unwrap();

        let all = (0..50).map(|_| cached.renewed(10, || service.says(Ok(2))));
        for found in all.map(Box::pin).collect::<Vec<_>>() {
            assert_eq!(*found.await.unwrap(), 2);
        }

        assert_eq!(service.asked(), 2);
        assert!(cached.is_settled(69) && !cached.is_settled(70));
    }

    #[tokio::test]
    async fn a_copy_with_the_same_content_is_no_new_edition() {
        let (cached, service) = (Cached::default(), Service::default());
        cached.get(0, || service.says(Ok(1))).await.unwrap();
        let first = cached.edition();

        cached.get(100, || service.says(Ok(1))).await.unwrap();
        assert_eq!(cached.edition(), first);

        cached.get(200, || service.says(Ok(2))).await.unwrap();
        assert_ne!(cached.edition(), first);
    }

    #[test]
    fn an_answer_says_how_long_it_may_be_kept() {
        let headers = |line: &'static str| {
            HeaderMap::from_iter([(CACHE_CONTROL, http::HeaderValue::from_static(line))])
        };

        assert_eq!(max_age(&headers("public, max-age=600, immutable")), Some(600));
        assert_eq!(max_age(&headers("no-store")), None);
        assert_eq!(max_age(&headers("max-age=soon")), None);
    }
}
