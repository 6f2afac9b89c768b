//! Answers to many questions, each asked once for everybody who asks the same.
//!
//! Does not know what is asked. Invariant: nobody gets an answer whose call began before they asked, unless the answer says
//! that it holds until later. Bounded: the least used are forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use quick_cache::sync::Cache;

use crate::secret::KeyDigest;

/// Answers, and calls under way, by the digest of what is asked.
pub(crate) struct Answers<T> {
    slots: Cache<KeyDigest, Arc<Slot<T>>>,
}

struct Slot<T> {
    last: RwLock<Option<Answer<T>>>,
    /// How many calls have begun.
    begun: AtomicU64,
    flight: tokio::sync::Mutex<()>,
}

struct Answer<T> {
    value: T,
    until: i64,
    /// Which call gave it.
    call: u64,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { last: RwLock::new(None), begun: AtomicU64::new(0), flight: tokio::sync::Mutex::new(()) }
    }
}

impl<T: Clone> Answers<T> {
    /// Room for so many.
    pub(crate) fn new(max: usize) -> Self {
        Self { slots: Cache::new(max) }
    }

    /// The answer about `key`, if there is one that holds at `now`.
    pub(crate) fn fresh(&self, key: &KeyDigest, now: i64) -> Option<T> {
        self.slots.get(key)?.fresh(now)
    }

    /// The answer about `key`, asked for with `ask` if need be: the answer, and until when it holds.
    pub(crate) async fn get<F>(&self, key: KeyDigest, now: i64, ask: impl FnOnce() -> F) -> T
    where
        F: Future<Output = (T, i64)>,
    {
        let slot = self.slots.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let slot = match slot {
            Ok(slot) => slot,
            Err(never) => match never {},
        };
        let before = slot.begun.load(Ordering::Acquire);
        let _one_at_a_time = slot.flight.lock().await;
        if let Some(value) = slot.fresh(now).or_else(|| slot.newer_than(before)) {
            return value;
        }
        let call = slot.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let (value, until) = ask().await;
        *slot.last.write() = Some(Answer { value: value.clone(), until, call });
        value
    }

    /// How many there are.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.slots.len()
    }
}

impl<T: Clone> Slot<T> {
    fn fresh(&self, now: i64) -> Option<T> {
        let last = self.last.read();
        last.as_ref().filter(|answer| now < answer.until).map(|answer| answer.value.clone())
    }

    /// The answer to a call that began after `before` calls had.
    fn newer_than(&self, before: u64) -> Option<T> {
        let last = self.last.read();
        last.as_ref().filter(|answer| answer.call > before).map(|answer| answer.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// So many ask at once; how often a call was made for an answer that holds until `until`.
    async fn calls_of_herd(size: usize, until: i64) -> usize {
        let (answers, calls) = (Arc::new(Answers::new(10)), Arc::new(AtomicUsize::new(0)));
        let herd: Vec<_> = (0..size)
            .map(|_| {
                let (answers, calls) = (answers.clone(), calls.clone());
                tokio::spawn(async move {
                    let ask = || async move {
                        calls.fetch_add(1, Ordering::Relaxed);
                        for _ in 0..100 {
                            tokio::task::yield_now().await;
                        }
                        ("answer", until)
                    };
                    answers.get(KeyDigest::of("question"), 0, ask).await
                })
            })
            .collect();
        for asking in herd {
            assert_eq!(asking.await.unwrap(), "answer");
        }
        calls.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_herd_asks_once_when_the_answer_holds() {
        assert_eq!(calls_of_herd(100, 10).await, 1);
    }

    #[tokio::test]
    async fn a_herd_asks_twice_when_it_does_not_for_the_first_call_began_before_most_asked() {
        assert_eq!(calls_of_herd(100, 0).await, 2);
    }

    #[tokio::test]
    async fn an_answer_is_forgotten_when_it_no_longer_holds() {
        let answers = Answers::new(10);
        let key = KeyDigest::of("question");

        assert_eq!(answers.get(key, 0, || async { (1, 10) }).await, 1);
        assert_eq!((answers.fresh(&key, 9), answers.fresh(&key, 10)), (Some(1), None));
        assert_eq!(answers.get(key, 10, || async { (2, 20) }).await, 2);
    }

    #[tokio::test]
    async fn strangers_cannot_fill_the_memory() {
        let answers = Answers::new(100);

        for question in 0..5_000 {
            answers.get(KeyDigest::of(question.to_string()), 0, || async { ((), 10) }).await;
        }

        assert!(answers.len() <= 150, "{}", answers.len());
    }
}
