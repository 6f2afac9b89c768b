//! The slow hash functions themselves: argon2id and bcrypt, and the text forms their hashes are kept in.
//!
//! Does not choose threads or queue: see [`super::pool`].
//!
//! Invariant: every byte of a password counts. Bcrypt reads 72 bytes and stops at NUL, so what is longer or holds NUL is
//! digested first.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD_NO_PAD};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::foreign::Foreign;
use super::{HashFunction, PasswordHash};
use crate::port::{Entropy, HashError, Verdict};

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const BCRYPT_HASH_BYTES: usize = 23;
/// A stored hash that asks for more memory than this is not computed: 1 GiB, in KiB.
const MEMORY_MAX_KIB: u32 = 1024 * 1024;
/// What bcrypt reads of a password.
const BCRYPT_MAX_BYTES: usize = 72;

/// The memory argon2 works in, kept between hashes of one thread.
#[derive(Default)]
pub(super) struct Workspace(Vec<Block>);

impl Workspace {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        &mut self.0[..count]
    }

    /// Overwrites what the last hash left.
    pub(super) fn wipe(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }

    /// Gives the memory back.
    pub(super) fn release(&mut self) {
        self.0 = Vec::new();
    }
}

impl HashFunction {
    /// Whether the costs are such as the function takes.
    pub(super) fn check(self) -> Result<(), HashError> {
        let is_good = match self {
            Self::Argon2id { memory_kib, passes, lanes } => {
                memory_kib <= MEMORY_MAX_KIB
                    && Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).is_ok()
            }
            Self::Bcrypt { cost } => (4..=31).contains(&cost),
        };
        is_good.then_some(()).ok_or(HashError::Unreadable)
    }

    /// A hash that no password has: checking one against it costs what checking a real one costs.
    pub(super) fn decoy(self, entropy: &dyn Entropy) -> PasswordHash {
        match self {
            Self::Argon2id { memory_kib, passes, lanes } => {
                argon2id_text(Costs { memory_kib, passes, lanes }, entropy.bytes(), &entropy.bytes())
            }
            Self::Bcrypt { cost } => {
                let base64 = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);
                let (salt, hash) = (entropy.bytes::<SALT_BYTES>(), entropy.bytes::<BCRYPT_HASH_BYTES>());
                PasswordHash(format!("$2b${cost:02}${}{}", base64.encode(salt), base64.encode(hash)))
            }
        }
    }

    /// The function that made `stored`, under the settings of then; `None` when it is none of these.
    pub(super) fn of(stored: &PasswordHash) -> Option<Self> {
        let argon2 = StoredArgon2::parse(&stored.0).map(|stored| stored.costs.into());
        argon2.or_else(|| Some(Self::Bcrypt { cost: bcrypt_cost(&stored.0)? }))
    }

    /// The hash of `plain` with `salt`, as text.
    pub(super) fn hash(
        self,
        plain: &str,
        salt: [u8; SALT_BYTES],
        work: &mut Workspace,
    ) -> Result<PasswordHash, HashError> {
        match self {
            Self::Argon2id { memory_kib, passes, lanes } => {
                let costs = Costs { memory_kib, passes, lanes };
                let hash = argon2id(plain.as_bytes(), &salt, costs, work)?;
                Ok(argon2id_text(costs, salt, &hash))
            }
            Self::Bcrypt { cost } => bcrypt::hash_with_salt(&*bcrypt_input(plain), cost, salt)
                .map(|parts| PasswordHash(parts.format_for_version(bcrypt::Version::TwoB)))
                .map_err(|_| HashError::Unreadable),
        }
    }

    /// Whether `plain` is the password behind `stored`.
    pub(super) fn verify(
        self,
        plain: &str,
        stored: &PasswordHash,
        work: &mut Workspace,
    ) -> Result<Verdict, HashError> {
        let (is_match, is_current) = if let Some(stored) = StoredArgon2::parse(&stored.0) {
            let hash = argon2id(plain.as_bytes(), &stored.salt, stored.costs, work)?;
            (hash[..].ct_eq(&stored.hash).into(), self == stored.costs.into())
        } else if let Some(foreign) = Foreign::parse(&stored.0) {
            (foreign.matches(plain).ok_or(HashError::Unreadable)?, false)
        } else {
            let cost = bcrypt_cost(&stored.0).ok_or(HashError::Unreadable)?;
            let is_match =
                bcrypt::verify(&*bcrypt_input(plain), &stored.0).map_err(|_| HashError::Unreadable)?;
            (is_match, self == Self::Bcrypt { cost })
        };
        Ok(match (is_match, is_current) {
            (false, _) => Verdict::Mismatch,
            (true, true) => Verdict::Match,
            (true, false) => Verdict::MatchButOutdated,
        })
    }
}

#[derive(Clone, Copy)]
struct Costs {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl From<Costs> for HashFunction {
    fn from(costs: Costs) -> Self {
        Self::Argon2id { memory_kib: costs.memory_kib, passes: costs.passes, lanes: costs.lanes }
    }
}

/// The PHC string of an argon2id hash.
fn argon2id_text(costs: Costs, salt: [u8; SALT_BYTES], hash: &[u8; HASH_BYTES]) -> PasswordHash {
    let Costs { memory_kib, passes, lanes } = costs;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    PasswordHash(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}"))
}

fn argon2id(
    plain: &[u8],
    salt: &[u8],
    costs: Costs,
    work: &mut Workspace,
) -> Result<Zeroizing<[u8; HASH_BYTES]>, HashError> {
    if costs.memory_kib > MEMORY_MAX_KIB {
        return Err(HashError::Unreadable);
    }
    let params = Params::new(costs.memory_kib, costs.passes, costs.lanes, Some(HASH_BYTES))
        .map_err(|_| HashError::Unreadable)?;
    let blocks = work.blocks(params.block_count());
    let mut hash = Zeroizing::new([0; HASH_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(plain, salt, &mut *hash, blocks)
        .map_err(|_| HashError::Unreadable)?;
    Ok(hash)
}

/// An argon2id hash in PHC form, taken apart.
struct StoredArgon2 {
    costs: Costs,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl StoredArgon2 {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut costs = costs.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse().ok();
        let costs = Costs { memory_kib: cost("m=")?, passes: cost("t=")?, lanes: cost("p=")? };
        let salt = STANDARD_NO_PAD.decode(salt).ok()?;
        let hash = STANDARD_NO_PAD.decode(hash).ok().filter(|hash| hash.len() == HASH_BYTES)?;
        Some(Self { costs, salt, hash })
    }
}

/// The cost in `$2b$12$…`; `None` when this is no bcrypt hash.
fn bcrypt_cost(text: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().find_map(|version| text.strip_prefix(version))?;
    rest.split_once('$')?.0.parse().ok()
}

/// What is given to bcrypt: the password itself when bcrypt reads all of it, else the base64 of a digest. The label keeps
/// plain SHA-256 digests, leaked elsewhere, from being passwords here.
fn bcrypt_input(plain: &str) -> Zeroizing<Vec<u8>> {
    if plain.len() <= BCRYPT_MAX_BYTES && !plain.contains('\0') {
        return Zeroizing::new(plain.as_bytes().to_vec());
    }
    let mut context = Context::new(&SHA256);
    context.update(b"doorward bcrypt password\0");
    context.update(plain.as_bytes());
    Zeroizing::new(STANDARD_NO_PAD.encode(context.finish()).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashFunction = HashFunction::Argon2id { memory_kib: 64, passes: 1, lanes: 1 };
    const BCRYPT: HashFunction = HashFunction::Bcrypt { cost: 4 };

    fn hash(function: HashFunction, plain: &str) -> PasswordHash {
        function.hash(plain, [7; 16], &mut Workspace::default()).unwrap()
    }

    fn verify(function: HashFunction, plain: &str, stored: &PasswordHash) -> Verdict {
        function.verify(plain, stored, &mut Workspace::default()).unwrap()
    }

    #[test]
    fn argon2id_agrees_with_the_reference_implementation() {
        // `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e` of the reference command line tool.
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assert_eq!(verify(CHEAP, "password", &PasswordHash(stored.into())), Verdict::MatchButOutdated);
        assert_eq!(verify(CHEAP, "Password", &PasswordHash(stored.into())), Verdict::Mismatch);
    }

    #[test]
    fn bcrypt_agrees_with_hashes_made_elsewhere() {
        // A widely published test vector of the original implementation.
        let stored = PasswordHash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".into());

        assert_eq!(verify(BCRYPT, "U*U", &stored), Verdict::MatchButOutdated);
        assert_eq!(verify(BCRYPT, "U*V", &stored), Verdict::Mismatch);
    }

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        for function in [CHEAP, BCRYPT] {
            let stored = hash(function, "correct horse");

            assert_eq!(verify(function, "correct horse", &stored), Verdict::Match);
            assert_eq!(verify(function, "correct horse ", &stored), Verdict::Mismatch);
        }
    }

    #[test]
    fn every_byte_counts_however_long_the_password_is() {
        for function in [CHEAP, BCRYPT] {
            for length in [71, 72, 73, 80, 100, 128, 512] {
                let plain = "x".repeat(length);
                let stored = hash(function, &plain);
                let other_tail = format!("{}y", &plain[1..]);

                assert_eq!(verify(function, &plain, &stored), Verdict::Match, "{length}");
                assert_eq!(verify(function, &other_tail, &stored), Verdict::Mismatch, "{length}");
            }
            let stored = hash(function, "before\0after");
            assert_eq!(verify(function, "before\0other", &stored), Verdict::Mismatch);
        }
    }

    #[test]
    fn a_decoy_can_be_checked_against_and_matches_nothing() {
        for function in [CHEAP, BCRYPT] {
            let decoy = function.decoy(&crate::port::fake::FixedEntropy::default());

            assert_eq!(verify(function, "decoy", &decoy), Verdict::Mismatch);
            assert_eq!(decoy.as_str().len(), hash(function, "pw").as_str().len());
        }
    }

    #[test]
    fn a_hash_under_other_settings_is_outdated() {
        let stored = hash(HashFunction::Argon2id { memory_kib: 128, passes: 1, lanes: 1 }, "pw");

        assert_eq!(verify(CHEAP, "pw", &stored), Verdict::MatchButOutdated);
        assert_eq!(verify(CHEAP, "pw", &hash(BCRYPT, "pw")), Verdict::MatchButOutdated);
    }

    #[test]
    fn what_is_no_hash_is_unreadable_rather_than_a_mismatch() {
        for text in [
            "",
            "plain",
            "$argon2id$",
            "$argon2id$v=19$m=64,t=1,p=1$AAAA",
            "$2b$99$x",
            "$1$abc$def",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tc2FsdHNvbWVzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let verdict = CHEAP.verify("pw", &PasswordHash(text.into()), &mut Workspace::default());
            assert_eq!(verdict, Err(HashError::Unreadable), "{text:?}");
        }
    }
}
