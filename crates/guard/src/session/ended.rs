//! Sessions that ended before their time, so that nothing that is under way brings them back.
//!
//! Bounded: beyond the bound, those are forgotten first that would have ended soonest anyway.

use std::collections::HashMap;

use parking_lot::Mutex;

const MAX: usize = 100_000;

/// The ids of sessions, and when they would have ended.
#[derive(Default)]
pub(crate) struct Ended(Mutex<HashMap<String, i64>>);

impl Ended {
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.lock().contains_key(id)
    }

    /// Notes the end of the session `id`, which would have lived until `until`.
    pub(crate) fn add(&self, id: &str, until: i64, now: i64) {
        let mut ended = self.0.lock();
        if ended.len() >= MAX {
            ended.retain(|_, until| *until > now);
        }
        if ended.len() >= MAX
            && let Some(soonest) = ended.iter().min_by_key(|(_, until)| **until).map(|(id, _)| id.clone())
        {
            ended.remove(&soonest);
        }
        ended.insert(id.to_owned(), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_have_ended_soonest_is_forgotten_first() {
        let ended = Ended::default();
        (0..MAX).for_each(|number| ended.add(&number.to_string(), 1_000 + number as i64, 0));

        ended.add("one more", 5_000, 0);

        assert!(ended.contains("one more") && ended.contains("1") && !ended.contains("0"));
        assert_eq!(ended.0.lock().len(), MAX);
    }
}
