//! How passwords are hashed, and on how many threads.

use crate::time::Ttl;

/// A hash function and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFunction {
    /// Argon2id (RFC 9106), version 1.3.
    Argon2id {
        /// Memory in KiB; at least `8 * parallelism`.
        memory_kib: u32,
        /// Passes over the memory; at least 1.
        passes: u32,
        /// Lanes, computed one after the other; at least 1.
        lanes: u32,
    },
    /// Bcrypt, as R2R and many others keep passwords.
    Bcrypt {
        /// The binary logarithm of the rounds: 4 to 31.
        cost: u32,
    },
}

impl HashFunction {
    /// OWASP's recommendation: 19 MiB, two passes, one lane.
    pub const ARGON2ID_OWASP: Self = Self::Argon2id { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
}

/// How passwords are hashed, and on how many threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashSettings {
    /// The function for new passwords.
    pub function: HashFunction,
    /// How many passwords are hashed at once; each holds the function's memory.
    pub threads: usize,
    /// The longest wait in the queue; what would wait longer is refused at once.
    pub max_wait: Ttl,
}
