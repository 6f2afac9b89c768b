//! Where the time comes from: one trait, so that tests can move it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time.
///
/// ```
/// use doorward_guard::{Clock, Guards};
///
/// /// It is always noon of the first of January 1970.
/// struct Noon;
///
/// impl Clock for Noon {
///     fn now(&self) -> i64 {
///         12 * 60 * 60
///     }
/// }
///
/// let guards = Guards::builder().clock(Noon).build()?;
/// # Ok::<(), doorward_guard::BuildError>(())
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970, rounded down.
    fn now(&self) -> i64;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine is asked for the time")]
    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> i64 {
        (**self).now()
    }
}
