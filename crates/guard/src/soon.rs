//! An answer that is mostly there at once.
//!
//! Most guards and the session memory answer without waiting; a future for each of them would cost a heap allocation per
//! guard and request.

use std::future::{self, Future};
use std::pin::Pin;

/// A future that owns all it needs.
pub type Waiting<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// A value, or the future of one.
///
/// ```
/// use doorward_guard::Soon;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(Soon::Now(1).wait().await, 1);
/// assert_eq!(Soon::later(async { 2 }).wait().await, 2);
/// # }
/// ```
pub enum Soon<T> {
    /// The value.
    Now(T),
    /// It takes a while.
    Later(Waiting<T>),
}

impl<T> Soon<T> {
    /// The value that `future` will give.
    pub fn later(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Later(Box::pin(future))
    }

    /// The value, waited for if it must be.
    pub async fn wait(self) -> T {
        match self {
            Self::Now(value) => future::ready(value).await,
            Self::Later(waiting) => waiting.await,
        }
    }
}

impl<T> From<T> for Soon<T> {
    fn from(value: T) -> Self {
        Self::Now(value)
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Soon<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Now(value) => out.debug_tuple("Now").field(value).finish(),
            Self::Later(_) => out.write_str("Later"),
        }
    }
}
