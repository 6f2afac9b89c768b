//! A flow as a list of alternatives, as OpenAPI writes security requirements.
//!
//! A flow has no "not", so this form always exists; alternatives that another one makes superfluous are left out
//! (`a || (a && b)` is `a`). Invariant: satisfied by the same guards as the flow.

use super::plan::Step;
use super::{Flow, GuardName, GuardSet, Node, Plan};

/// Alternatives a flow may multiply out to.
pub(crate) const MAX_ALTERNATIVES: usize = 64;

/// A flow has more than 64 alternatives when multiplied out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a flow multiplies out to more than 64 alternatives")]
pub struct TooManyAlternatives;

impl Plan {
    /// The alternatives: each is a set of guards that together satisfy the flow, and no set holds another.
    ///
    /// ```
    /// use doorward_guard::{GuardSet, Plan};
    ///
    /// let plan = Plan::new(&"a && (b || c)".parse()?)?;
    /// let a = GuardSet::only(0);
    /// assert_eq!(plan.alternatives()?, [a.union(GuardSet::only(1)), a.union(GuardSet::only(2))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TooManyAlternatives`]: more than 64 are left.
    pub fn alternatives(&self) -> Result<Vec<GuardSet>, TooManyAlternatives> {
        self.root.alternatives()
    }
}

impl Step {
    fn alternatives(&self) -> Result<Vec<GuardSet>, TooManyAlternatives> {
        match self {
            Self::Guard(index) => Ok(vec![GuardSet::only(*index)]),
            Self::Any(members) => {
                let mut all = Vec::new();
                for member in members {
                    all = absorb(all.into_iter().chain(member.alternatives()?))?;
                }
                Ok(all)
            }
            Self::All(members) => {
                let mut product = vec![GuardSet::EMPTY];
                for member in members {
                    let factor = member.alternatives()?;
                    product = absorb(
                        product.iter().flat_map(|left| factor.iter().map(|right| left.union(*right))),
                    )?;
                }
                Ok(product)
            }
        }
    }
}

/// Leaves out each set that holds another one.
fn absorb(sets: impl Iterator<Item = GuardSet>) -> Result<Vec<GuardSet>, TooManyAlternatives> {
    let mut kept: Vec<GuardSet> = Vec::new();
    for set in sets {
        if !kept.iter().any(|other| set.contains_all(*other)) {
            kept.retain(|other| !other.contains_all(set));
            kept.push(set);
        }
    }
    if kept.len() > MAX_ALTERNATIVES { Err(TooManyAlternatives) } else { Ok(kept) }
}

impl Flow {
    /// The alternatives as they are written; `None` if the text would have to be multiplied out.
    ///
    /// ```
    /// # use doorward_guard::Flow;
    /// assert_eq!("a || (b && c)".parse::<Flow>()?.written_alternatives().map(|sets| sets.len()), Some(2));
    /// assert!("a && (b || c)".parse::<Flow>()?.written_alternatives().is_none());
    /// # Ok::<(), doorward_guard::FlowError>(())
    /// ```
    pub fn written_alternatives(&self) -> Option<Vec<Vec<GuardName>>> {
        match &self.0 {
            Node::Any(members) => members.iter().map(Self::as_product).collect(),
            _ => self.as_product().map(|product| vec![product]),
        }
    }

    fn as_product(&self) -> Option<Vec<GuardName>> {
        let name = |flow: &Self| match &flow.0 {
            Node::Guard(name) => Some(name.clone()),
            _ => None,
        };
        match &self.0 {
            Node::Guard(_) => name(self).map(|only| vec![only]),
            Node::All(members) => members.iter().map(name).collect(),
            Node::Any(_) => None,
        }
    }
}
