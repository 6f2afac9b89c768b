//! What may be forgotten: meters of attempts, and news between nodes.

mod cache;
mod memory;
mod news;
mod place;
mod shared;

pub use cache::{Cache, CacheError, CacheOptions};
pub use memory::MemoryLimiter;
pub use news::NewsChannel;
pub use shared::SharedLimiter;
