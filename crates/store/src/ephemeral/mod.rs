//! What may be forgotten: meters of attempts, news between nodes, and a picture of sessions.

mod cache;
mod memory;
mod mirror;
mod news;
mod place;
mod shared;

pub use cache::{Cache, CacheError, CacheOptions};
pub use memory::MemoryLimiter;
pub use mirror::{ForAll, MirroredSessions};
pub use news::NewsChannel;
pub use shared::SharedLimiter;
