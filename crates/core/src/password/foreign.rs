//! Hashes of other programs, as accounts are brought along from there: checked once more, at the next login, and then replaced.
//!
//! Understood are the forms of PHC strings, of Django, of passlib, and plain bcrypt. Does not make such hashes.
//!
//! Whoever tries a password at such an account waits no less than at any other: see [`super::cost`].
//!
//! Invariant: a stored hash cannot ask for more work or memory than a login may cost.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::PasswordHash;
use super::cost::{argon2 as argon2_cost, bcrypt as bcrypt_cost};

/// What a hash may ask for.
const ARGON2_MEMORY_MAX_KIB: u32 = 1024 * 1024;
const ARGON2_WORK_MAX_KIB: u64 = 4 * 1024 * 1024;
const SCRYPT_MEMORY_MAX: u64 = 512 * 1024 * 1024;
const SCRYPT_WORK_MAX: u64 = 1024 * 1024 * 1024;
const PBKDF2_MAX: u32 = 10_000_000;
const BCRYPT_MAX: u32 = 15;
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=128;
/// What a step of each function costs, measured beside argon2 and bcrypt.
const SCRYPT_BLOCK_NANOS: u64 = 300;
const SHA256_ROUND_NANOS: u64 = 175;
const SHA512_ROUND_NANOS: u64 = 370;

/// A hash that was made elsewhere, taken apart.
pub(super) enum Foreign {
    /// Bcrypt of the first 72 bytes; or of the hexadecimal SHA-256, as Django's `bcrypt_sha256`.
    Bcrypt {
        text: String,
        is_digested: bool,
    },
    Argon2 {
        argon2: Box<Argon2<'static>>,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        rounds: std::num::NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl PasswordHash {
    /// No password at all: none matches.
    pub fn none() -> Self {
        Self("!".to_owned())
    }

    /// Whether there is a password that could match.
    pub fn is_usable(&self) -> bool {
        self.0 != "!"
    }

    /// A hash of another program, to be checked at the next login; `None` when its form is not understood, or it asks for more
    /// than a login may cost.
    pub fn import(text: &str) -> Option<Self> {
        let text = text.trim();
        let kept = match text.strip_prefix("argon2$") {
            // Django's mark before a PHC string.
            Some(phc) => format!("${phc}"),
            None if text.starts_with("$2") => format!("bcrypt${text}"),
            None => text.to_owned(),
        };
        Foreign::parse(&kept).map(|_| Self(kept))
    }
}

impl Foreign {
    /// Takes a stored hash apart; `None` when it is none of these, or asks for too much.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.strip_prefix('$').unwrap_or(text).split_once('$')?;
        match name {
            "bcrypt" => Self::bcrypt(rest, false),
            "bcrypt_sha256" => Self::bcrypt(rest, true),
            "argon2id" => Self::argon2(Algorithm::Argon2id, rest),
            "argon2i" => Self::argon2(Algorithm::Argon2i, rest),
            "argon2d" => Self::argon2(Algorithm::Argon2d, rest),
            "scrypt" if text.starts_with('$') => Self::scrypt_phc(rest),
            "scrypt" => Self::scrypt_django(rest),
            "pbkdf2_sha256" => Self::pbkdf2_django(pbkdf2::PBKDF2_HMAC_SHA256, rest),
            "pbkdf2_sha1" => Self::pbkdf2_django(pbkdf2::PBKDF2_HMAC_SHA1, rest),
            "pbkdf2-sha256" => Self::pbkdf2_passlib(pbkdf2::PBKDF2_HMAC_SHA256, rest),
            "pbkdf2-sha512" => Self::pbkdf2_passlib(pbkdf2::PBKDF2_HMAC_SHA512, rest),
            _ => None,
        }
    }

    fn bcrypt(text: &str, is_digested: bool) -> Option<Self> {
        let mut parts = text.strip_prefix('$')?.split('$');
        let (version, cost, rest) = (parts.next()?, parts.next()?.parse::<u32>().ok()?, parts.next()?);
        let is_good = ["2a", "2b", "2x", "2y"].contains(&version)
            && (4..=BCRYPT_MAX).contains(&cost)
            && rest.len() == 53
            && parts.next().is_none();
        is_good.then(|| Self::Bcrypt { text: text.to_owned(), is_digested })
    }

    fn argon2(algorithm: Algorithm, rest: &str) -> Option<Self> {
        let mut parts = rest.split('$');
        let mut part = parts.next()?;
        let version = match part.strip_prefix("v=") {
            Some("19") => Version::V0x13,
            Some("16") => Version::V0x10,
            Some(_) => return None,
            None => Version::V0x10,
        };
        if part.starts_with("v=") {
            part = parts.next()?;
        }
        let (salt, hash) = (decode(parts.next()?)?, decode(parts.next()?)?);
        let [memory, passes, lanes] = costs(part, ["m=", "t=", "p="])?;
        let is_bearable = memory <= ARGON2_MEMORY_MAX_KIB
            && u64::from(memory) * u64::from(passes) <= ARGON2_WORK_MAX_KIB
            && HASH_BYTES.contains(&hash.len())
            && parts.next().is_none();
        let params = Params::new(memory, passes, lanes, Some(hash.len())).ok().filter(|_| is_bearable)?;
        let argon2 = Box::new(Argon2::new(algorithm, version, params));
        Some(Self::Argon2 { argon2, salt, hash })
    }

    fn scrypt_phc(rest: &str) -> Option<Self> {
        let mut parts = rest.split('$');
        let [log_n, r, p] = costs(parts.next()?, ["ln=", "r=", "p="])?;
        let (salt, hash) = (decode(parts.next()?)?, decode(parts.next()?)?);
        if parts.next().is_some() {
            return None;
        }
        Self::scrypt(u8::try_from(log_n).ok()?, (r, p), salt, hash)
    }

    /// `salt$n$r$p$hash`, the salt as it stands.
    fn scrypt_django(rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('$').collect();
        let [salt, n, r, p, hash] = parts[..] else { return None };
        let n = n.parse::<u32>().ok().filter(|n| n.is_power_of_two())?;
        let (r, p) = (r.parse().ok()?, p.parse().ok()?);
        Self::scrypt(u8::try_from(n.trailing_zeros()).ok()?, (r, p), salt.as_bytes().to_vec(), decode(hash)?)
    }

    fn scrypt(log_n: u8, (r, p): (u32, u32), salt: Vec<u8>, hash: Vec<u8>) -> Option<Self> {
        let memory = 1_u64.checked_shl(log_n.into())?.checked_mul(128)?.checked_mul(r.into())?;
        let is_bearable = log_n < 32
            && memory <= SCRYPT_MEMORY_MAX
            && memory.checked_mul(p.into())? <= SCRYPT_WORK_MAX
            && HASH_BYTES.contains(&hash.len());
        let params = scrypt::Params::new(log_n, r, p).ok().filter(|_| is_bearable)?;
        Some(Self::Scrypt { params, salt, hash })
    }

    /// `rounds$salt$hash`, the salt as it stands.
    fn pbkdf2_django(algorithm: pbkdf2::Algorithm, rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('$').collect();
        let [rounds, salt, hash] = parts[..] else { return None };
        Self::pbkdf2(algorithm, rounds, salt.as_bytes().to_vec(), decode(hash)?)
    }

    /// `rounds$salt$hash`, both in passlib's base64.
    fn pbkdf2_passlib(algorithm: pbkdf2::Algorithm, rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('$').collect();
        let [rounds, salt, hash] = parts[..] else { return None };
        let standard = |text: &str| decode(&text.replace('.', "+"));
        Self::pbkdf2(algorithm, rounds, standard(salt)?, standard(hash)?)
    }

    fn pbkdf2(algorithm: pbkdf2::Algorithm, rounds: &str, salt: Vec<u8>, hash: Vec<u8>) -> Option<Self> {
        let rounds: u32 = rounds.parse().ok().filter(|rounds| *rounds <= PBKDF2_MAX)?;
        let rounds = std::num::NonZeroU32::new(rounds)?;
        HASH_BYTES.contains(&hash.len()).then_some(Self::Pbkdf2 { algorithm, rounds, salt, hash })
    }

    /// About what a check costs, in the unit of [`super::cost`].
    pub(super) fn cost(&self) -> Duration {
        match self {
            Self::Bcrypt { text, .. } => {
                let cost = text.split('$').nth(2).and_then(|cost| cost.parse().ok());
                bcrypt_cost(cost.unwrap_or(BCRYPT_MAX))
            }
            Self::Argon2 { argon2, .. } => argon2_cost(argon2.params().m_cost(), argon2.params().t_cost()),
            Self::Scrypt { params, .. } => {
                let blocks = u64::from(params.r()) * u64::from(params.p()) * params.n();
                Duration::from_nanos(SCRYPT_BLOCK_NANOS * blocks)
            }
            Self::Pbkdf2 { algorithm, rounds, hash, .. } => {
                let (length, nanos) = if *algorithm == pbkdf2::PBKDF2_HMAC_SHA512 {
                    (64, SHA512_ROUND_NANOS)
                } else if *algorithm == pbkdf2::PBKDF2_HMAC_SHA1 {
                    (20, SHA256_ROUND_NANOS)
                } else {
                    (32, SHA256_ROUND_NANOS)
                };
                Duration::from_nanos(nanos * u64::from(rounds.get()) * hash.len().div_ceil(length) as u64)
            }
        }
    }

    /// Whether `plain` is the password behind the hash; `None` when it cannot be computed.
    pub(super) fn matches(&self, plain: &str) -> Option<bool> {
        match self {
            Self::Bcrypt { text, is_digested: true } => {
                bcrypt::verify(hexadecimal(digest(&SHA256, plain.as_bytes()).as_ref()), text).ok()
            }
            Self::Bcrypt { text, is_digested: false } => {
                // What others made ends at the 72nd byte.
                let read = &plain.as_bytes()[..plain.len().min(72)];
                bcrypt::verify(read, text).ok()
            }
            Self::Argon2 { argon2, salt, hash } => {
                let mut computed = Zeroizing::new(vec![0; hash.len()]);
                argon2.hash_password_into(plain.as_bytes(), salt, &mut computed).ok()?;
                Some(computed.ct_eq(hash).into())
            }
            Self::Scrypt { params, salt, hash } => {
                let mut computed = Zeroizing::new(vec![0; hash.len()]);
                scrypt::scrypt(plain.as_bytes(), salt, params, &mut computed).ok()?;
                Some(computed.ct_eq(hash).into())
            }
            Self::Pbkdf2 { algorithm, rounds, salt, hash } => {
                Some(pbkdf2::verify(*algorithm, *rounds, salt, plain.as_bytes(), hash).is_ok())
            }
        }
    }
}

/// Three whole numbers as `m=1,t=2,p=3`.
fn costs(text: &str, names: [&str; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(',');
    let mut cost = |name: &str| parts.next()?.strip_prefix(name)?.parse().ok();
    let [a, b, c] = names;
    let costs = [cost(a)?, cost(b)?, cost(c)?];
    parts.next().is_none().then_some(costs)
}

/// Base64 with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: Alphabet = STANDARD;
    let config: GeneralPurposeConfig =
        general_purpose::PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&ALPHABET, config).decode(text).ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the programs they are named after, of the password `correct horse`.
    const MADE_ELSEWHERE: &[(&str, &str)] = &[
        ("Django pbkdf2_sha256", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="),
        ("Django pbkdf2_sha1", "pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM="),
        (
            "passlib pbkdf2-sha256",
            "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU",
        ),
        (
            "passlib pbkdf2-sha512",
            "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$xqu1f3FSdHbs02z9AocIk0UpBf6S9uqlRTfcS56zkPqTxPMhm.kj4D.e8E9DRlH/uXf/Pe1g59vHIM0MwcvtiA",
        ),
        (
            "Django scrypt",
            "scrypt$seasalt$1024$8$1$b9vqOe0B5HZh2f10Q9RPN9OFNPtmb+ezp5YOlnZsJQ0vQ5I3eq8Zt7GFMuqQ58xCxTIvVL1QCL/PTXEWr+RNHA==",
        ),
        (
            "scrypt, PHC",
            "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$2rA3VVxBi7JUdeKlENqV7JZ3kUPnS38wnsDB+xWehuw",
        ),
        ("bcrypt", "$2b$04$SUvYdZgz6GF1KaZQ6CrzD.TedvJqK1thHgcNlKqFa8iEMqM3FqQpm"),
        (
            "Django bcrypt_sha256",
            "bcrypt_sha256$$2b$04$oO8zV34jIhCGj2HRqBAmi.BjU1e8LAaJqLLlR1hKyAs2GYY7XS/ES",
        ),
        ("Django bcrypt", "bcrypt$$2b$04$28xSa/XAGKvMKY28DIew8OkyqYOxB2MnsZpyciUO8LDIX.LkSWyNi"),
        ("argon2id, 24 bytes", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$dNZzNIjCXmyE+5ODMC5cS0rq5W8whTxc"),
        ("argon2i", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$FlTB6DP98t0QkwlRARuJWdYruJ1E+DOk"),
        (
            "argon2i of libsodium",
            "$argon2i$v=19$m=8,t=3,p=1$tvldDUq6pRsY1kIzlRfjBA$qE61Btsw8sTOKrWKr/me5hzXVtHH+mT4HUvQbUojZZ8",
        ),
        (
            "Django argon2",
            "argon2$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$3j0+S6gGV20Zdm+eoztdkLUvOKbucBG7gA8asDqV4P8",
        ),
    ];

    fn matches(stored: &str, plain: &str) -> Option<bool> {
        let kept = PasswordHash::import(stored)?;
        Foreign::parse(kept.as_str())?.matches(plain)
    }

    #[test]
    fn hashes_of_other_programs_match_their_password_and_no_other() {
        for (program, stored) in MADE_ELSEWHERE {
            assert_eq!(matches(stored, "correct horse"), Some(true), "{program}");
            assert_eq!(matches(stored, "correct horsf"), Some(false), "{program}");
        }
    }

    #[test]
    fn what_is_no_hash_or_asks_for_too_much_is_not_taken() {
        for text in [
            "",
            "!",
            "plain",
            "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$short",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=1048576,t=100,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$scrypt$ln=31,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$scrypt$ln=255,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "pbkdf2_sha256$0$salt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
            "pbkdf2_sha256$99999999$salt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
            "pbkdf2_sha256$1000$salt$AA==",
        ] {
            assert!(PasswordHash::import(text).is_none(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_offered(text in ".*", name in "[a-z0-9_-]{0,14}") {
            let _ = PasswordHash::import(&text);
            let _ = PasswordHash::import(&format!("${name}${text}"));
        }
    }
}
