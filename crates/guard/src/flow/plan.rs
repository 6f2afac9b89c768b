//! A flow made ready for requests: guards are numbers, sets of guards are bits.
//!
//! Does not ask guards. Invariant: works without heap memory.

use std::fmt;

use super::{Flow, GuardName, Node};

/// Guards a single flow may name.
pub(crate) const MAX_GUARDS: usize = 64;

/// How a guard takes part in an answer to a refused request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Manner {
    /// It has no HTTP scheme: a missing proof is a bad request, a wrong one is forbidden.
    #[default]
    Silent,
    /// It asks for credentials by `WWW-Authenticate` (RFC 9110 §11.6.1).
    Challenge,
    /// It sends browsers to a login page.
    Interactive,
}

/// Guards of one [`Plan`], as numbers in order of first appearance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct GuardSet(u64);

impl GuardSet {
    /// No guard.
    pub const EMPTY: Self = Self(0);

    /// The guard with this number alone; empty for numbers above 63.
    pub const fn only(index: usize) -> Self {
        if index < MAX_GUARDS { Self(1 << index) } else { Self::EMPTY }
    }

    /// The guards with the first `count` numbers.
    pub const fn first(count: usize) -> Self {
        if count >= MAX_GUARDS { Self(u64::MAX) } else { Self((1 << count) - 1) }
    }

    /// Guards in `self` or `other`.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Guards in `self` and `other`.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Guards in `self` that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is no guard in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many guards there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the guard with this number is in it.
    pub const fn contains(self, index: usize) -> bool {
        !self.intersection(Self::only(index)).is_empty()
    }

    /// Whether all guards of `other` are in it.
    pub const fn contains_all(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    /// The numbers, rising.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(index)
        })
    }
}

impl fmt::Debug for GuardSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

/// Why a flow cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too many different guards.
    #[error("a flow names at most 64 different guards")]
    TooManyGuards,
    /// Built in code and nested deeper than text could be.
    #[error("a flow is nested at most 64 deep")]
    TooDeep,
}

/// A [`Flow`] made ready for requests.
///
/// ```
/// use doorward_guard::{GuardSet, Plan};
///
/// let plan = Plan::new(&"(a && b) || c".parse()?)?;
///
/// let passed = GuardSet::only(0).union(GuardSet::only(2)); // a and c
/// assert_eq!(plan.satisfied_by(passed), GuardSet::only(2)); // a without b proves nothing
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    names: Box<[GuardName]>,
    pub(super) root: Step,
    challenging: GuardSet,
    interactive: GuardSet,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Guard(usize),
    All(Box<[Step]>),
    Any(Box<[Step]>),
}

impl Plan {
    /// A plan whose guards are all [`Manner::Silent`].
    ///
    /// # Errors
    /// [`PlanError`]: more guards or levels than one flow may have.
    pub fn new(flow: &Flow) -> Result<Self, PlanError> {
        Self::with_manners(flow, |_| Manner::Silent)
    }

    /// A plan whose guards answer in the manner that `manner` tells for their name.
    ///
    /// # Errors
    /// [`PlanError`]: more guards or levels than one flow may have.
    pub fn with_manners(flow: &Flow, manner: impl Fn(&str) -> Manner) -> Result<Self, PlanError> {
        let root_depth = depth(flow);
        let names = flow.guards();
        if root_depth > super::parse::MAX_DEPTH + 1 {
            return Err(PlanError::TooDeep);
        }
        if names.len() > MAX_GUARDS {
            return Err(PlanError::TooManyGuards);
        }
        let having = |wanted: Manner| {
            names
                .iter()
                .enumerate()
                .filter(|(_, name)| manner(name) == wanted)
                .fold(GuardSet::EMPTY, |set, (index, _)| set.union(GuardSet::only(index)))
        };
        let (challenging, interactive) = (having(Manner::Challenge), having(Manner::Interactive));
        let root = Step::of(flow, &names);
        Ok(Self { names: names.into(), root, challenging, interactive })
    }

    /// The guards' names; a guard's number is its place here.
    pub fn guards(&self) -> &[GuardName] {
        &self.names
    }

    /// The guards that prove the flow if exactly those of `passed` have passed; empty if it is not satisfied.
    ///
    /// A guard counts if it belongs to an alternative all of whose guards have passed.
    pub fn satisfied_by(&self, passed: GuardSet) -> GuardSet {
        self.root.satisfied_by(passed)
    }

    /// Every guard of the plan.
    pub fn all(&self) -> GuardSet {
        GuardSet::first(self.names.len())
    }

    pub(crate) const fn challenging(&self) -> GuardSet {
        self.challenging
    }

    pub(crate) const fn interactive(&self) -> GuardSet {
        self.interactive
    }
}

impl Step {
    fn of(flow: &Flow, names: &[GuardName]) -> Self {
        let steps = |members: &[Flow]| members.iter().map(|member| Self::of(member, names)).collect();
        match &flow.0 {
            // Every name of the flow is in the list; a name that were not would be a guard that never passes.
            Node::Guard(name) => {
                Self::Guard(names.iter().position(|known| known == name).unwrap_or(MAX_GUARDS))
            }
            Node::All(members) => Self::All(steps(members)),
            Node::Any(members) => Self::Any(steps(members)),
        }
    }

    fn satisfied_by(&self, passed: GuardSet) -> GuardSet {
        match self {
            Self::Guard(index) => passed.intersection(GuardSet::only(*index)),
            Self::Any(members) => {
                members.iter().fold(GuardSet::EMPTY, |proof, member| proof.union(member.satisfied_by(passed)))
            }
            Self::All(members) => members
                .iter()
                .try_fold(GuardSet::EMPTY, |proof, member| {
                    let part = member.satisfied_by(passed);
                    (!part.is_empty()).then(|| proof.union(part))
                })
                .unwrap_or(GuardSet::EMPTY),
        }
    }
}

fn depth(flow: &Flow) -> usize {
    match &flow.0 {
        Node::Guard(_) => 1,
        Node::All(members) | Node::Any(members) => 1 + members.iter().map(depth).max().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard;

    #[test]
    fn only_guards_of_a_whole_alternative_count() {
        let plan = Plan::new(&"(password && otp) || readonly".parse().expect("a flow")).expect("a plan");
        let (password, otp, readonly) = (GuardSet::only(0), GuardSet::only(1), GuardSet::only(2));

        assert_eq!(plan.satisfied_by(password.union(readonly)), readonly);
        assert_eq!(plan.satisfied_by(password), GuardSet::EMPTY);
        assert_eq!(plan.satisfied_by(password.union(otp)), password.union(otp));
    }

    #[test]
    fn more_than_64_guards_are_refused() {
        let many =
            |count: usize| (1..count).fold(guard("g0"), |flow, index| flow.or(guard(format!("g{index}"))));

        assert!(Plan::new(&many(64)).is_ok());
        assert_eq!(Plan::new(&many(65)).expect_err("too many"), PlanError::TooManyGuards);
    }
}
