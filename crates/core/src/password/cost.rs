//! What a check of a password costs, and what makes every check cost the same.
//!
//! A hash that was brought along from elsewhere, or made under older settings, is often cheaper than one of today: whoever is
//! answered sooner than usual has named such an account. So a cheap check is filled up with work that comes to nothing. A dearer
//! one takes the time it takes, within what [`super::foreign`] lets in, until its owner has signed in once and it is replaced.
//!
//! Invariant: a check costs what one of an unknown name does, or more, within [`GRAIN`] of it.

use std::time::Duration;

use super::foreign::Foreign;
use super::function::Workspace;
use super::{HashFunction, PasswordHash};
use crate::port::{HashError, Verdict};

/// What is missing by less than this part of the usual is not filled up.
pub(super) const GRAIN: u32 = 64;
/// The cheapest bcrypt there is.
const BCRYPT_LEAST: u32 = 4;

impl HashFunction {
    /// About what one hash costs: time on one core of a server of today. What counts is how the functions stand to each other.
    pub(super) fn cost(self) -> Duration {
        match self {
            Self::Argon2id { memory_kib, passes, .. } => argon2(memory_kib, passes),
            Self::Bcrypt { cost } => bcrypt(cost),
        }
    }

    /// What is to be computed beside a check of the cost `done`, so that both together cost what one hash of today does.
    fn rest(self, done: Duration) -> Vec<Self> {
        let usual = self.cost();
        let missing = usual.saturating_sub(done);
        if missing < usual / GRAIN {
            return Vec::new();
        }
        match self {
            Self::Argon2id { memory_kib, passes, lanes } => {
                let part = missing.as_secs_f64() / usual.as_secs_f64();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a part of a u32"
                )]
                let memory_kib = (f64::from(memory_kib) * part).round() as u32;
                vec![Self::Argon2id { memory_kib: memory_kib.max(8 * lanes), passes, lanes }]
            }
            // Each step of the cost doubles the work, so the missing work in binary is the list of what to compute.
            Self::Bcrypt { cost } => {
                let mut missing = missing;
                let steps = (BCRYPT_LEAST..cost).rev().filter(|step| {
                    let left = missing.checked_sub(bcrypt(*step));
                    missing = left.unwrap_or(missing);
                    left.is_some()
                });
                steps.map(|cost| Self::Bcrypt { cost }).collect()
            }
        }
    }

    /// Whether `plain` is the password behind `stored`, and what has been computed to say so: never less than usual.
    ///
    /// # Errors
    /// As [`HashFunction::verify`].
    pub(super) fn verify_level(
        self,
        plain: &str,
        stored: &PasswordHash,
        work: &mut Workspace,
    ) -> Result<(Verdict, Duration), HashError> {
        let verdict = self.verify(plain, stored, work)?;
        let mut done = cost_of(stored).unwrap_or_default();
        for filler in self.rest(done) {
            filler.hash(plain, [0; 16], work)?;
            done += filler.cost();
        }
        Ok((verdict, done))
    }
}

/// What a check against `stored` costs; `None` when it is no hash.
fn cost_of(stored: &PasswordHash) -> Option<Duration> {
    let own = HashFunction::of(stored).map(HashFunction::cost);
    own.or_else(|| Foreign::parse(stored.as_str()).map(|foreign| foreign.cost()))
}

pub(super) const fn argon2(memory_kib: u32, passes: u32) -> Duration {
    Duration::from_nanos(340 * memory_kib as u64 * passes as u64)
}

pub(super) const fn bcrypt(cost: u32) -> Duration {
    let cost = if cost > 31 { 31 } else { cost };
    Duration::from_nanos(55_000 << cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGON2: HashFunction = HashFunction::Argon2id { memory_kib: 4 * 1024, passes: 2, lanes: 1 };
    const BCRYPT: HashFunction = HashFunction::Bcrypt { cost: 6 };

    /// Cheap ones of each kind, of the password `correct horse`, and one of today's functions under older settings.
    const CHEAP: [&str; 6] = [
        "bcrypt$$2b$04$28xSa/XAGKvMKY28DIew8OkyqYOxB2MnsZpyciUO8LDIX.LkSWyNi",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$FlTB6DP98t0QkwlRARuJWdYruJ1E+DOk",
        "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$2rA3VVxBi7JUdeKlENqV7JZ3kUPnS38wnsDB+xWehuw",
        "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=",
        "pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM=",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$dNZzNIjCXmyE+5ODMC5cS0rq5W8whTxc",
    ];

    fn spent(function: HashFunction, stored: &PasswordHash) -> Duration {
        function.verify_level("correct horse", stored, &mut Workspace::default()).unwrap().1
    }

    #[test]
    fn an_account_from_elsewhere_costs_what_an_unknown_name_does() {
        for (function, grain) in [(ARGON2, ARGON2.cost() / GRAIN), (BCRYPT, bcrypt(BCRYPT_LEAST))] {
            let unknown = spent(function, &function.decoy(&crate::port::fake::FixedEntropy::default()));

            for stored in CHEAP {
                let known = spent(function, &PasswordHash::import(stored).unwrap());

                let apart = known.abs_diff(unknown);
                assert!(apart <= grain, "{function:?}, {stored}: {known:?} and {unknown:?}");
            }
        }
    }

    #[test]
    fn a_check_that_is_dearer_than_usual_is_not_made_dearer_still() {
        for function in [ARGON2, BCRYPT] {
            assert_eq!(function.rest(function.cost()), []);
            assert_eq!(function.rest(function.cost() * 3), []);
        }
    }

    #[test]
    fn what_is_filled_up_says_nothing_else() {
        let mut work = Workspace::default();
        for stored in CHEAP {
            let stored = PasswordHash::import(stored).unwrap();
            let mut verdict = |plain| ARGON2.verify_level(plain, &stored, &mut work).unwrap().0;

            assert_eq!(verdict("correct horse"), Verdict::MatchButOutdated);
            assert_eq!(verdict("correct horsf"), Verdict::Mismatch);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_check_is_filled_up_to_the_usual_whatever_was_done(part in 0.0..1.0_f64, cost in 5..20_u32, kib in 64..100_000_u32) {
            for function in [HashFunction::Bcrypt { cost }, HashFunction::Argon2id { memory_kib: kib, passes: 2, lanes: 1 }] {
                let usual = function.cost();
                let done = usual.mul_f64(part);
                let all: Duration = function.rest(done).into_iter().map(HashFunction::cost).sum::<Duration>() + done;

                let grain = (usual / GRAIN).max(bcrypt(BCRYPT_LEAST)).max(argon2(8, 2));
                proptest::prop_assert!(all.abs_diff(usual) <= grain, "{:?}: {:?} of {:?}", function, all, usual);
            }
        }
    }
}
