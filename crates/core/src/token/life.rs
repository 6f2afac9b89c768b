//! How long tokens live that were given out, also under settings that hold no longer.
//!
//! An end of a session matters for as long as any token of it may live. Whoever lowers `tokens.access_ttl` shortens the life of
//! tokens to come, not of those that are out, so the lives are kept in the database until the last token of each is over.
//!
//! Invariant: the horizon of the ledger is not shorter than the life of any token that is still good.

use serde::{Deserialize, Serialize};

use crate::change::{Change, Changes};
use crate::core::Core;
use crate::error::Error;
use crate::settings::StoredSetting;
use crate::time::{Timestamp, Ttl};

/// The row, among the settings.
const NAME: &str = "tokens.lives";
/// Other nodes may still give tokens of a life that this one gives no longer; each says so every minute.
const GRACE: Ttl = Ttl::from_minutes(60);
/// The most lives that are told apart.
const LIVES_MAX: usize = 16;

/// A life of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Life {
    /// In milliseconds.
    life: i64,
    /// When the last token of this life is over, in milliseconds since 1970; `None` while such tokens are given.
    until: Option<i64>,
}

/// `lives` at `now`, when tokens of the life `given` are given and no others, as far as this node knows.
fn followed(mut lives: Vec<Life>, given: i64, now: i64) -> Vec<Life> {
    for known in &mut lives {
        known.until = match known.until {
            _ if known.life == given => None,
            Some(until) => Some(until),
            None => Some(now.saturating_add(known.life).saturating_add(GRACE.as_millis())),
        };
    }
    if lives.iter().all(|known| known.life != given) {
        lives.push(Life { life: given, until: None });
    }
    lives.retain(|known| known.until.is_none_or(|until| now < until));
    lives.sort_by_key(|known| known.life);
    while lives.len() > LIVES_MAX {
        let short = lives.remove(0);
        // Told as the next longer one: too long rather than too short.
        let next = &mut lives[0];
        next.until = next.until.zip(short.until).map(|(one, other)| one.max(other));
    }
    lives
}

impl Core {
    /// Notes the life of the tokens that are given now, and lets the ledger reach as far back as the longest that may still be good.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub(crate) async fn follow_token_life(&self) -> Result<(), Error> {
        let (settings, now) = (self.settings(), self.now());
        let stored = self.ports().store.settings().await?;
        let row = stored.iter().find(|row| row.name == NAME);
        let known: Vec<Life> = row.and_then(|row| serde_json::from_str(&row.value).ok()).unwrap_or_default();
        let lives = followed(known.clone(), settings.tokens.access_ttl.as_millis(), now.as_millis());
        let longest = lives.iter().map(|known| known.life).max().unwrap_or_default();
        let beyond = settings.tokens.leeway.as_millis() + settings.tokens.expiry_leeway.as_millis();
        self.ledger().reach(Ttl::from_millis(longest.saturating_add(beyond)));
        if lives != known {
            self.keep_lives(&lives, now).await?;
        }
        Ok(())
    }

    async fn keep_lives(&self, lives: &[Life], now: Timestamp) -> Result<(), Error> {
        let value = serde_json::to_string(lives).unwrap_or_default();
        let row = StoredSetting { name: NAME.to_owned(), value, set_at: now, set_by: None };
        self.apply(Changes::from(Change::KeepSetting(Box::new(row)))).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_life_that_is_given_no_longer_is_known_until_its_last_token_is_over() {
        let given = followed(Vec::new(), DAY, 0);
        assert_eq!(given, [Life { life: DAY, until: None }]);

        let lowered = followed(given, 600_000, 5);
        let over = 5 + DAY + GRACE.as_millis();
        assert_eq!(lowered, [Life { life: 600_000, until: None }, Life { life: DAY, until: Some(over) }]);
        assert_eq!(followed(lowered.clone(), 600_000, over - 1), lowered);

        assert_eq!(followed(lowered, 600_000, over), [Life { life: 600_000, until: None }]);
    }

    #[test]
    fn a_life_that_is_given_again_has_no_end() {
        let lowered = followed(followed(Vec::new(), DAY, 0), 600_000, 5);

        let again = followed(lowered, DAY, 9);

        assert_eq!(again[1], Life { life: DAY, until: None });
    }

    #[test]
    fn of_too_many_lives_the_shortest_are_told_as_longer_ones() {
        let many: Vec<Life> = (1..=40).map(|life| Life { life, until: Some(1_000 - life) }).collect();

        let kept = followed(many, DAY, 9);

        assert_eq!(kept.len(), LIVES_MAX);
        assert_eq!(kept[0], Life { life: 26, until: Some(999) });
    }
}
