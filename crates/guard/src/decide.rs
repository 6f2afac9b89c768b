//! The one place where it is decided what happens to a request.
//!
//! A pure function of what the guards have said. Invariant: the order in which guards were asked, or stand in the flow,
//! makes no difference to the verdict; nothing is allocated.

use crate::flow::{GuardSet, Plan};
use crate::guard::Outcome;
use crate::scope::ScopeSet;

/// What happens to a request. The sets are guards of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It goes on; `proof` is every guard of every satisfied alternative. Their scopes add up.
    Allow {
        /// The guards that count.
        proof: GuardSet,
    },
    /// 303: a browser is sent to log in with one of `to`.
    Redirect {
        /// The guards that can help.
        to: GuardSet,
    },
    /// 401: with the challenge of each of `failed`.
    Challenge {
        /// The guards that ask for credentials.
        failed: GuardSet,
    },
    /// 403: who is asking is known, and lacks scopes.
    LacksScope {
        /// The guards that count.
        proof: GuardSet,
    },
    /// 403: something wrong was sent to a guard that has no challenge.
    Wrong,
    /// 400: something is missing for which there is no challenge.
    Missing,
    /// 400: the request contradicts itself, as the guard with this number says.
    BadRequest {
        /// The guard.
        guard: usize,
    },
    /// 503: whoever could tell cannot be asked, and their answer would matter.
    Unavailable {
        /// Seconds until it may be tried again.
        retry_after: u32,
    },
}

/// Decides: `outcomes` are what the guards of `plan` have said, in the order of [`Plan::guards`]; a guard of which nothing
/// is known counts as [`Outcome::Missing`].
///
/// 1. A request that contradicts itself is a bad request, whatever else it proves.
/// 2. If the flow holds, the scopes of all guards in a satisfied alternative must cover `needed`.
/// 3. If it does not, but could if unavailable guards passed, the answer is not known.
/// 4. Otherwise browsers (`is_navigation`) are sent to log in where that can help, others are asked for credentials by every
///    failed guard that has a challenge, and what is left is wrong or missing.
///
/// ```
/// use doorward_guard::{Decision, GuardSet, Identity, Manner, Outcome, Plan, ScopeSet, UserInfo, decide};
///
/// let plan = Plan::with_manners(&"basic || key".parse()?, |name| match name {
///     "basic" => Manner::Challenge,
///     _ => Manner::Silent,
/// })?;
/// let key = Outcome::Pass(Identity::new(UserInfo::new("local", "robot")));
///
/// assert_eq!(
///     decide(&plan, &[Outcome::Missing, key], &ScopeSet::EMPTY, false),
///     Decision::Allow { proof: GuardSet::only(1) },
/// );
/// assert_eq!(
///     decide(&plan, &[Outcome::Missing, Outcome::Missing], &ScopeSet::EMPTY, false),
///     Decision::Challenge { failed: GuardSet::only(0) },
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide(plan: &Plan, outcomes: &[Outcome], needed: &ScopeSet, is_navigation: bool) -> Decision {
    let said = Said::of(outcomes);
    if let Some(guard) = said.bad_request {
        return Decision::BadRequest { guard };
    }
    let proof = plan.satisfied_by(said.passed);
    if !proof.is_empty() {
        let covers = |scope| proof.iter().any(|guard| grants(outcomes.get(guard), scope));
        return if needed.iter().all(covers) {
            Decision::Allow { proof }
        } else {
            Decision::LacksScope { proof }
        };
    }
    if !said.unavailable.is_empty() && !plan.satisfied_by(said.passed.union(said.unavailable)).is_empty() {
        return Decision::Unavailable { retry_after: said.retry_after };
    }
    let failed = plan.all().without(said.passed);
    let to = failed.intersection(plan.interactive());
    if is_navigation && !to.is_empty() {
        return Decision::Redirect { to };
    }
    let challenging = failed.intersection(plan.challenging().union(plan.interactive()));
    if !challenging.is_empty() {
        return Decision::Challenge { failed: challenging };
    }
    if said.wrong.is_empty() { Decision::Missing } else { Decision::Wrong }
}

fn grants(outcome: Option<&Outcome>, scope: &str) -> bool {
    matches!(outcome, Some(Outcome::Pass(identity)) if identity.scopes().contains(scope))
}

/// The outcomes as sets.
#[derive(Default)]
struct Said {
    passed: GuardSet,
    wrong: GuardSet,
    unavailable: GuardSet,
    bad_request: Option<usize>,
    retry_after: u32,
}

impl Said {
    fn of(outcomes: &[Outcome]) -> Self {
        let mut said = Self::default();
        for (index, outcome) in outcomes.iter().enumerate() {
            let guard = GuardSet::only(index);
            match outcome {
                Outcome::Pass(_) => said.passed = said.passed.union(guard),
                Outcome::Missing => {}
                Outcome::Invalid(_) => said.wrong = said.wrong.union(guard),
                Outcome::BadRequest(_) => said.bad_request = said.bad_request.or(Some(index)),
                Outcome::Unavailable { retry_after, .. } => {
                    said.unavailable = said.unavailable.union(guard);
                    said.retry_after = said.retry_after.max(*retry_after);
                }
            }
        }
        said
    }
}
