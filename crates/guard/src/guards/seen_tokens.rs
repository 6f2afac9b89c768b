//! Tokens whose signature was checked, so that the next request with one costs a look-up.
//!
//! Invariant: only good tokens get in, so strangers cannot fill it; the whole token is the key, so one changed letter is
//! another token. Bounded by bytes: the least used are forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::token_facts::{Revocations, Standing, TokenFacts};
use crate::guard::Identity;

/// What an entry takes besides the texts of its token, in bytes; rather too much than too little.
const ENTRY: u64 = 1024;
/// How often the content of a token is kept: as the key, in the user's record, as claims, and in the claims' parts.
const COPIES: u64 = 4;

pub(crate) struct SeenTokens {
    seen: Cache<Box<str>, Arc<Seen>, Weight>,
}

/// A token that was checked.
pub(crate) struct Seen {
    pub(crate) identity: Identity,
    pub(crate) facts: Arc<TokenFacts>,
    /// When it has to be checked again, at the latest.
    pub(crate) until: i64,
    /// The edition of the keys that it was checked with.
    pub(crate) edition: u64,
    /// The edition of what is revoked in which it was good last, and one more; 0: in none.
    good_in: AtomicU64,
}

impl Seen {
    /// A token that has to be checked again at `until`, or when the keys are of another edition.
    pub(crate) fn new(identity: Identity, facts: Arc<TokenFacts>, (until, edition): (i64, u64)) -> Self {
        Self { identity, facts, until, edition, good_in: AtomicU64::new(0) }
    }

    /// What `revocations` know of it. Where nothing was revoked since it was good last, that is a comparison of two numbers.
    pub(crate) fn standing(&self, revocations: &dyn Revocations, now: i64) -> Standing {
        // Read before anything is looked for: what is entered meanwhile makes another edition.
        let Some(edition) = revocations.edition() else { return revocations.standing(&self.facts, now) };
        let mark = edition.wrapping_add(1);
        if self.good_in.load(Ordering::Relaxed) == mark {
            return revocations.standing_of_good(now);
        }
        let standing = revocations.standing(&self.facts, now);
        if standing == Standing::Good {
            self.good_in.store(mark, Ordering::Relaxed);
        }
        standing
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Box<str>, Arc<Seen>> for Weight {
    fn weight(&self, token: &Box<str>, _: &Arc<Seen>) -> u64 {
        ENTRY + COPIES * token.len() as u64
    }
}

impl SeenTokens {
    /// Room for so many bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        let usual = usize::try_from(bytes_max / (2 * ENTRY)).unwrap_or(usize::MAX);
        Self { seen: Cache::with_weighter(usual, bytes_max, Weight) }
    }

    /// What is known of `token` at `now`, if the keys are still those of `edition`.
    pub(crate) fn get(&self, token: &str, now: i64, edition: u64) -> Option<Arc<Seen>> {
        self.seen.get(token).filter(|seen| now < seen.until && seen.edition == edition)
    }

    pub(crate) fn keep(&self, token: &str, seen: Arc<Seen>) {
        self.seen.insert(token.into(), seen);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::user::UserInfo;

    fn seen(until: i64, edition: u64) -> Arc<Seen> {
        let facts = Arc::new(TokenFacts::new("i", "ada", &Map::new()));
        Arc::new(Seen::new(Identity::new(UserInfo::new("i", "ada")), facts, (until, edition)))
    }

    #[test]
    fn a_token_is_known_until_its_time_is_over_or_the_keys_change() {
        let tokens = SeenTokens::new(1 << 20);
        tokens.keep("a.b.c", seen(100, 1));

        assert!(tokens.get("a.b.c", 99, 1).is_some());
        assert!(tokens.get("a.b.c", 100, 1).is_none());
        assert!(tokens.get("a.b.c", 99, 2).is_none());
        assert!(tokens.get("a.b.C", 99, 1).is_none());
    }

    /// Says how often it was asked, and revokes from an edition on.
    #[derive(Default)]
    struct Asked {
        edition: AtomicU64,
        times: AtomicU64,
    }

    impl Revocations for Asked {
        fn is_revoked(&self, _: &TokenFacts) -> bool {
            self.times.fetch_add(1, Ordering::Relaxed);
            self.edition.load(Ordering::Relaxed) >= 2
        }

        fn edition(&self) -> Option<u64> {
            Some(self.edition.load(Ordering::Relaxed))
        }

        fn standing_of_good(&self, now: i64) -> Standing {
            if now < 50 { Standing::Good } else { Standing::Unknown }
        }
    }

    #[test]
    fn a_token_that_was_good_is_asked_about_again_when_more_is_revoked() {
        let (token, revocations) = (seen(100, 1), Asked::default());

        for (edition, now, standing, times) in [
            (0, 1, Standing::Good, 1),
            (0, 2, Standing::Good, 1),
            (0, 50, Standing::Unknown, 1),
            (1, 3, Standing::Good, 2),
            (1, 4, Standing::Good, 2),
            (2, 5, Standing::Revoked, 3),
            (2, 6, Standing::Revoked, 4),
        ] {
            revocations.edition.store(edition, Ordering::Relaxed);
            assert_eq!(token.standing(&revocations, now), standing, "{edition} at {now}");
            assert_eq!(revocations.times.load(Ordering::Relaxed), times, "{edition} at {now}");
        }
    }

    #[test]
    fn long_tokens_take_the_room_of_many_short_ones() {
        let tokens = SeenTokens::new(1 << 20);

        for number in 0..10_000 {
            tokens.keep(&format!("{number:0>8000}"), seen(100, 1));
        }

        assert!(tokens.seen.weight() <= 1 << 20, "{}", tokens.seen.weight());
        assert!(tokens.seen.len() <= 33, "{}", tokens.seen.len());
    }
}
