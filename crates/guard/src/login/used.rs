//! Attempts that were answered: a second answer finds them here.
//!
//! A sealed cookie cannot be used up by itself. The list belongs to one process; where several share a key, the provider's
//! own rule, a code is good once, stands behind it.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;

use crate::secret::KeyDigest;

/// More are not remembered; the oldest go first.
const MAX: usize = 50_000;
/// Seconds after which no cookie of an attempt opens any more, clocks that differ among them.
const LIFE: i64 = 720;

#[derive(Default)]
pub(crate) struct Used(Mutex<List>);

#[derive(Default)]
struct List {
    known: HashSet<KeyDigest>,
    by_age: VecDeque<(i64, KeyDigest)>,
}

impl Used {
    /// Uses the attempt of `state` up; whether it had not been yet. Of callers at one time, one hears yes.
    pub(crate) fn spend(&self, state: &str, now: i64) -> bool {
        let state = KeyDigest::of(state);
        let mut list = self.0.lock();
        while let Some((at, oldest)) = list.by_age.front().copied()
            && (at.saturating_add(LIFE) < now || list.by_age.len() >= MAX)
        {
            list.by_age.pop_front();
            list.known.remove(&oldest);
        }
        let is_new = list.known.insert(state);
        if is_new {
            list.by_age.push_back((now, state));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_used_once_and_forgotten_when_its_cookie_is_dead() {
        let used = Used::default();

        assert!(used.spend("a", 0));
        assert!(!used.spend("a", LIFE));
        assert!(used.spend("b", LIFE + 1));
        assert_eq!(used.0.lock().known.len(), 1, "only b is remembered");
    }

    #[test]
    fn the_list_has_a_bound() {
        let used = Used::default();

        assert!((0..MAX + 10).all(|number| used.spend(&number.to_string(), 0)));

        assert_eq!(used.0.lock().known.len(), MAX);
    }
}
