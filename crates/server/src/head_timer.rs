//! One timer per connection in place of one per request.
//!
//! hyper arms a timer for each request head that it waits for, and drops it when the head is there: twice the lock of the
//! runtime's timers per request. Here a connection arms its timer once; when that goes off, it is armed anew for the head
//! that is being waited for by then.
//!
//! Invariant: heads of one connection are waited for one after the other, with the same patience, so the armed timer never
//! goes off too late.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

/// The timer of one connection.
#[derive(Clone, Default)]
pub(crate) struct HeadTimer(Arc<Mutex<Option<Armed>>>);

type Armed = Pin<Box<tokio::time::Sleep>>;

impl fmt::Debug for HeadTimer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HeadTimer")
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait { deadline, timer: self.clone() })
    }
}

/// The wait for one head.
struct Wait {
    deadline: Instant,
    timer: HeadTimer,
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut armed = self.timer.0.lock();
        let armed = armed.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.deadline.into())));
        while armed.as_mut().poll(context).is_ready() {
            if armed.deadline() >= self.deadline.into() {
                return Poll::Ready(());
            }
            armed.as_mut().reset(self.deadline.into());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon(seconds: u64) -> Instant {
        tokio::time::Instant::now().into_std() + Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_is_waited_for_until_its_deadline() {
        let (timer, started) = (HeadTimer::default(), tokio::time::Instant::now());

        timer.sleep_until(soon(10)).await;

        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_head_gets_its_own_time_although_the_timer_was_armed_for_the_one_before() {
        let (timer, started) = (HeadTimer::default(), tokio::time::Instant::now());
        let first = tokio::time::timeout(Duration::from_secs(4), timer.sleep_until(soon(10))).await;
        assert!(first.is_err(), "the first head came after four seconds");

        timer.sleep_until(soon(10)).await;

        assert_eq!(started.elapsed(), Duration::from_secs(14));
    }
}
