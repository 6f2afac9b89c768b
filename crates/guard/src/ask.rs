//! Asking every guard of a flow once.
//!
//! All are asked, whatever the first ones say: the scopes of every guard of a satisfied alternative count. Those that need
//! time are waited for together.

use std::future::poll_fn;
use std::task::Poll;

use smallvec::SmallVec;

use crate::guard::Outcome;
use crate::request::GuardRequest;
use crate::rule::{Asks, Registered};
use crate::soon::{Soon, Waiting};

/// What the guards of a flow have said, in the order of its plan.
pub(crate) type Outcomes = SmallVec<[Outcome; 4]>;

/// Asks the guards of `asks`.
pub(crate) fn ask(asks: &Asks, all: &[Registered], request: &GuardRequest<'_>) -> Soon<Outcomes> {
    let mut outcomes = Outcomes::with_capacity(asks.guards.len());
    let mut waiting: Vec<(usize, Waiting<Outcome>)> = Vec::new();
    for (index, number) in asks.guards.iter().enumerate() {
        let said = all.get(*number).map_or(Soon::Now(Outcome::Missing), |known| known.guard.check(request));
        match said {
            Soon::Now(outcome) => outcomes.push(outcome),
            Soon::Later(outcome) => {
                outcomes.push(Outcome::Missing);
                waiting.push((index, outcome));
            }
        }
    }
    if waiting.is_empty() { Soon::Now(outcomes) } else { Soon::later(gather(outcomes, waiting)) }
}

/// Waits for all of `waiting` at once.
async fn gather(mut outcomes: Outcomes, mut waiting: Vec<(usize, Waiting<Outcome>)>) -> Outcomes {
    poll_fn(|context| {
        waiting.retain_mut(|(index, outcome)| match outcome.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                outcomes[*index] = outcome;
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcomes
}
