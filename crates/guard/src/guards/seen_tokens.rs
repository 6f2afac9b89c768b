//! Tokens whose signature was checked, so that the next request with one costs a look-up.
//!
//! Invariant: only good tokens get in, so strangers cannot fill it; the whole token is the key, so one changed letter is
//! another token. Bounded by bytes: the least used are forgotten.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::token_facts::TokenFacts;
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
        Arc::new(Seen { identity: Identity::new(UserInfo::new("i", "ada")), facts, until, edition })
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
