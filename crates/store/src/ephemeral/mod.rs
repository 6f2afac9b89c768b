//! What may be forgotten: meters of attempts.

mod memory;

pub use memory::MemoryLimiter;
